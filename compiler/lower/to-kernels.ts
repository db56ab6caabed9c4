// Turns each group of roots into a kernel: loops over their shape, everything they share computed once.

import { CompilerBug } from "../../grammar/bug.ts";
import { symbolsOf } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { sizeBounds } from "../ir/dim-proof.ts";
import type { Graph, Value } from "../ir/graph.ts";
import { decide } from "../kernel/affine.ts";
import { rowsIn } from "../kernel/buffers.ts";
import { axis, bool, int, load, loops, over, reduce, store } from "../kernel/build.ts";
import type { Expr, ReduceAxis, ReduceOp } from "../kernel/expr.ts";
import type { BufferDecl, Kernel, Stmt } from "../kernel/kernel.ts";
import type { Operand } from "../ops/define.ts";
import { meaningOf } from "./access.ts";
import { cutLoops } from "./cut-loops.ts";
import { createElements, isSameIndex } from "./elements.ts";
import type { Fusion, Root } from "./fuse.ts";
import { createNames, domainNames, inputNames } from "./kernel-names.ts";
import type { KernelNames } from "./kernel-names.ts";
import type { Group } from "./group.ts";
import { longIndex } from "./long-axes.ts";
import { storesOfPieces } from "./store-pieces.ts";
import { createRebuild } from "./rebuild.ts";
import { rowsOf } from "./row-kernel.ts";
import { withoutDivision } from "./settle.ts";
import { extentsOf, mapStmts, storesIn, visitExprs } from "./statements.ts";
import { sumsByIndex } from "./sums-by-index.ts";
import { skipTaps } from "./taps/skip-taps.ts";

/** A kernel and the values its buffers hold, by buffer name; its rows have none. */
export type BoundKernel = {
  readonly kernel: Kernel;
  readonly values: ReadonlyMap<string, Value>;
};

/** What all kernels of a graph need to know. */
export type KernelContext = {
  readonly graph: Graph;
  readonly fusion: Fusion;
  /** Values that have a buffer. */
  readonly buffers: ReadonlySet<Value>;
  readonly inputNames: ReadonlySet<string>;
};

export const kernelContext = (graph: Graph, fusion: Fusion): KernelContext => ({
  graph,
  fusion,
  buffers: new Set([
    ...graph.inputs,
    ...fusion.roots.map((r) => r.value),
    ...fusion.aliases.keys(),
    ...graph.ops.flatMap((op) => (op.name === "scan" ? op.results : [])),
  ]),
  inputNames: inputNames(graph.inputs),
});

/** `kept`: roots that somebody outside their group reads, or the caller. */
export const groupToKernel = (
  context: KernelContext,
  group: Group,
  kept: ReadonlySet<Value>,
): BoundKernel => {
  const names = createNames(context.inputNames);
  if (group.rows > 0 || group.stream !== null)
    return bound(context, group, names, rowsOf(context, group, kept, names));
  const first = group.roots[0]!;
  const members = new Set(group.roots.map((r) => r.value));
  const placed = new Set(group.placed.flatMap(({ roots }) => roots.map((r) => r.value)));
  const axes = loopAxes(names, first);
  const identity = identityOf(axes);
  const beside = group.beside.map((root) => ({ root, axes: loopAxes(names, root) }));
  const own = new Map(beside.map((b) => [b.root.value, identityOf(b.axes)] as const));
  const shared = sharedAxes(names);
  const sums = group.roots.filter((r) => r.reductions.length > 0);
  const ofSums = sums.length > 1 && sums.every((r) => r.reductions.length === 1);
  const naming = ofSums ? { ...names, forAxis: shared.next } : names;
  const { at, operandsOf, params } = createElements(context, naming, (value, index) => {
    if (placed.has(value)) return "compute";
    const place = members.has(value) ? identity : own.get(value);
    if (place === undefined) return null;
    if (!isSameIndex(longIndex(value, index), longIndex(value, place)))
      // Of another piece, under a guard that does not hold in this one.
      return placed.size > 0 ? load({ name: "elsewhere", dtype: value.type.dtype }, index) : null;
    // Whatever an index says along an axis of size 1, it is 0.
    return isSameIndex(index, place) ? "compute" : at(value, place);
  });
  const resultOf = ({ value }: Root): Built["results"][number] => ({
    value,
    decl: { name: names.forValue(value), ...value.type },
  });
  const results = group.roots.filter((root) => kept.has(root.value)).map(resultOf);
  const long = axes.filter((a) => a.extent !== 1);
  const inPieces = group.placed.map(({ roots, pieces }) => ({
    pieces,
    results: roots.filter((root) => kept.has(root.value)).map(resultOf),
  }));
  const body =
    first.axes === null
      ? bodyOf(first, results[0]!.decl, operandsOf(first.op), names.forAxis)
      : loops(long, [
          // First: what is written over an operand comes when all of that is read.
          ...storesOfPieces(inPieces, long, at, sizeBounds(context.graph.sizes)),
          ...results.map(({ value, decl }) => {
            shared.restart();
            return store(decl.name, identity, at(value, identity));
          }),
        ]);
  const after = beside.map(({ root, axes: around }) => {
    const { value, decl } = resultOf(root);
    const place = own.get(value)!;
    const longAround = around.filter((a) => a.extent !== 1);
    return { value, decl, body: loops(longAround, [store(decl.name, place, at(value, place))]) };
  });
  return bound(context, group, names, {
    body: [...body, ...after.flatMap((b) => b.body)],
    axes: [...axes, ...beside.flatMap((b) => b.axes)],
    results: [...inPieces.flatMap((one) => one.results), ...results, ...after],
    params,
  });
};

