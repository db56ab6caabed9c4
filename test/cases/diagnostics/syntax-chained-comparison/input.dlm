block Dropout(rate)(x: [...S]) -> [...S] {
  require 0 <= rate < 1, "rate is a probability"
  return x
}
