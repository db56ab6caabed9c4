// Decides which values of a graph become buffers and which are computed inside the kernels that read them.

import type { Target } from "../costs/target.ts";
import { equalDims } from "../ir/dim.ts";
import { estimateDim } from "../ir/estimate.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import { axis, int } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { axesIn, elementAt, meaningOf } from "./access.ts";
import { isAlias } from "./alias.ts";
import { workOf } from "./cost.ts";
import { choose } from "./fuse-choice.ts";
import type { Fusing } from "./fuse-choice.ts";
import { createInterner } from "./intern.ts";
import { longIndex, longShape } from "./long-axes.ts";
import { createLoopCounts } from "./loop-counts.ts";
import { nameOf } from "./value-name.ts";
import { consumersOf, createOfPositions } from "./value-kinds.ts";
import { walkBody } from "./walk-body.ts";

/** A value with a kernel of its own, and where it reads buffers. */
export type Root = {
  readonly value: Value;
  readonly op: Op;
  /** Names of the loops over its shape; null for an op whose statements bring their own. */
  readonly axes: readonly string[] | null;
  /** Identity index: its axes, 0 along axes of size 1. */
  readonly index: readonly Expr[];
  /** Ops with a reduction that are computed in its kernel, itself included. */
  readonly reductions: Op[];
  /** On how many of the leading axes each of those depends, axes of size 1 left out. */
  readonly depths: number[];
  /** Arithmetic ops computed in its kernel. */
  arithmetic: number;
};

/** A root reads a value at an index over the root's loops. */
export type Site = { readonly root: Root; readonly index: readonly Expr[] };

export type Fusion = {
  /** In an order in which each reads only earlier ones. */
  readonly roots: readonly Root[];
  /** Reshapes that are another name of the same words. */
  readonly aliases: ReadonlyMap<Value, Value>;
  /** Reads of every buffer (inputs too), by the value they read; an alias is a value of its own here. */
  readonly sites: ReadonlyMap<Value, readonly Site[]>;
  /** One line per decision. */
  readonly notes: readonly string[];
};

/** `asked`: values that must be buffers though no output is. */
export const fuse = (
  graph: Graph,
  { costs, lanes }: Target,
  asked: readonly Value[] = [],
): Fusion => {
  const interner = createInterner();
  let loopsMade = 0;
  const fresh = (hint: string): string => `${hint}$${loopsMade++}`;
  const loops = createLoopCounts(estimateDim(graph.sizes), lanes);
  const sites = new Map<Value, Map<string, Site>>();
  const aliases = new Map<Value, Value>();
  const roots: Root[] = [];
  const notes: string[] = [];
  const inlinedOps = new Map<Root, number>();
  const outputs = new Set(graph.outputs);
  const required = new Set<Value>([...outputs, ...asked]);
  const consumers = consumersOf(graph);
  const positions = new Map(graph.ops.map((op, k) => [op, k] as const));

  const addSite = (value: Value, site: Site): void => {
    const key = `${site.root.value.id}:${site.index.map((e) => interner.id(e)).join(",")}`;
    const known = sites.get(value) ?? new Map<string, Site>();
    sites.set(value, known.set(key, site));
  };

  /** Reads of the operands by one element of `op`. */
  const readOperands = (op: Op, root: Root, index: readonly Expr[]): void => {
    const element = elementAt(op, index, fresh);
    let outer = loops.around(axesIn(index));
    for (const { name, extent } of element.loops) {
      loops.add(name, extent, outer);
      outer = new Set([...outer, name]);
    }
    if (element.loops.length > 0) {
      root.reductions.push(op);
      root.depths.push(op === root.op ? longShape(root.value).length : depthOf(root, index));
    } else if (workOf(element.expr, costs) > 0) root.arithmetic++;
    for (const read of element.reads)
      addSite(op.operands[read.operand]!, { root, index: read.index });
  };

  const makeRoot = (value: Value, op: Op): void => {
    if (meaningOf(op).kind === "body") {
      const root: Root = {
        value,
        op,
        axes: null,
        index: [],
        reductions: [op],
        depths: [0],
        arithmetic: 1,
      };
      roots.push(root);
      readBody(root);
      return;
    }
    const axes = value.type.shape.map(() => fresh("i"));
    axes.forEach((name, k) => loops.add(name, value.type.shape[k]!, new Set(axes.slice(0, k))));
    const index = axes.map((name, k) => (value.type.shape[k] === 1 ? int(0) : axis(name)));
    const root: Root = { value, op, axes, index, reductions: [], depths: [], arithmetic: 0 };
    roots.push(root);
    readOperands(op, root, index);
  };

  const readBody = (root: Root): void => {
    const meaning = meaningOf(root.op);
    if (meaning.kind !== "body") return;
    const { type } = root.value;
    const at =
      (buffer: string) =>
      (index: readonly Expr[]): Expr => ({ kind: "load", dtype: type.dtype, buffer, index });
    const body = meaning.build(
      root.op.operands.map((value, k) => ({
        type: value.type,
        at: (index) => ({ kind: "load", dtype: value.type.dtype, buffer: `$${k}`, index }),
      })),
      {
        type,
        at: at("result"),
        store: (index, value) => ({
          kind: "store",
          buffer: "result",
          index,
          value,
          accumulate: null,
        }),
      },
      fresh,
    );
    walkBody(body, new Set(), loops.add, (operand, index) => {
      addSite(root.op.operands[operand]!, { root, index });
    });
  };

  const fusing: Fusing = {
    costs,
    loops,
    ofPositions: createOfPositions(costs),
    required,
    consumers,
    positions,
    sitesOf: (value) => [...(sites.get(value)?.values() ?? [])],
    inlined: inlinedOps,
  };
  for (const op of graph.ops.toReversed()) {
    if (op.name === "scan") {
      op.operands.forEach((operand) => required.add(operand));
      continue;
    }
    const value = op.results[0]!;
    const found = fusing.sitesOf(value);
    if (found.length === 0 && !required.has(value)) continue;
    if (isAlias(op, found, fusing)) {
      aliases.set(value, op.operands[0]!);
      required.add(op.operands[0]!);
      continue;
    }
    const { inline, why } = choose(value, op, found, fusing);
    if (!inline) {
      if (!outputs.has(value)) notes.push(`keep ${nameOf(value)} (${op.name}): ${why}`);
      makeRoot(value, op);
      continue;
    }
    sites.delete(value);
    for (const site of found) {
      if (op.operands.length > 0)
        notes.push(`fuse ${nameOf(value)} (${op.name}) -> ${nameOf(site.root.value)}: ${why}`);
      inlinedOps.set(site.root, (inlinedOps.get(site.root) ?? 0) + 1);
      readOperands(op, site.root, site.index);
    }
  }
  const reads = new Map([...sites].map(([value, found]) => [value, [...found.values()]] as const));
  return { roots: roots.toReversed(), aliases, sites: reads, notes: notes.toReversed() };
};

/** How many leading axes of a root an index mentions, axes of size 1 left out. */
const depthOf = (root: Root, index: readonly Expr[]): number => {
  const mentioned = axesIn(index);
  const own = longIndex(root.value, root.index);
  return own.findLastIndex((e) => e.kind === "axis" && mentioned.has(e.name)) + 1;
};

/** Whether two roots loop over the same sizes. */
export const sameDomain = (a: Value, b: Value): boolean =>
  a.type.shape.length === b.type.shape.length &&
  a.type.shape.every((d, k) => equalDims(d, b.type.shape[k]!));
