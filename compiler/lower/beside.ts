// Puts a sum into the kernel of a product that reads the same, as the gradient of a bias beside that of the weights.

import type { Value } from "../ir/graph.ts";
import { append } from "../ir/list-map.ts";
import type { Saved } from "./saved.ts";
import { nameOf } from "./value-name.ts";
import { isProduct, reaches } from "./group.ts";
import type { Group, Growing } from "./group.ts";

/** Changes `groups`; a line for each sum and each product that reads something of what it does. */
export const putBeside = (
  groups: readonly Growing[],
  readsOf: Group["readsOf"],
  saved: Saved,
): readonly string[] => {
  const valuesOf = ({ roots }: Growing): readonly Value[] =>
    readsOf(roots[0]!).map(({ value }) => value);
  const products = new Map<Value, Growing[]>();
  for (const group of groups.filter(makesProduct))
    for (const value of valuesOf(group)) append(products, value, group);
  /** Why a sum may not stand beside a product; null where it may. */
  const refusal = (sum: Growing, product: Growing): string | null => {
    const known = new Set(valuesOf(product));
    const other = valuesOf(sum).find((value) => !known.has(value));
    if (other !== undefined) return `${nameOf(other)} is not read there`;
    if (reaches(product.reads, sum)) return "that is made of it";
    return reaches(sum.reads, product) ? "it is made of that" : null;
  };
  return groups.filter(isSum).flatMap((sum) => {
    const root = sum.roots[0]!;
    const notes: string[] = [];
    for (const product of products.get(valuesOf(sum)[0]!) ?? []) {
      const names = `merge ${nameOf(root.value)} beside ${nameOf(product.roots[0]!.value)}`;
      const why = refusal(sum, product);
      if (why === null) {
        notes.push(`${names}: it reads the same, saves ${saved([root], product)}`);
        join(sum, product);
        break;
      }
      notes.push(`${names}: no, ${why} (would save ${saved([root], product)})`);
    }
    return notes;
  });
};

const makesProduct = ({ roots, stream }: Growing): boolean =>
  stream === null && roots.length === 1 && isProduct(roots[0]!);

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
