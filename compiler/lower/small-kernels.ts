// Kernels that lowering adds of its own: copies and run-time checks; and what may be written in place.

import { equalDims } from "../ir/dim.ts";
import type { TensorType } from "../ir/type.ts";
import { elementCount } from "../ir/type.ts";
import { axis, call, ifStmt, int, load, loops, ltI, notB, size, store } from "../kernel/build.ts";
import { andB, leI } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { BufferDecl, Kernel, Stmt } from "../kernel/kernel.ts";
import { symbolsOf } from "../ir/dim.ts";
import { flattenMap } from "./flat-map.ts";
import type { SizedKernel } from "./flat-map.ts";
import type { Requirement } from "./run-time-checks.ts";
import { visitExprs } from "./statements.ts";

const flatOf = (name: string, type: TensorType): BufferDecl => ({
  name,
  dtype: type.dtype,
  shape: [elementCount(type)],
});

/** Every word of a buffer to another. */
export const copyKernel = (type: TensorType): SizedKernel => {
  const [from, to] = [flatOf("from", type), flatOf("to", type)];
  const count = from.shape[0]!;
  return flattenMap({
    name: "copy",
    params: [from],
    results: [to],
    sizes: symbolsOf(count),
    body: loops(
      [{ name: "i", extent: count }],
      [store("to", [axis("i")], load(from, [axis("i")]))],
    ),
    span: null,
  });
};

/** Puts `site` into the status word when an element is not as required; the first site met stays. */
export const checkKernel = (type: TensorType, required: Requirement, site: number): Kernel => {
  const values = flatOf(required.what, type);
  const status: BufferDecl = { name: "status", dtype: "i32", shape: [] };
  const count = values.shape[0]!;
  const element = load(values, [axis("i")]);
  const [name, fits, named] =
    required.what === "index"
      ? [
          "checkIndex",
          andB(leI(int(0), element), ltI(element, size(required.extent))),
          symbolsOf(required.extent),
        ]
      : ["checkDivisor", notB(call("eq", element, int(0))), []];
  const free = call("eq", load(status, []), int(0));
  return {
    name,
    params: [values],
    results: [status],
    sizes: [...new Set([...symbolsOf(count), ...named])],
    body: loops(
      [{ name: "i", extent: count }],
      [ifStmt(andB(notB(fits), free), [store("status", [], int(site))])],
      "sequential",
    ),
    span: null,
  };
};

/**
 * Whether a kernel reads param `p` only at the element of result `r` that it is about to write, so that the two
 * may be the same memory. Everything else it reads in that iteration is read before (see the emitters).
 */
export const readsOnlyOwnElement = (kernel: Kernel, p: number, r: number): boolean => {
  const [param, result] = [kernel.params[p]!, kernel.results[r]!];
  const same = param.shape.length === result.shape.length;
  if (!same || !param.shape.every((d, k) => equalDims(d, result.shape[k]!))) return false;
  const stores = innermost(kernel.body);
  const own = stores?.find((s) => s.buffer === result.name);
  if (stores === null || own === undefined) return false;
  return loadsOf(kernel.body, param.name).every((index) =>
    index.every((e, k) => isSame(e, own.index[k]!)),
  );
};

/** The stores of a nest without anything between its loops; null for any other kernel. */
const innermost = (body: readonly Stmt[]): readonly Extract<Stmt, { kind: "store" }>[] | null => {
  const [only] = body;
  if (body.length === 1 && only?.kind === "for")
    return only.role === "spatial" ? innermost(only.body) : null;
  const stores = body.filter((s) => s.kind === "store");
  return stores.length === body.length && stores.every((s) => s.accumulate === null)
    ? stores
    : null;
};

const loadsOf = (body: readonly Stmt[], buffer: string): readonly (readonly Expr[])[] => {
  const found: (readonly Expr[])[] = [];
  visitExprs(body, (e) => {
    if (e.kind === "load" && e.buffer === buffer) found.push(e.index);
  });
  return found;
};

const isSame = (a: Expr, b: Expr): boolean => {
  if (a.kind === "axis" && b.kind === "axis") return a.name === b.name;
  return a.kind === "number" && b.kind === "number" && a.value === b.value;
};
