// Writes a size as an expression over the names of the symbolic sizes.

import { termsOf } from "../../ir/dim.ts";
import type { Atom, Dim } from "../../ir/dim.ts";

/** `atomText`: what of a size is no sum or product of others. */
export const sizeText = (dim: Dim, atomText: (atom: Atom) => string): string => {
  if (typeof dim === "number") return dim < 0 ? `(${dim})` : String(dim);
  const terms = termsOf(dim).map(({ coefficient, factors }) => {
    const parts = factors.map(atomText);
    return coefficient === 1 && parts.length > 0
      ? parts.join(" * ")
      : [coefficient, ...parts].join(" * ");
  });
  return terms.length === 1 && !terms[0]!.includes(" ") ? terms[0]! : `(${terms.join(" + ")})`;
};
