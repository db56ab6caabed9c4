/// Each token goes to its two best experts, their gates renormalised, as long as these have room.
model Top2(x: [B, 3, 7]) -> [B, 3] {
  let mixed = x + (x -> TopKMoe(4, 6, k = 2, capacity = 1.0, balance = 0.1))
  return mixed -> flatten -> Dense(3)
}

train Twin {
  data x: [B, 3, 7], label: int[B]
  let net = Top2()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 5e-3)
}
