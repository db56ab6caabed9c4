// Four words that lie side by side in a buffer, as one vector: which addresses they are at, and how the emitter has them.
// A vector stands in expressions as a load from what is named here; `identifier` takes what follows the last colon as a hint.

import { exactDiv, mod, sub } from "../../ir/dim.ts";
import type { DType } from "../../ir/type.ts";
import { call, int, size } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Interner } from "../../lower/intern.ts";
import { linearOf } from "../../lower/linear.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { mapRange } from "../../lower/statements.ts";
import type { Flat } from "../emit/flatten.ts";

/** Of a vector. */
export const vectorWords = 4;

type Load = Extract<Expr, { kind: "load" }>;

/** What stands in place of a buffer where a load is no word of one. */
export type Special =
  /** All of a vector of a buffer. */
  | { readonly kind: "whole"; readonly buffer: string }
  /** One word of the vector that is its index. */
  | { readonly kind: "word"; readonly position: number }
  /** A vector of four values, which are its indices. */
  | { readonly kind: "made"; readonly dtype: DType }
  /** A vector of one value, four times, or of those of another vector. */
  | { readonly kind: "same"; readonly dtype: DType };

export const wholeName = (buffer: string): string => `*whole:${buffer}`;
const wordName = (position: number, of: string): string => `*word:${position}:${of}`;
const valueName = (kind: "made" | "same", dtype: DType): string => `*${kind}:${dtype}:t`;

/** Null for a buffer, whose name has no star. */
export const specialOf = (name: string): Special | null => {
  const [kind, what] = name.split(":");
  switch (kind) {
    case "*whole":
      return { kind: "whole", buffer: name.slice(kind.length + 1) };
    case "*word":
      return { kind: "word", position: Number(what) };
    case "*made":
      return { kind: "made", dtype: what as DType };
    case "*same":
      return { kind: "same", dtype: what as DType };
    default:
      return null;
  }
};

/** How a kernel reaches buffers that are arrays of vectors: noted while it is written. */
export type Reached = {
  /** Those of which some vector is stored whole. */
  readonly stored: Set<string>;
  /** Those of which a word is reached by itself, at any address. */
  readonly apart: Set<string>;
  /** Vectors of which words are asked for, and which. */
  readonly asked: Map<Expr, { readonly buffer: string; readonly words: Set<number> }>;
};

export type Vectors = {
  readonly buffers: ReadonlySet<string>;
  readonly reached: Reached;
};

/** Notes in `to` what is noted in `from` too. */
export const addReached = (to: Reached, from: Reached): void => {
  for (const name of from.stored) to.stored.add(name);
  for (const name of from.apart) to.apart.add(name);
  for (const [vector, words] of from.asked) to.asked.set(vector, words);
};

export const vectorsIn = (buffers: ReadonlySet<string>): Vectors => ({
  buffers,
  reached: { stored: new Set(), apart: new Set(), asked: new Map() },
});

export type VectorFlat = {
  /** A word of a vector is `word` of `whole`. */
  readonly flat: Flat;
  /** The vector that four addresses of a buffer are, and what to store to; null where they are none. */
  readonly wholeAt: (
    buffer: string,
    indices: readonly (readonly Expr[])[],
  ) => { readonly buffer: string; readonly address: Expr } | null;
  /** The vector whose words these are; null where they are those of none. */
  readonly vectorOf: (words: readonly Expr[]) => Expr | null;
  readonly word: (vector: Expr, position: number) => Expr;
  readonly made: (values: readonly Expr[]) => Expr;
  readonly same: (value: Expr, dtype?: DType) => Expr;
};

