// Decides which values of a graph become buffers and which are computed inside the kernels that read them.

import type { Dim } from "../ir/dim.ts";
import { equalDims } from "../ir/dim.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import { elementCount, equalShapes } from "../ir/type.ts";
import { axis, int } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { createFreshAxis } from "../ops/to-kernel.ts";
import { axesIn, elementAt, meaningOf } from "./access.ts";
import { divisionsIn, isGuarded, workInLoops, workOf } from "./cost.ts";
import { createInterner } from "./intern.ts";
import { estimateDim } from "../ir/estimate.ts";
import { longIndex, longShape } from "./long-axes.ts";
import {
  consumersOf,
  divides,
  indexOf,
  isMap,
  isOfPositions,
  isReduction,
  probe,
} from "./value-kinds.ts";
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

/** `work`: of one element, from the sources on. */
type Sources = {
  readonly large: readonly Value[];
  readonly small: readonly Value[];
  readonly work: number;
};

type Choice = { readonly inline: boolean; readonly why: string };

/** An expression this large is cut by a buffer, however cheap. */
const mostOpsPerKernel = 120;
/** Ops on each element of a product in its kernel: their code is there once per element of a tile. */
export const mostAfterProduct = 6;
/** Writing an element to memory and reading it back costs about this many additions. */
const costOfBuffer = 4;
const costOfLoad = 1;
/** Keeping an element from where it is made to its last reader is worth so many additions. */
const costOfMemory = 10;
/** A reshape that is not a buffer divides positions: where its elements are read at most so often, ... */
const mostReads = 2;
/** ... or so seldom for each element, because only outer loops divide. */
const mostDivisions = 4;
/** So many elements made of one are hardly more than copies of it. */
const leastSpreading = 4;
/** So far back it is looked for what a value is made of. */
const deepest = 8;
/** A value with so many times fewer elements costs nothing to keep. */
const mostShrinking = 8;
/** A multiplication of a product, its addition and its share of loads. */
const costOfMultiply = 2.5;
/** Results that a product makes at once along each of two axes, sharing what does not depend on that axis. */
const lanesOfTile = 4;
/** Guards of padding may take this part of the work of the product that reads through them: memory is scarcer. */
const mostForGuards = 0.25;

export const nameOf = (value: Value): string => {
  if (value.def.kind === "input") return value.def.sigil + value.def.name;
  return `%${value.hint ?? value.id}`;
};

