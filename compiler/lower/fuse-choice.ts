// Whether a value is computed inside its readers or becomes a buffer, and the sentence that says why.

import { largestKernel, memoryFirst } from "../costs/limits.ts";
import type { Op, Value } from "../ir/graph.ts";
import { createFreshAxis } from "../ops/to-kernel.ts";
import { axesIn, elementAt, meaningOf } from "./access.ts";
import { isGuarded, workInLoops } from "./cost.ts";
import { endsReduction } from "./ends-reduction.ts";
import type { Root, Site } from "./fuse.ts";
import { isProduct } from "./group.ts";
import { nameOf } from "./value-name.ts";
import { probe } from "./value-kinds.ts";
import { isThereAnyway } from "./there-anyway.ts";
import { weigh } from "./weigh.ts";
import type { Weighing } from "./weigh.ts";

export type Choice = { readonly inline: boolean; readonly why: string };

/** What is known while the values of a graph are gone through, from the last to the first. */
export type Fusing = Weighing & {
  /** Values that must be buffers. */
  readonly required: ReadonlySet<Value>;
  /** How many ops read each value. */
  readonly consumers: ReadonlyMap<Value, number>;
  readonly positions: ReadonlyMap<Op, number>;
  /** Reads that are known so far. */
  readonly sitesOf: (value: Value) => readonly Site[];
  /** Ops computed in the kernel of a root so far. */
  readonly inlined: ReadonlyMap<Root, number>;
};

const inline = (why: string): Choice => ({ inline: true, why });
const keep = (why: string): Choice => ({ inline: false, why });

export const choose = (value: Value, op: Op, found: readonly Site[], fusing: Fusing): Choice => {
  const { loops, required } = fusing;
  if (required.has(value)) return keep("its words are asked for");
  if (meaningOf(op).kind === "body") return keep("its elements depend on each other");
  const readers = new Set(found.map((s) => s.root));
  const full = [...readers].find((r) => (fusing.inlined.get(r) ?? 0) >= largestKernel.inlined);
  if (full !== undefined)
    return keep(`${nameOf(full.value)} is as large as ${largestKernel.inlined} ops make it`);
  const { expr, loops: own } = probe(op);
  const count = loops.words(value.type.shape);
  const total = found.reduce((n, s) => n + loops.evaluations(s.index), 0);
  if (own.length > 0) return chooseReduction(op, found, total / count);
  if (fusing.ofPositions(value)) return inline("it depends on positions only");
  const share = isGuarded(expr) ? shareOfGuards(op, found, fusing) : null;
  if (share !== null && share <= memoryFirst.guards)
    return inline(`its guards are ${percent(share)} of the products they are in`);
  if (readers.size === 1 && total <= count) return inline("read once per element");
  const { repeated, stored } = weigh(op, found, fusing);
  const compared = `${each(repeated / count)} more for each element where it is read, ${each(stored / count)} for a buffer`;
  if (repeated > stored)
    return isThereAnyway(value, found, fusing)
      ? inline(`what it is made of is there anyway (${compared})`)
      : keep(compared);
  // A reduction that is repeated nowhere needs a buffer itself then, so none is saved.
  if ((readers.size > 1 || total > count) && endsReduction(value, op, fusing))
    return keep("it ends the kernel of a reduction, which would need a buffer instead");
  return inline(total > count ? compared : "read once per element");
};

/** A reduction may join the one kernel that reads each of its elements once, outside other reductions. */
const chooseReduction = (op: Op, found: readonly Site[], times: number): Choice => {
  if (found.length !== 1) return keep("a reduction read in several places");
  const { root, index } = found[0]!;
  if (times > 1) return keep(`a reduction would be made ${each(times)} times`);
  const inLoops = [...axesIn(index)].every((name) => root.axes?.includes(name) ?? false);
  if (!inLoops) return keep("it is read inside another reduction");
  if (root.arithmetic > largestKernel.tile && op.name === "contract")
    return keep(
      `${nameOf(root.value)} does ${root.arithmetic} operations with each element, more than ${largestKernel.tile}`,
    );
  if (op.name === "contract" && !index.every((e) => e.kind === "axis" || e.kind === "number"))
    return keep("its elements are read in another order");
  const products = [op, ...root.reductions].some((other) => other.name === "contract");
  if (root.reductions.length > 0 && products)
    return keep(`${nameOf(root.value)} has a reduction already`);
  return inline("it ends in the kernel of its only reader");
};

/** What guards of padding cost as a part of the products that read through them; null where one reader is none. */
const shareOfGuards = (op: Op, found: readonly Site[], { costs, loops }: Fusing): number | null => {
  if (!found.every(({ root }) => isProduct(root))) return null;
  const guards = found.reduce((sum, { root, index }) => {
    const { expr } = elementAt(op, index, createFreshAxis());
    return sum + workInLoops(expr, costs, loops.timesIn(root));
  }, 0);
  const products = found.reduce((sum, { index }) => sum + loops.evaluations(index), 0);
  return guards / (costs.multiply * products);
};

const percent = (share: number): string => `${Math.ceil(100 * share)} %`;

/** With one digit behind the point where that is not 0. */
const each = (number: number): string => String(Math.round(10 * number) / 10);
