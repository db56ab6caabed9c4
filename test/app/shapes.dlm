/// Squares the size of what it is given and turns it down, three numbers to two.
fn gate(x) = x * sigmoid(x)

block Bottleneck(width)(x: [B, In]) -> [B, width] {
  return x -> Dense(width) -> gate
}
