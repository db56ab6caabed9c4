/// Which of `T` positions are real in a padded batch: position t of sequence b is where `t <
/// lengths[b]`. `int[B]` to `bool[B, T]`. The mask of `scan T where`, attention and `mean_where`.
fn within(lengths: int[B], T) -> bool[B, T] {
  let real[b, t < T] = t < lengths[b]
  return real
}

/// The last real position of each sequence of a padded batch: `[B, T, ...S]` and lengths in `1 ..
/// T` to `[B, ...S]`. PyTorch: the last state that `LSTM` gives for a packed sequence.
fn last_of(x: [B, T, ...S], lengths: int[B]) -> [B, ...S] {
  let rows = reshape(x, [B, T, count(x, over = axes(x)[2:])])
  let y[b, d] = rows[b, lengths[b] - 1, d]
  return reshape(y, [B, ...S])
}
