// Compares tensors.

/** Null when everything agrees, else what disagrees. */
export type Verdict = string | null;

/** |a - b| <= tolerance * (1 + largest magnitude of the tensor). */
export const differenceOf = (
  name: string,
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  tolerance: number,
): Verdict => {
  if (expected.length !== actual.length)
    return `${name}: ${actual.length} elements instead of ${expected.length}`;
  let largest = 0;
  for (let i = 0; i < expected.length; i++)
    if (Number.isFinite(expected[i])) largest = Math.max(largest, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [expected[i]!, actual[i]!];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!(Math.abs(a - b) <= tolerance * (1 + largest)))
      return `${name}[${i}]: ${b} instead of ${a}`;
  }
  return null;
};

/** Equal bits; every NaN is as good as another. */
export const bitDifferenceOf = (
  name: string,
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
): Verdict => {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++)
    if (!Object.is(expected[i], actual[i]))
      return `${name}[${i}]: ${actual[i]} instead of ${expected[i]}`;
  return null;
};

/** The first verdict that is one; later ones are not asked for. */
export const firstOf = (verdicts: Iterable<Verdict>): Verdict => {
  for (const verdict of verdicts) if (verdict !== null) return verdict;
  return null;
};
