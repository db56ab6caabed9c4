/// A matrix product.
model Product(a: [M, K], b: [K, N]) -> [M, N] {
  return a @ b
}

/// Two products; in mixed precision what is between them is kept as halves.
model TwoProducts(a: [M, K], b: [K, L], c: [L, N]) -> [M, N] {
  return a @ b @ c
}

/// Products one after the other, of which none can begin before the one before it.
block Chain(n)(x: [64, 64]) -> [64, 64] {
  let f = Dense(64, bias = false)
  return x -> repeat n { f }
}

model Chain1000(x: [64, 64]) -> [64, 64] {
  let chain = Chain(1000)
  return chain(x)
}

model Chain50(x: [64, 64]) -> [64, 64] {
  let chain = Chain(50)
  return chain(x)
}
