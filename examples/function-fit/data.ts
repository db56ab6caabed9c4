// The curve to learn: noisy points of a sum of two waves, the same for the same seed.

/** What the points scatter around. */
export const curve = (x: number): number => Math.sin(2 * x) + 0.4 * Math.cos(5 * x) + 0.2 * x;

export const interval = { from: -3, to: 3 } as const;

export type Points = { readonly x: Float32Array; readonly y: Float32Array };

/** Uniform numbers in 0..1 (mulberry32), so that the data needs nothing but its seed. */
const uniforms = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** `count` points with x uniform over the interval and normal noise of the given deviation on y. */
export const drawPoints = (count: number, noise: number, seed: number): Points => {
  const uniform = uniforms(seed);
  const x = new Float32Array(count);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = interval.from + (interval.to - interval.from) * uniform();
    const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    x[i] = at;
    y[i] = curve(at) + noise * normal;
  }
  return { x, y };
};

/** Evenly spaced values of x over the interval. */
export const gridOf = (count: number): Float32Array =>
  Float32Array.from(
    { length: count },
    (_, i) => interval.from + ((interval.to - interval.from) * i) / (count - 1),
  );
