// Writes a size as an expression over the names of the symbolic sizes.

import { termsOf } from "../../ir/dim.ts";
import type { Atom, Dim } from "../../ir/dim.ts";
import { sizeName } from "../identifiers.ts";

const spellAtom = (atom: Atom): string => {
  switch (atom.kind) {
    case "symbol":
      return sizeName(atom.name);
    case "floor":
      return `Math.floor(${spellSize(atom.of)} / ${spellSize(atom.by)})`;
    case "mod":
      return `(${spellSize(atom.of)} % ${spellSize(atom.by)})`;
    case "min":
    case "max":
      return `Math.${atom.kind}(${spellSize(atom.of)}, ${spellSize(atom.by)})`;
  }
};

export const spellSize = (dim: Dim): string => {
  if (typeof dim === "number") return dim < 0 ? `(${dim})` : String(dim);
  const terms = termsOf(dim).map(({ coefficient, factors }) => {
    const parts = factors.map(spellAtom);
    return coefficient === 1 && parts.length > 0
      ? parts.join(" * ")
      : [coefficient, ...parts].join(" * ");
  });
  return terms.length === 1 && !/[ ]/.test(terms[0]!) ? terms[0]! : `(${terms.join(" + ")})`;
};
