// A small seeded stream of choices for tests.

export type Choices = {
  /** A number in [0, 1). */
  readonly unit: () => number;
  /** A whole number in 0..n-1. */
  readonly below: (n: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
};

/** mulberry32: enough for choosing, not for statistics. */
export const createChoices = (seed: number): Choices => {
  let state = seed | 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(unit() * n);
  return { unit, below, pick: (items) => items[below(items.length)]! };
};
