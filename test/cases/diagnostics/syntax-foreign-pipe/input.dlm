model Net(x: [B, 784]) -> [B, 128] {
  let h = x |> Dense(128)
  return h
}