/** `asked`: values that must be buffers though no output is. */
export const fuse = (graph: Graph, asked: readonly Value[] = []): Fusion => {
  const interner = createInterner();
  let loopsMade = 0;
  const fresh = (hint: string): string => `${hint}$${loopsMade++}`;
  const estimate = estimateDim(graph.sizes);
  const extents = new Map<string, Dim>();
  const around = new Map<string, ReadonlySet<string>>();
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

  const addLoop = (name: string, extent: Dim, outer: ReadonlySet<string>): void => {
    extents.set(name, extent);
    around.set(name, outer);
  };

  /** Loops that run around the use of these axes. */
  const loopsAround = (axes: ReadonlySet<string>): ReadonlySet<string> =>
    new Set([...axes].flatMap((name) => [...(around.get(name) ?? []), name]));

  /** How often an element is computed when it is computed where it is read. */
  const evaluations = (index: readonly Expr[]): number =>
    [...loopsAround(axesIn(index))].reduce((n, name) => n * estimate(extents.get(name) ?? 1), 1);

  const changes = (axes: ReadonlySet<string>): number => evaluations([...axes].map(axis));

  /** Arithmetic of an op where its elements are read; what does not change in an inner loop is computed before it. */
  const workAt = (op: Op, found: readonly Site[]): number =>
    found.reduce((sum, { index }) => {
      return sum + workInLoops(elementAt(op, index, createFreshAxis()).expr, changes);
    }, 0);

  /** The same in loops over a value's own shape. */
  const changesOf =
    (value: Value) =>
    (axes: ReadonlySet<string>): number => {
      const depth = indexOf(value).findLastIndex((e) => e.kind === "axis" && axes.has(e.name)) + 1;
      return value.type.shape.slice(0, depth).reduce<number>((n, dim) => n * estimate(dim), 1);
    };

  /** How often what depends on these axes is computed in a product, which makes its results in tiles. */
  const evaluationsInTiles = (root: Root, axes: ReadonlySet<string>): number => {
    const loops = loopsAround(axes);
    const shared = (root.axes ?? [])
      .filter((name) => loops.has(name) && !axes.has(name))
      .map((name) => Math.min(lanesOfTile, estimate(extents.get(name) ?? 1)))
      .toSorted((a, b) => b - a);
    const [first = 1, second = 1] = shared;
    return changes(axes) / (first * second);
  };

  /** What guards of padding cost as a part of the products that read through them; null where none is a product. */
  const shareOfGuards = (op: Op, found: readonly Site[]): number | null => {
    const isProduct = ({ root }: Site): boolean =>
      root.reductions.some(({ name }) => name === "contract");
    if (!found.every(isProduct)) return null;
    const guards = found.reduce((sum, { root, index }) => {
      const { expr } = elementAt(op, index, createFreshAxis());
      return sum + workInLoops(expr, (axes) => evaluationsInTiles(root, axes));
    }, 0);
    const products = found.reduce((sum, { index }) => sum + evaluations(index), 0);
    return guards / (costOfMultiply * products);
  };

  /** Reads of the operands by one element of `op`. */
  const readOperands = (op: Op, root: Root, index: readonly Expr[]): void => {
    const element = elementAt(op, index, fresh);
    let outer = loopsAround(axesIn(index));
    for (const { name, extent } of element.loops) {
      addLoop(name, extent, outer);
      outer = new Set([...outer, name]);
    }
    if (element.loops.length > 0) {
      root.reductions.push(op);
      root.depths.push(op === root.op ? longShape(root.value).length : depthOf(root, index));
    } else if (workOf(element.expr) > 0) root.arithmetic++;
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
    axes.forEach((name, k) => addLoop(name, value.type.shape[k]!, new Set(axes.slice(0, k))));
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
    walkBody(body, new Set(), addLoop, (operand, index) => {
      addSite(root.op.operands[operand]!, { root, index });
    });
  };

  /**
   * A reshape of a buffer is the buffer under another name. As an index it costs divisions where axes merge, so then
   * its operand becomes a buffer, unless these are few, or it would only hold copies.
   */
  const isAlias = (op: Op, found: readonly Site[]): boolean => {
    if (op.name !== "reshape") return false;
    const [value, operand] = [op.results[0]!, op.operands[0]!];
    if (operand.def.kind === "input" || required.has(value) || required.has(operand)) return true;
    if (!probe(op).reads.some((read) => read.index.some(divides))) return false;
    if (holdsCopies(operand.def.op)) return false;
    const total = found.reduce((n, { index }) => n + evaluations(index), 0);
    const divisions = found.reduce((n, site) => {
      const index = elementAt(op, site.index, createFreshAxis()).reads.flatMap((r) => r.index);
      return n + divisionsIn(index, changes);
    }, 0);
    return (
      isReduction(operand.def.op) ||
      endsReduction(operand, operand.def.op) ||
      Math.min(total / mostReads, divisions / mostDivisions) > estimate(elementCount(value.type))
    );
  };

  /** Whether a value is spread from much smaller ones, at most compared on the way, as the mask of a pool is. */
  const holdsCopies = (op: Op): boolean => {
    if (op.name === "broadcast") return true;
    if (!isMap(op) || workOf(probe(op).expr) > 1) return false;
    const most = estimate(elementCount(op.results[0]!.type)) / leastSpreading;
    return op.operands.every((operand) => {
      if (isOfPositions(operand)) return true;
      const spread = operand.def.kind === "result" && operand.def.op.name === "broadcast";
      return spread && estimate(elementCount(operand.def.op.operands[0]!.type)) <= most;
    });
  };

  const choose = (value: Value, op: Op, found: readonly Site[]): Choice => {
    if (required.has(value)) return { inline: false, why: "its words are asked for" };
    if (meaningOf(op).kind === "body")
      return { inline: false, why: "its elements depend on each other" };
    const readers = new Set(found.map((s) => s.root));
    const full = [...readers].find((r) => (inlinedOps.get(r) ?? 0) >= mostOpsPerKernel);
    if (full !== undefined) return { inline: false, why: `${nameOf(full.value)} is large enough` };
    const { expr, loops } = probe(op);
    const count = estimate(elementCount(value.type));
    const total = found.reduce((n, s) => n + evaluations(s.index), 0);
    if (loops.length > 0) return chooseReduction(op, found, total <= count);
    if (isOfPositions(value)) return { inline: true, why: "it depends on positions only" };
    const share = isGuarded(expr) ? shareOfGuards(op, found) : null;
    if (share !== null && share <= mostForGuards)
      return { inline: true, why: `its guards are ${percent(share)} of the products they are in` };
    const extra = workAt(op, found) - workInLoops(expr, changesOf(value));
    if (extra > costOfBuffer * count && isThereAnyway(value, found))
      return { inline: true, why: "what it is made of is there anyway" };
    if (extra > costOfBuffer * count)
      return {
        inline: false,
        why: `computing it where it is read repeats it ${ratio(total, count)} times`,
      };
    if (readers.size > 1 && endsReduction(value, op))
      return {
        inline: false,
        why: "it ends the kernel of a reduction and several kernels read it",
      };
    return { inline: true, why: total > count ? "cheap to repeat" : "read once per element" };
  };

  /**
   * Whether a value is computed again cheaply, once in each reader, and the memory of what it is made of is no more than
   * its own: most of that is read as late as it is anyway, or would be written beside it by one kernel.
   */
  const isThereAnyway = (value: Value, found: readonly Site[]): boolean => {
    const sizeOf = ({ type }: Value): number => estimate(elementCount(type));
    const { large, small, work } = sourcesOf(value);
    // Reading it back would cost a load, too, if it is made of no others.
    const again = large.length === 0 ? work - costOfLoad : work;
    if (again * (found.length - 1) > costOfMemory) return false;
    if (found.some(({ index }) => evaluations(index) > sizeOf(value))) return false;
    const last = Math.max(...found.map(({ root }) => positions.get(root.op)!));
    const ready = Math.max(-1, ...small.map(positionOf));
    const kept = large.filter((source) => {
      if (source.def.kind === "input") return false;
      const readers = [...(sites.get(source)?.values() ?? [])];
      return readers.every(({ root }) => positions.get(root.op)! < last);
    });
    if (kept.some((source) => consumers.get(source) === 1)) return false;
    const longer = kept.filter((source) => ready >= positionOf(source));
    return longer.reduce((sum, source) => sum + sizeOf(source), 0) <= sizeOf(value);
  };

  const positionOf = (value: Value): number =>
    value.def.kind === "input" ? -1 : positions.get(value.def.op)!;

  /** What a value is made of element by element: values that others read too, and those much smaller than it. */
  const sourcesOf = (value: Value): Sources => {
    const [large, small] = [new Set<Value>(), new Set<Value>()];
    const count = estimate(elementCount(value.type));
    let work = 0;
    const visit = (op: Op, depth: number): void => {
      work += workOf(probe(op).expr);
      for (const operand of op.operands) {
        const inner = operand.def.kind === "result" ? operand.def.op : null;
        const isSmall = estimate(elementCount(operand.type)) * mostShrinking <= count;
        const passes = inner !== null && depth > 0 && isMap(inner);
        if (isSmall) small.add(operand);
        else if (passes && (inner.name === "broadcast" || consumers.get(operand) === 1))
          visit(inner, depth - 1);
        else large.add(operand);
      }
    };
    if (value.def.kind === "result") visit(value.def.op, deepest);
    return { large: [...large], small: [...small], work };
  };

  /** A reduction may join the one kernel that reads each of its elements once, outside other reductions. */
  const chooseReduction = (op: Op, found: readonly Site[], once: boolean): Choice => {
    if (found.length !== 1) return { inline: false, why: "a reduction read in several places" };
    const { root, index } = found[0]!;
    if (!once) return { inline: false, why: "a reduction would be repeated" };
    const inLoops = [...axesIn(index)].every((name) => root.axes?.includes(name) ?? false);
    if (!inLoops) return { inline: false, why: "it is read inside another reduction" };
    if (root.arithmetic > mostAfterProduct && op.name === "contract")
      return { inline: false, why: `${nameOf(root.value)} does much with each element` };
    if (op.name === "contract" && !index.every((e) => e.kind === "axis" || e.kind === "number"))
      return { inline: false, why: "its elements are read in another order" };
    const products = [op, ...root.reductions].some((other) => other.name === "contract");
    if (root.reductions.length > 0 && products)
      return { inline: false, why: `${nameOf(root.value)} has a reduction already` };
    return { inline: true, why: "it ends in the kernel of its only reader" };
  };

  /** Whether it is element by element what a reduction gives, and nothing else reads that. */
  const endsReduction = (value: Value, op: Op): boolean =>
    op.operands.some((operand) => {
      if (operand.def.kind === "input" || consumers.get(operand) !== 1) return false;
      if (required.has(operand) || !equalShapes(operand.type.shape, value.type.shape)) return false;
      const inner = operand.def.op;
      return isReduction(inner) || (isMap(inner) && endsReduction(operand, inner));
    });

  for (const op of graph.ops.toReversed()) {
    if (op.name === "scan") {
      op.operands.forEach((operand) => required.add(operand));
      continue;
    }
    const value = op.results[0]!;
    const found = [...(sites.get(value)?.values() ?? [])];
    if (found.length === 0 && !required.has(value)) continue;
    if (isAlias(op, found)) {
      aliases.set(value, op.operands[0]!);
      required.add(op.operands[0]!);
      continue;
    }
    const { inline, why } = choose(value, op, found);
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

const percent = (share: number): string => `${Math.ceil(100 * share)} %`;

const ratio = (total: number, count: number): string =>
  String(Math.round((10 * total) / count) / 10);

/** Whether two roots loop over the same sizes. */
export const sameDomain = (a: Value, b: Value): boolean =>
  a.type.shape.length === b.type.shape.length &&
  a.type.shape.every((d, k) => equalDims(d, b.type.shape[k]!));
