// Writes a size as an i32 over the names of the symbolic sizes.

import { termsOf } from "../../ir/dim.ts";
import type { Atom, Dim } from "../../ir/dim.ts";

export type SizeText = (dim: Dim) => string;

/** `nameOf`: the variable that holds a symbolic size. */
export const createSizeText = (nameOf: (symbol: string) => string): SizeText => {
  const atomText = (atom: Atom): string => {
    switch (atom.kind) {
      case "symbol":
        return nameOf(atom.name);
      case "floor":
        return `floorDiv(${text(atom.of)}, ${text(atom.by)})`;
      case "mod":
        return `floorMod(${text(atom.of)}, ${text(atom.by)})`;
      case "min":
      case "max":
        return `${atom.kind}(${text(atom.of)}, ${text(atom.by)})`;
    }
  };
  const text: SizeText = (dim) => {
    if (typeof dim === "number") return dim < 0 ? `(${dim})` : String(dim);
    const terms = termsOf(dim).map(({ coefficient, factors }) => {
      const parts = factors.map(atomText);
      return coefficient === 1 && parts.length > 0
        ? parts.join(" * ")
        : [coefficient, ...parts].join(" * ");
    });
    return terms.length === 1 && !terms[0]!.includes(" ") ? terms[0]! : `(${terms.join(" + ")})`;
  };
  return text;
};
