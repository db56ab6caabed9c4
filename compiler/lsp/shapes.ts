// What the front end found expressions to be, by place: shapes of tensors, values of all that is known at compile time.

import type { Span } from "../../grammar/span.ts";
import { describeItem, describeType } from "../frontend/describe.ts";
import type { Observation } from "../frontend/observation.ts";
import type { Item } from "../frontend/value.ts";

/** More results of one place, as of a block that is applied often, are left out. */
const mostResults = 3;

const inWords = (item: Item): string | null => {
  switch (item.kind) {
    case "tensor":
      return describeType(item.value.type);
    case "tuple": {
      const parts = item.items.map(inWords);
      return parts.includes(null) ? null : `(${parts.join(", ")})`;
    }
    case "size":
    case "ratio":
    case "float":
    case "bool":
    case "string":
      return describeItem(item).replace(/^the size /, "");
    default:
      return null;
  }
};

/** `[B, 3]`; `[B, 14], [B, 7]` where there are several, in order; null when nothing is known. */
export const resultsOf = (seen: readonly Observation[]): string | null => {
  const texts = new Set(seen.map(({ item }) => inWords(item)));
  texts.delete(null);
  const [first, ...more] = texts;
  if (first === undefined) return null;
  const shown = [first, ...more].slice(0, mostResults).join(", ");
  return texts.size > mostResults ? `${shown}, …` : shown;
};

export const isTensor = ({ item }: Observation): boolean =>
  item.kind === "tensor" ||
  (item.kind === "tuple" && item.items.some((one) => one.kind === "tensor"));

const lengthOf = ({ start, end }: Span): number => end - start;

/** Those of the shortest place among `seen`. */
export const innermost = (seen: readonly Observation[]): readonly Observation[] => {
  const shortest = Math.min(...seen.map(({ span }) => lengthOf(span)));
  return seen.filter(({ span }) => lengthOf(span) === shortest);
};
