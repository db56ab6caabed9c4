// Gives variables of emitted functions readable names that do not clash.

export type Names = {
  /** `hint`, or `hint` with the first number that is free. */
  readonly fresh: (hint: string) => string;
  /** `hint0`, `hint1` … */
  readonly numbered: (hint: string) => string;
  /** Goes on from here by itself. */
  readonly copy: () => Names;
};

/** A hint as an identifier: `Dense_0.W` is `W`. */
export const identifier = (hint: string): string => {
  const leaf = hint.slice(Math.max(hint.lastIndexOf("."), hint.lastIndexOf(":")) + 1);
  const clean = leaf.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=[0-9])/, "t");
  return clean === "" ? "t" : clean;
};

/** None of `taken`, which mean something else. */
export const createNames = (taken: readonly string[]): Names =>
  namesFrom(new Set(taken), new Map());

/** Changes both: `next` is the number to try first for a hint. */
const namesFrom = (used: Set<string>, next: Map<string, number>): Names => {
  const numbered = (hint: string): string => {
    const base = identifier(hint);
    for (let n = next.get(base) ?? 0; ; n++) {
      if (used.has(`${base}${n}`)) continue;
      next.set(base, n + 1);
      used.add(`${base}${n}`);
      return `${base}${n}`;
    }
  };
  return {
    fresh: (hint) => {
      const name = identifier(hint);
      if (used.has(name)) return numbered(name);
      used.add(name);
      return name;
    },
    numbered,
    copy: () => namesFrom(new Set(used), new Map(next)),
  };
};
