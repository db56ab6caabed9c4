/// A matrix product.
model Product(a: [M, K], b: [K, N]) -> [M, N] {
  return a @ b
}

/// Products one after the other, of which none can begin before the one before it.
model Chain(n = 1000)(x: [64, 64]) -> [64, 64] {
  let f = Dense(64, bias = false)
  return x -> repeat n { f }
}
