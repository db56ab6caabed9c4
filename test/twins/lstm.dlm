/// Two layers of LSTM in one scan over an embedding; predicts the next character.
model CharLstm(chars: int[B, T]) -> [B, T, 11] {
  return chars -> Embedding(11, 6) -> scan T { Lstm(7) -> Lstm(7) } -> Dense(11)
}

train Twin {
  data chars: int[B, T], target: int[B, T]
  let net = CharLstm()
  minimize mean(cross_entropy(net(chars), target)) using Adam(lr = 0.02) clip 0.5
}
