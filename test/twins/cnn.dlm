/// Convolutions with stride, padding and groups, batch normalisation, max pooling.
model Cnn(image: [B, 9, 7, 2]) -> [B, 3] {
  return image
    -> Conv(6, 3, pad = "same", bias = false) -> BatchNorm() -> relu -> max_pool(2)
    -> Conv(4, [3, 2], stride = [2, 1], pad = 1, groups = 2) -> BatchNorm() -> leaky_relu(0.1)
    -> flatten -> Dense(3)
}

train Twin {
  data image: [B, 9, 7, 2], label: int[B]
  let net = Cnn()
  minimize mean(cross_entropy(net(image), label))
    using Sgd(lr = 0.05, momentum = 0.9, nesterov = true, decay = 1e-3)
}
