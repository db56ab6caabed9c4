// Memory whose words know which buffer was written there last.

import { firstIndex } from "./taken-words.ts";
import type { Range } from "./taken-words.ts";

export type OwnedMemory<Owner> = {
  readonly write: (range: Range, owner: Owner) => void;
  /** The first owner in the range other than `owner`: null for words nobody wrote, undefined where all are its own. */
  readonly other: (range: Range, owner: Owner) => Owner | null | undefined;
};

export const createOwnedMemory = <Owner>(): OwnedMemory<Owner> => {
  // Piece k goes from starts[k] to starts[k + 1], the last one without end.
  const starts = [0];
  const owners: (Owner | null)[] = [null];
  /** The piece that holds a word. */
  const pieceAt = (word: number): number => firstIndex(starts, (start) => start > word) - 1;
  /** Makes a piece begin at a word, and gives its number. */
  const cutAt = (word: number): number => {
    const piece = pieceAt(word);
    if (starts[piece] === word) return piece;
    starts.splice(piece + 1, 0, word);
    owners.splice(piece + 1, 0, owners[piece]!);
    return piece + 1;
  };
  return {
    write: ({ start, end }, owner) => {
      if (start >= end) return;
      const first = cutAt(start);
      const count = cutAt(end) - first;
      starts.splice(first, count, start);
      owners.splice(first, count, owner);
    },
    other: ({ start, end }, owner) => {
      for (let k = pieceAt(start); k < starts.length && starts[k]! < end; k++)
        if (owners[k] !== owner && start < end) return owners[k];
      return undefined;
    },
  };
};
