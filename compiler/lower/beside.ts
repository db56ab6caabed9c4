// Puts a sum into the kernel of a product that reads the same, as the gradient of a bias beside that of the weights.

import type { Value } from "../ir/graph.ts";
import { append } from "../ir/list-map.ts";
import { nameOf } from "./fuse.ts";
import type { Root } from "./fuse.ts";
import { reaches } from "./group.ts";
import type { Group, Growing } from "./group.ts";

/** Changes `groups`; a line for each sum that found its product. */
export const putBeside = (
  groups: readonly Growing[],
  readsOf: Group["readsOf"],
): readonly string[] => {
  const valuesOf = (root: Root): readonly Value[] => readsOf(root).map(({ value }) => value);
  const products = new Map<Value, Growing[]>();
  for (const group of groups.filter(isProduct))
    for (const value of valuesOf(group.roots[0]!)) append(products, value, group);
  return groups.filter(isSum).flatMap((sum) => {
    const root = sum.roots[0]!;
    const values = valuesOf(root);
    const product = products.get(values[0]!)?.find((candidate) => {
      const known = new Set(valuesOf(candidate.roots[0]!));
      const readsAll = values.every((value) => known.has(value));
      return readsAll && !reaches(candidate.reads, sum) && !reaches(sum.reads, candidate);
    });
    if (product === undefined) return [];
    join(sum, product);
    return [
      `merge ${nameOf(root.value)} beside ${nameOf(product.roots[0]!.value)}: it reads the same`,
    ];
  });
};

const isProduct = ({ roots, stream }: Growing): boolean =>
  stream === null &&
  roots.length === 1 &&
  roots[0]!.reductions.some(({ name }) => name === "contract");

/** A sum over outer axes of what it reads: one over the last axes is made row by row where its elements are. */
const isSum = ({ roots, rows, stream }: Growing): boolean => {
  const [root] = roots;
  if (roots.length !== 1 || rows > 0 || stream !== null || root!.axes === null) return false;
  return root!.reductions.length === 1 && root!.reductions[0]!.name === "reduceSum";
};

const join = (sum: Growing, product: Growing): void => {
  product.beside.push(...sum.roots.splice(0));
  for (const read of sum.reads) product.reads.add(read);
  product.first = Math.min(product.first, sum.first);
  product.last = Math.max(product.last, sum.last);
  sum.reads.add(product);
  sum.last = product.last;
};
