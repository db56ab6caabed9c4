// Arithmetic on values that are the same in every call and repeated along some axes of another value.

import type { Value } from "../../ir/graph.ts";
import type { OpName } from "../../ops/index.ts";
import { filledWith } from "../../ops/mask.ts";
import type { Rewriter } from "../rewrite.ts";
import { alphabet, arrange, inOrder, normalFactor, sizesOf, union } from "../rows/letters.ts";
import type { Factor, LetterSizes } from "../rows/letters.ts";
import type { IsInvariant } from "./invariant.ts";

/** The axes of one value, and factors that have some of its letters. */
export type Weights = {
  readonly letters: string;
  readonly sizes: LetterSizes;
  /** What a value repeats, where that is the same in every call; null for another value. */
  readonly factorOf: (value: Value) => Factor | null;
  readonly number: (number: number) => Factor;
  readonly combine: (name: OpName, x: Factor, y: Factor) => Factor;
  /** The factor in the shape of the value. */
  readonly spread: (factor: Factor) => Value;
};

export const weightsLike = (r: Rewriter, like: Value, isInvariant: IsInvariant): Weights => {
  const letters = alphabet.slice(0, like.type.shape.length);
  const sizes = sizesOf([{ value: like, letters }]);
  const number = (value: number): Factor => ({
    value: r.constant(value, { dtype: like.type.dtype, shape: [] }),
    letters: "",
  });
  return {
    letters,
    sizes,
    number,
    factorOf: (value) => {
      const filled = filledWith(value);
      if (filled !== null) return number(filled);
      const factor = normalFactor(r, { value, letters });
      return isInvariant(factor.value) ? factor : null;
    },
    combine: (name, x, y) => {
      const both = inOrder(union(x.letters, y.letters), letters);
      const operands = [x, y].map((factor) => arrange(r, factor, both, sizes));
      return { value: r.op(name, operands), letters: both };
    },
    spread: (factor) => arrange(r, factor, letters, sizes),
  };
};
