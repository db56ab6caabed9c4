// A size as an i32 over those that a function is given.

import { termsOf } from "../../ir/dim.ts";
import type { Atom, Dim } from "../../ir/dim.ts";
import type { Code } from "./bytes.ts";
import { choose, i32, intConst } from "./instructions.ts";

export type SizeParts = {
  readonly symbol: (name: string) => Code;
  /** Rounds down; sizes may be negative. */
  readonly floorDiv: (a: Code, b: Code) => Code;
  readonly floorMod: (a: Code, b: Code) => Code;
};

export const sizeCode = (dim: Dim, parts: SizeParts): Code => {
  const code = (of: Dim): Code => sizeCode(of, parts);
  if (typeof dim === "number") return intConst(dim);
  const terms = termsOf(dim).map(({ coefficient, factors }) => {
    const all = factors.map((atom) => atomCode(atom, code, parts));
    const first = coefficient === 1 && all.length > 0 ? [] : [intConst(coefficient)];
    return [...first, ...all].reduce((a, b) => i32.mul(a, b));
  });
  return terms.reduce((a, b) => i32.add(a, b));
};

const atomCode = (
  atom: Atom,
  code: (dim: Dim) => Code,
  { symbol, floorDiv, floorMod }: SizeParts,
): Code => {
  if (atom.kind === "symbol") return symbol(atom.name);
  const [of, by] = [code(atom.of), code(atom.by)];
  switch (atom.kind) {
    case "floor":
      return floorDiv(of, by);
    case "mod":
      return floorMod(of, by);
    case "min":
      return choose(of, by, i32.lt(of, by));
    case "max":
      return choose(of, by, i32.gt(of, by));
  }
};
