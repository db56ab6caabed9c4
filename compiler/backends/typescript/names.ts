// Gives variables of emitted functions readable names that do not clash.

import { reservedWords } from "../identifiers.ts";
import { runtimeNames } from "../runtime-functions.ts";

export type Names = {
  /** `hint`, or `hint` with the first number that is free. */
  readonly fresh: (hint: string) => string;
  /** `hint0`, `hint1` … */
  readonly numbered: (hint: string) => string;
};

/** Words that emitted functions may not use for a variable. */
const reserved: readonly string[] = [
  "f",
  "i",
  "Math",
  "Infinity",
  "NaN",
  ...runtimeNames,
  "floorMod",
  "powInt",
  ...reservedWords,
];

/** A hint as an identifier: `Dense_0.W` is `W`. */
export const identifier = (hint: string): string => {
  const leaf = hint.slice(Math.max(hint.lastIndexOf("."), hint.lastIndexOf(":")) + 1);
  const clean = leaf.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=[0-9])/, "t");
  return clean === "" ? "t" : clean;
};

export const createNames = (taken: readonly string[] = []): Names => {
  const used = new Set([...reserved, ...taken]);
  const next = new Map<string, number>();
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
  };
};
