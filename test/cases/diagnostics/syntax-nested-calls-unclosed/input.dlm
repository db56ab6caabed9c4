fn f(x) {
  let y = exp(log(abs(x)
  return y
}
