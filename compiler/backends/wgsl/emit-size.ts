// Writes a size as an i32 over the names of the symbolic sizes.

import type { Atom, Dim } from "../../ir/dim.ts";
import { sizeText } from "../emit/size-text.ts";

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
  const text: SizeText = (dim) => sizeText(dim, atomText);
  return text;
};