export const createVectorFlat = (
  flat: Flat,
  interner: Interner,
  { buffers, reached }: Vectors,
): VectorFlat => {
  const inside = new Set<Expr>();
  const addresses = new Set<Expr>();
  const markAddress = (e: Expr): void => {
    if (e.kind !== "call" || e.dtype !== "i32") return;
    addresses.add(e);
    e.args.forEach(markAddress);
  };
  const placeOf = (address: Expr): VectorPlace | null => {
    const at = vectorAt(address, interner);
    if (at !== null) markAddress(at.vector);
    return at;
  };
  const special = (name: string, dtype: DType, index: readonly Expr[]): Load => {
    const made = interner.intern({ kind: "load", dtype, buffer: name, index }) as Load;
    inside.add(made);
    return made;
  };
  const word = (vector: Expr, position: number): Expr => {
    const of = vector.kind === "load" ? vector.buffer : "t";
    return special(wordName(position, of), vector.dtype, [vector]);
  };
  const asWord = (load: Load): Expr => {
    const at = placeOf(load.index[0]!);
    if (at === null) {
      reached.apart.add(load.buffer);
      return load;
    }
    const name = wholeName(load.buffer);
    const vector = interner.intern({ ...load, buffer: name, index: [at.vector] });
    if (flat.isInside(load)) inside.add(vector);
    const asked = reached.asked.get(vector) ?? { buffer: load.buffer, words: new Set() };
    asked.words.add(at.position);
    reached.asked.set(vector, asked);
    return word(vector, at.position);
  };
  const rebuild = createRebuild((e) =>
    e.kind === "load" && buffers.has(e.buffer) ? asWord(interner.intern(e) as Load) : null,
  );
  const inVectors = (e: Expr): Expr => interner.intern(rebuild(e));
  return {
    flat: {
      ...flat,
      expr: (e) => inVectors(flat.expr(e)),
      range: (range) => mapRange(flat.range(range), inVectors),
      address: (buffer, index) => {
        if (buffers.has(buffer)) reached.apart.add(buffer);
        return flat.address(buffer, index);
      },
      isAddress: (e) => addresses.has(e) || flat.isAddress(e),
      isInside: (load) => inside.has(load) || flat.isInside(load),
    },
    wholeAt: (buffer, indices) => {
      if (!buffers.has(buffer)) return null;
      const all = indices.map((index) => placeOf(flat.address(buffer, index)));
      const [first] = all;
      const isWhole = all.every((at, k) => at?.vector === first?.vector && at?.position === k);
      if (first == null || !isWhole) return null;
      reached.stored.add(buffer);
      return { buffer: wholeName(buffer), address: first.vector };
    },
    vectorOf: (words) => {
      const [first] = words;
      const vector = first?.kind === "load" ? first.index[0] : undefined;
      const isAll = words.every(
        (e, k) => e.kind === "load" && e.index[0] === vector && isWord(e.buffer, k),
      );
      return vector !== undefined && isAll ? vector : null;
    },
    word,
    made: (values) => special(valueName("made", values[0]!.dtype), values[0]!.dtype, values),
    same: (value, dtype = value.dtype) => special(valueName("same", dtype), dtype, [value]),
  };
};

const isWord = (name: string, position: number): boolean => {
  const special = specialOf(name);
  return special?.kind === "word" && special.position === position;
};

type VectorPlace = { readonly vector: Expr; readonly position: number };

/** Which vector of a buffer an address is in, and at which position; null where that depends on axes and sizes. */
const vectorAt = (address: Expr, interner: Interner): VectorPlace | null => {
  const { constant, terms } = linearOf(address, interner);
  const position = mod(constant, vectorWords);
  const quarters = terms.map((t) => exactDiv(t.coefficient, vectorWords));
  if (typeof position !== "number" || quarters.includes(null)) return null;
  const start = exactDiv(sub(constant, position), vectorWords);
  if (start === null) return null;
  const parts = terms.map(({ atom }, k) =>
    quarters[k] === 1 ? atom : call("mul", atom, size(quarters[k]!)),
  );
  const summands = start === 0 ? parts : [...parts, size(start)];
  const sum = summands.length === 0 ? int(0) : summands.reduce((a, b) => call("add", a, b));
  return { vector: interner.intern(sum), position };
};
