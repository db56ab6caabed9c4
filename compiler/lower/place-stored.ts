// Gives every stored tensor its place on the heap.

import { CompilerBug } from "../../grammar/bug.ts";
import { append } from "../ir/list-map.ts";
import type { StoredTensor } from "../ir/module.ts";
import { elementCount } from "../ir/type.ts";
import { alignUp } from "./plan.ts";
import type { StoredPlace } from "./plan.ts";

/**
 * Params first, then buffers, then optimizer state and averages. Params with the same kinds of state are neighbours, and each kind
 * of state lies in the order of its params, so that one launch can update them all. What is derived from them is last.
 */
export const placeStored = (
  stored: readonly StoredTensor[],
  alignment: number,
): { readonly places: readonly StoredPlace[]; readonly words: number } => {
  let offset = 0;
  const places = inOrder(stored).map((tensor) => {
    const words = elementCount(tensor.type);
    if (typeof words !== "number") throw new CompilerBug(`@${tensor.path} has no fixed size`);
    const place = { tensor, offset, words };
    offset += alignUp(words, alignment);
    return place;
  });
  return { places, words: offset };
};

const inOrder = (stored: readonly StoredTensor[]): readonly StoredTensor[] => {
  const of = (storage: StoredTensor["storage"]): readonly StoredTensor[] =>
    stored.filter((tensor) => tensor.storage === storage);
  const kept = [...of("state"), ...of("average")];
  const states = together(kept, ({ path }) => ownerOf(path));
  const stateOf = ({ path }: StoredTensor): readonly StoredTensor[] => states.get(path) ?? [];
  const alike = [...together(of("param"), (param) => stateOf(param).map(kindOf).join()).values()];
  const stateOfParams = alike.flatMap((params) =>
    [...together(params.flatMap(stateOf), kindOf).values()].flat(),
  );
  const placed = new Set(stateOfParams);
  const rest = kept.filter((tensor) => !placed.has(tensor));
  return [...alike.flat(), ...of("buffer"), ...stateOfParams, ...rest, ...of("derived")];
};

const together = (
  tensors: readonly StoredTensor[],
  keyOf: (tensor: StoredTensor) => string,
): ReadonlyMap<string, readonly StoredTensor[]> => {
  const found = new Map<string, StoredTensor[]>();
  for (const tensor of tensors) append(found, keyOf(tensor), tensor);
  return found;
};

/** `net.Dense_0.W:m` is the state `m` of `net.Dense_0.W`. */
const ownerOf = (path: string): string => path.split(":")[0]!;
const kindOf = ({ path }: StoredTensor): string => path.slice(ownerOf(path).length);
