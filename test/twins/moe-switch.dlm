/// Each token goes to its best expert, as long as that has room; the balance of the experts is a penalty.
model Switch(x: [B, 3, 7]) -> [B, 3] {
  let mixed = x + (x -> SwitchMoe(4, 6, capacity = 1.0, balance = 0.1))
  return mixed -> flatten -> Dense(3)
}

train Twin {
  data x: [B, 3, 7], label: int[B]
  let net = Switch()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 5e-3)
}
