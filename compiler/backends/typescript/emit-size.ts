// Writes a size as an expression over the names of the symbolic sizes.

import type { Atom, Dim } from "../../ir/dim.ts";
import { sizeText } from "../emit/size-text.ts";
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

export const spellSize = (dim: Dim): string => sizeText(dim, spellAtom);
