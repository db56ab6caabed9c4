// Which buffers of a kernel are arrays of vectors: those that may be, and of them those that its code reaches so.

import { exactDiv, product } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { LaunchPlan } from "./plan-launches.ts";
import { placeRows } from "./rows.ts";
import type { Rows } from "./rows.ts";
import type { Sharing } from "./sharing.ts";
import { vectorsIn, vectorWords } from "./vectors.ts";
import type { Vectors } from "./vectors.ts";

/** Buffers of one binding. */
type Piece = { readonly buffers: readonly string[]; readonly isWritten: boolean };

/**
 * `write` writes the kernel. It is written, for nothing else, with all that may be vectors, and again while that leaves out
 * what is written to in another way: other code may depend on it. Lanes that share an element have no four neighbours.
 */
export const chooseVectors = (
  { kernel, sharing }: { readonly kernel: Kernel; readonly sharing: Sharing },
  plan: LaunchPlan,
  write: (vectors: Vectors) => void,
): ReadonlySet<string> => {
  if (plan.launches.every(({ way }) => way.kind === "shared")) return new Set();
  let pieces = [...piecesOf(kernel, sharing), ...scratchOf(placeRows(plan.kernel, plan.teams))];
  while (pieces.length > 0) {
    const vectors = vectorsIn(namesOf(pieces));
    write(vectors);
    const kept = pieces.filter((piece) => pays(piece, vectors));
    const isSettled = pieces.every((piece) => !piece.isWritten || kept.includes(piece));
    pieces = kept;
    if (isSettled) break;
  }
  return namesOf(pieces);
};

const namesOf = (pieces: readonly Piece[]): ReadonlySet<string> =>
  new Set(pieces.flatMap(({ buffers }) => buffers));

/** All buffers of a piece begin where it does, which is at a multiple of 256 bytes, and what a host binds is a multiple of 16. */
const piecesOf = (kernel: Kernel, { pieces, shifted, halves }: Sharing): readonly Piece[] => {
  const results = new Set(kernel.results.map(({ name }) => name));
  const decls = [...kernel.params, ...kernel.results].map(({ name, dtype, shape }, k) => ({
    name,
    isShifted: shifted[k]!,
    piece: pieces[k]!,
    holds: halves[k] ? "half" : dtype === "f32" ? "f32" : "i32",
    isLong: !(Number(product(shape)) < vectorWords),
  }));
  return [...new Set(pieces)].flatMap((piece): readonly Piece[] => {
    const inside = decls.filter((d) => d.piece === piece);
    const mayBe = inside.every((d) => !d.isShifted && d.isLong && d.holds === inside[0]!.holds);
    const buffers = inside.map(({ name }) => name);
    return mayBe ? [{ buffers, isWritten: buffers.some((name) => results.has(name)) }] : [];
  });
};

/** What launches hand over, if all of it lies at multiples of four words. */
const scratchOf = ({ places, shared, perLane, holds }: Rows): readonly Piece[] => {
  const inScratch = [...places].flatMap(([name, place]) =>
    place.kind === "scratch" ? [{ name, at: place.at }] : [],
  );
  const mayBe =
    perLane === 0 &&
    holds === "f32" &&
    inScratch.length > 0 &&
    [shared, ...inScratch.map(({ at }) => at)].every((n) => exactDiv(n, vectorWords) !== null);
  return mayBe ? [{ buffers: inScratch.map(({ name }) => name), isWritten: true }] : [];
};

/**
 * Of what is written all has to be reached in whole vectors: writing one word may write all of a vector, and a word that is
 * read may be one of a vector that others write.
 */
const pays = ({ buffers, isWritten }: Piece, { reached }: Vectors): boolean => {
  const asked = [...reached.asked.values()].filter(({ buffer }) => buffers.includes(buffer));
  const isWhole = ({ words }: (typeof asked)[number]): boolean => words.size === vectorWords;
  if (!isWritten) return asked.some(isWhole);
  return (
    asked.every(isWhole) &&
    buffers.some((name) => reached.stored.has(name)) &&
    !buffers.some((name) => reached.apart.has(name))
  );
};
