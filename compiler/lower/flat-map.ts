// Turns kernels that work element by element into one loop over all elements, so that one serves every shape.

import type { Dim } from "../ir/dim.ts";
import { equalDims, product, symbol } from "../ir/dim.ts";
import { axis, loop } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { BufferDecl, Kernel, Stmt } from "../kernel/kernel.ts";
import { childrenOf } from "./intern.ts";
import { createRebuild } from "./rebuild.ts";
import { spatialNest } from "./statements.ts";

/** A kernel and the values of those of its sizes that are not sizes of the entry. */
export type SizedKernel = {
  readonly kernel: Kernel;
  readonly sizes: ReadonlyMap<string, Dim>;
};

/** The number of elements, as a size of the kernel. */
export const countName = "count";

type Store = Extract<Stmt, { kind: "store" }>;

/** Loops without anything between them around stores, or null. */
const nestOf = (
  body: readonly Stmt[],
): {
  readonly axes: readonly string[];
  readonly extents: readonly Dim[];
  readonly stores: readonly Store[];
} | null => {
  const { axes, stmts } = spatialNest(body);
  const stores = stmts.filter((s) => s.kind === "store" && s.accumulate === null);
  return axes.length > 0 && stores.length === stmts.length
    ? {
        axes: axes.map((a) => a.name),
        extents: axes.map((a) => a.extent),
        stores: stores as readonly Store[],
      }
    : null;
};

/** Whether an index is the loops themselves, axes of size 1 aside. */
const isElement = (index: readonly Expr[], axes: readonly string[]): boolean => {
  const long = index.filter((e) => e.kind !== "number" || e.value !== 0);
  return (
    long.length === axes.length && long.every((e, k) => e.kind === "axis" && e.name === axes[k])
  );
};

/** Whether a buffer has the loops' sizes, axes of size 1 aside: then the same index is the same position. */
const isWhole = (decl: BufferDecl | undefined, extents: readonly Dim[]): boolean => {
  const long = decl?.shape.filter((d) => d !== 1) ?? [];
  return long.length === extents.length && long.every((d, k) => equalDims(d, extents[k]!));
};

export const flattenMap = (kernel: Kernel): SizedKernel => {
  const asIs = { kernel, sizes: new Map<string, Dim>() };
  const nest = nestOf(kernel.body);
  if (nest === null || kernel.sizes.includes(countName)) return asIs;
  const { axes, extents, stores } = nest;
  const decls = new Map([...kernel.params, ...kernel.results].map((d) => [d.name, d]));
  const whole = new Set<string>(stores.map((s) => s.buffer));
  const atOnePlace = new Set<string>();
  const seen = new Set<Expr>();
  const fits = (e: Expr): boolean => {
    if (seen.has(e)) return true;
    seen.add(e);
    if (e.kind === "size" || e.kind === "reduce" || e.kind === "axis") return false;
    if (e.kind !== "load") return childrenOf(e).every(fits);
    if (isElement(e.index, axes) && isWhole(decls.get(e.buffer), extents)) {
      whole.add(e.buffer);
      return true;
    }
    atOnePlace.add(e.buffer);
    return e.index.every((at) => at.kind === "number");
  };
  const flat = stores.every((s) => isElement(s.index, axes) && fits(s.value));
  // Which of the two a buffer is read as may differ from load to load.
  if (!flat || [...whole].some((name) => atOnePlace.has(name))) return asIs;
  const name = axes.find((candidate) => !decls.has(candidate))!;
  const i = axis(name);
  const rebuild = createRebuild((e) =>
    e.kind === "load" && whole.has(e.buffer) ? { ...e, index: [i] } : null,
  );
  const count = symbol(countName);
  const flatDecl = (d: BufferDecl): BufferDecl =>
    whole.has(d.name) ? { ...d, shape: [count] } : d;
  const body = stores.map((s): Stmt => ({ ...s, index: [i], value: rebuild(s.value) }));
  return {
    kernel: {
      ...kernel,
      params: kernel.params.map(flatDecl),
      results: kernel.results.map(flatDecl),
      sizes: [countName],
      body: [loop(name, count, body)],
    },
    sizes: new Map([[countName, product(extents)]]),
  };
};
