// How far computed numbers are from the reference. Infinities and NaN must agree.

type Numbers = ArrayLike<number>;

/** The largest error of an element, relative to it or absolute, whichever is smaller. */
export const worstError = (got: Numbers, want: Numbers): number =>
  worst(got, want, (value) => Math.max(1, Math.abs(value)));

/** The largest error of an element, relative to the largest element or absolute: single precision cancels. */
export const worstScaledError = (got: Numbers, want: Numbers): number => {
  const scale = Array.from(want).reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    1,
  );
  return worst(got, want, () => scale);
};

const worst = (got: Numbers, want: Numbers, scale: (value: number) => number): number => {
  if (got.length !== want.length) return Infinity;
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    const a = got[i]!;
    const b = want[i]!;
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const error = Math.abs(a - b) / scale(b);
    most = Math.max(most, Number.isNaN(error) ? Infinity : error);
  }
  return most;
};
