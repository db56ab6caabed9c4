/// Both directions over padded sequences; where is a name too.
model Tagger(word: int[B, T], lengths: int[B], start: [B, 16]) -> [B, T, 5] {
  let real = within(lengths, T)
  let x = word -> Embedding(5_000, 32)
  let there = x -> scan T where real { Lstm(16) }
  let back = x -> scan T reverse where real from (start, 0 * start) { Lstm(16) }
  let where = concat(there, back)
  return where -> Dropout(0.2) -> Dense(5)
}
