// DLM0602

train T {
  data x: [B, 8], y: [B, 4]
  minimize mean((x[:, :4] - y)^2) using Adam()
}
