// Lets a map store what others put side by side from its values: it knows where each of them goes, so no launch gathers them.

import { largestKernel } from "../costs/limits.ts";
import { sizeBounds } from "../ir/dim-proof.ts";
import type { Value } from "../ir/graph.ts";
import { axis, over } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { createElements, isSameIndex } from "./elements.ts";
import { inBetween, isMap, namesOf, reaches, tooMuch } from "./group.ts";
import type { Growing } from "./group.ts";
import { createNames } from "./kernel-names.ts";
import { longIndex, longShape } from "./long-axes.ts";
import { indexOfPiece, piecesOf } from "./pieces.ts";
import type { Pieces } from "./pieces.ts";
import { baseOf } from "./reads.ts";
import { createSettle } from "./settle.ts";
import { visitExprs } from "./statements.ts";
import type { KernelContext } from "./to-kernels.ts";
import type { Known } from "./unite.ts";
import { nameOf } from "./value-name.ts";

/** Changes `groups`; a line for each two that fit each other in size. */
export const placePieces = (
  groups: readonly Growing[],
  context: KernelContext,
  { readsOf, rootOf, groupOf, madeOf, saved }: Known,
): readonly string[] => {
  /** Whether a scan or another group runs after the maker and before the group. */
  const isBetween = (group: Growing, maker: Growing): boolean => {
    const read = group.roots.flatMap(readsOf).map(({ value }) => value);
    const behindScan = read.some((value) => !rootOf.has(value) && madeOf(value).includes(maker));
    const others = read.flatMap(madeOf).filter((one) => one !== group && one !== maker);
    return behindScan || reaches(others, maker);
  };
  const refusal = (group: Growing, maker: Growing, pieces: Pieces): string | null => {
    const moved = readElsewhere(context, group, maker, pieces);
    if (moved !== null) return `${nameOf(moved)} is read at another position`;
    const all = [maker.roots, ...maker.placed.map(({ roots }) => roots), group.roots].flat();
    return tooMuch(all, largestKernel.map) ?? (isBetween(group, maker) ? inBetween : null);
  };
  const take = (maker: Growing, group: Growing, pieces: Pieces): void => {
    for (const root of group.roots) groupOf.set(root, maker);
    maker.placed.push({ roots: group.roots.splice(0), pieces });
    for (const other of group.reads) if (other !== maker) maker.reads.add(other);
    group.reads.add(maker);
    maker.first = Math.min(maker.first, group.first);
    maker.last = group.last = Math.max(maker.last, group.last);
  };
  const makersOf = (group: Growing): readonly Growing[] => {
    const read = group.roots.flatMap(readsOf).flatMap(({ value }) => rootOf.get(value) ?? []);
    const makers = new Set(read.flatMap((root) => groupOf.get(root) ?? []));
    return [...makers].filter(isMap).toSorted((a, b) => b.last - a.last);
  };
  return groups.flatMap((group) => {
    if (!isMap(group) || group.placed.length > 0) return [];
    const notes: string[] = [];
    for (const maker of makersOf(group)) {
      const extents = longShape(maker.roots[0]!.value);
      const found = piecesOf(group.roots[0]!.value.type.shape, extents).map((pieces) => ({
        pieces,
        why: refusal(group, maker, pieces),
      }));
      if (found.length === 0) continue;
      const { pieces, why } = found.find((each) => each.why === null) ?? found[0]!;
      const names = `merge ${namesOf(group)} with ${namesOf(maker)}`;
      const saves = saved(group.roots, maker);
      notes.push(
        why === null
          ? `${names}: in ${pieces.count} pieces, saves ${saves}`
          : `${names}: no, ${why} (would save ${saves})`,
      );
      if (why !== null) continue;
      take(maker, group, pieces);
      break;
    }
    return notes;
  });
};

/** Of what a kernel makes, a value that some piece would need from elsewhere than where the loops are; null where none does. */
const readElsewhere = (
  context: KernelContext,
  group: Growing,
  maker: Growing,
  pieces: Pieces,
): Value | null => {
  const extents = longShape(maker.roots[0]!.value);
  const names = createNames(context.inputNames);
  const axes = extents.map((extent) => over(names.forAxis("i"), extent));
  const place = axes.map(({ name }) => axis(name));
  const placed = new Set(group.roots.map(({ value }) => value));
  const { at, params } = createElements(context, names, (value) =>
    placed.has(value) ? "compute" : null,
  );
  const settle = createSettle(
    new Map(axes.map(({ name, extent }) => [name, extent])),
    sizeBounds(context.graph.sizes),
  );
  const exprs = group.roots.flatMap(({ value }) =>
    Array.from({ length: pieces.count }, (_, k) =>
      settle(at(value, indexOfPiece(value.type.shape, pieces, place, k))),
    ),
  );
  const made = new Set(maker.roots.map(({ value }) => value));
  for (const { roots } of maker.placed) for (const { value } of roots) made.add(value);
  const valueOf = new Map([...params].map(([value, { name }]) => [name, value]));
  let found: Value | null = null;
  visitExprs(
    exprs.map((value) => ({ kind: "let", name: "piece", value })),
    (e: Expr) => {
      const value = e.kind === "load" ? valueOf.get(e.buffer)! : null;
      if (value === null || !made.has(baseOf(value, context.fusion.aliases))) return;
      const index = longIndex(value, (e as Extract<Expr, { kind: "load" }>).index);
      if (!made.has(value) || !isSameIndex(index, place)) found ??= value;
    },
  );
  return found;
};
