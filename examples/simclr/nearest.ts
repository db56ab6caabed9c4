// A row of a matrix into the rows most like it.

/** The numbers of the `found` rows of `[count, width]` with the largest cosine to row `of`, itself first. */
export const nearest = (
  matrix: Float32Array,
  count: number,
  of: number,
  found: number,
): readonly number[] => {
  const width = matrix.length / count;
  const row = (i: number): Float32Array => matrix.subarray(i * width, (i + 1) * width);
  const dot = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const query = row(of);
  const cosines = Array.from({ length: count }, (_, i) =>
    i === of ? Infinity : dot(query, row(i)) / Math.sqrt(Math.max(dot(row(i), row(i)), 1e-12)),
  );
  return cosines
    .map((_, i) => i)
    .sort((i, j) => cosines[j]! - cosines[i]!)
    .slice(0, found);
};
