block Check(n)(x: [B]) -> [B] {
  require n > 0, "at \least one"
  return x
}