/** Names for axes of reductions that each result takes from the first on: sums over the same elements share them. */
const sharedAxes = (
  names: KernelNames,
): { readonly next: (hint: string) => string; readonly restart: () => void } => {
  const given: string[] = [];
  let taken = 0;
  return {
    next: (hint) => (given[taken++] ??= names.forAxis(hint)),
    restart: () => {
      taken = 0;
    },
  };
};

/** 0 along axes of size 1. */
const identityOf = (axes: readonly ReduceAxis[]): readonly Expr[] =>
  axes.map((a) => (a.extent === 1 ? int(0) : axis(a.name)));

/** Loops over the shape of a root. */
const loopAxes = (names: KernelNames, { axes, value }: Root): readonly ReduceAxis[] =>
  (axes ?? []).map((_, k) => over(names.forAxis(domainNames[k] ?? "i"), value.type.shape[k]!));

/** Statements, and what they mention. */
export type Built = {
  readonly body: readonly Stmt[];
  readonly axes: readonly ReduceAxis[];
  readonly results: readonly { readonly value: Value; readonly decl: BufferDecl }[];
  readonly params: ReadonlyMap<Value, BufferDecl>;
};

const bound = (
  { graph }: KernelContext,
  group: Group,
  names: KernelNames,
  { body, axes, results, params }: Built,
): BoundKernel => {
  const kernel: Kernel = {
    name: names.forKernel(group, [...params.keys()]),
    params: [...params.values()],
    results: results.map((r) => r.decl),
    sizes: [],
    body: mapStmts(body, createSimplify(graph, body, axes)),
    span: (group.roots.flatMap((r) => r.reductions)[0] ?? group.roots[0]!.op).span,
  };
  return {
    kernel: withoutUnused(
      cutLoops(
        skipTaps({ ...kernel, sizes: graph.sizes.map((s) => s.name) }),
        sizeBounds(graph.sizes),
      ),
    ),
    values: new Map([
      ...[...params].map(([value, decl]) => [decl.name, value] as const),
      ...results.map(({ value, decl }) => [decl.name, value] as const),
    ]),
  };
};

/** Statements of an op of its own; a result that is only accumulated into starts at the neutral element. */
const bodyOf = (
  root: Root,
  result: BufferDecl,
  operands: readonly Operand[],
  fresh: (hint: string) => string,
): readonly Stmt[] => {
  const meaning = meaningOf(root.op);
  if (meaning.kind !== "body") throw new CompilerBug(`${root.op.name} has no statements`);
  const body = meaning.build(
    operands,
    {
      type: root.value.type,
      at: (index) => load(result, index),
      store: (index, value, accumulate) => store(result.name, index, value, accumulate ?? null),
    },
    fresh,
  );
  const byIndex = sumsByIndex(body, result, fresh);
  if (byIndex !== null) return byIndex;
  const stores = storesIn(body);
  const how = stores[0]?.accumulate ?? null;
  if (how === null || stores.some((s) => s.accumulate === null)) return body;
  const axes = result.shape.map((extent) => over(fresh("z"), extent));
  const start: Expr = { kind: "number", dtype: result.dtype, value: neutral[how] };
  const index = axes.map((a) => axis(a.name));
  return [...loops(axes, [store(result.name, index, start)]), ...body];
};

const neutral: Record<Exclude<ReduceOp, "argmax">, number> = {
  add: 0,
  mul: 1,
  max: -Infinity,
  min: Infinity,
};

/** Leaves out loops of one iteration and conditions that always hold. */
const createSimplify = (
  graph: Graph,
  body: readonly Stmt[],
  axes: readonly { readonly name: string; readonly extent: Dim }[],
): ((expr: Expr) => Expr) => {
  const extents = extentsOf(body);
  const bounds = sizeBounds(graph.sizes);
  const loopAxes = new Set(axes.map((a) => a.name));
  const unit = createRebuild((e) => {
    if (e.kind === "axis" && extents.get(e.name) === 1 && !loopAxes.has(e.name)) return int(0);
    if (e.kind !== "reduce") return null;
    const kept = e.axes.filter((a) => a.extent !== 1 || a.range !== null);
    return kept.length === e.axes.length ? null : reduce(e.op, kept, e.body, e.where);
  });
  const guards = createRebuild((e) => {
    if (e.kind !== "call" || e.dtype !== "bool") return withoutDivision(e, extents, bounds);
    if (e.fn !== "le" && e.fn !== "lt" && e.fn !== "eq") return null;
    const decided = decide(e, extents, bounds);
    return decided === null ? null : bool(decided);
  });
  return (expr) => guards(unit(expr));
};

/** Drops params and sizes that no expression mentions. */
const withoutUnused = (kernel: Kernel): Kernel => {
  const buffers = new Set<string>();
  const sizes = new Set<string>();
  const addDim = (dim: Dim): void => symbolsOf(dim).forEach((name) => sizes.add(name));
  visitExprs(kernel.body, (e) => {
    if (e.kind === "load") buffers.add(e.buffer);
    if (e.kind === "size") addDim(e.dim);
  });
  [...extentsOf(kernel.body).values()].forEach(addDim);
  for (const { shape } of rowsIn(kernel.body)) shape.forEach(addDim);
  const params = kernel.params.filter((p) => buffers.has(p.name));
  // Addresses multiply by every size but the first.
  for (const p of [...params, ...kernel.results]) p.shape.slice(1).forEach(addDim);
  return { ...kernel, params, sizes: kernel.sizes.filter((name) => sizes.has(name)) };
};
