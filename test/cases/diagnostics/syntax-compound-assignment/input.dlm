fn grow(x) {
  let y = x
  y += 1
  return y
}
