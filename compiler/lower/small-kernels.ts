// Kernels that lowering adds of its own: copies and run-time checks; and what may be written in place.

import { equalDims } from "../ir/dim.ts";
import type { TensorType } from "../ir/type.ts";
import { elementCount } from "../ir/type.ts";
import {
  axis,
  call,
  ifStmt,
  int,
  load,
  loops,
  ltI,
  notB,
  over,
  size,
  store,
} from "../kernel/build.ts";
import { andB, leI } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { BufferDecl, Kernel, Stmt } from "../kernel/kernel.ts";
import { symbolsOf } from "../ir/dim.ts";
import { isSame } from "./elements.ts";
import { flattenMap } from "./flat-map.ts";
import type { SizedKernel } from "./flat-map.ts";
import type { Requirement } from "./run-time-checks.ts";
import { joinsStores, storesIn, visitExprs } from "./statements.ts";

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
    body: loops([over("i", count)], [store("to", [axis("i")], load(from, [axis("i")]))]),
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
      [over("i", count)],
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
  const [param, result] = [kernel.params[p]!, kernel.results[r]];
  // Rows come after results: each time through the loops around one would spoil the operand for the next.
  if (result === undefined) return false;
  const same = param.shape.length === result.shape.length;
  if (!same || !param.shape.every((d, k) => equalDims(d, result.shape[k]!))) return false;
  if (loadsOf(rangesAround(kernel.body), param.name).length > 0) return false;
  const phases = phasesOf(kernel.body);
  const at = phases.findIndex((phase) => storesIn(phase).some((s) => s.buffer === result.name));
  const own = at < 0 ? null : onlyStore(phases[at]!, result.name);
  if (own === null || storesIn(phases.flat()).filter((s) => s.buffer === result.name).length > 1)
    return false;
  // What several iterations write one of them would spoil for the next.
  const written = new Set(own.index.flatMap((e) => (e.kind === "axis" ? [e.name] : [])));
  const outer = loopsAround(kernel.body);
  const around = [...outer, ...loopsAround(phases[at]!)];
  if (around.some((name) => !written.has(name))) return false;
  const saysRow = (e: Expr): boolean => e.kind === "axis" && outer.includes(e.name);
  return phases.every((phase, k) =>
    loadsOf(phase, param.name).every((index) => {
      const apart = own.index.filter((e, axis) => !isSame(e, index[axis]!));
      // Before anything of the row is written all of the row may be read, afterwards none of it.
      return k < at ? !apart.some(saysRow) : k === at && apart.length === 0;
    }),
  );
};

/** Loops with nothing between them around statements. */
const loopsAround = (body: readonly Stmt[]): readonly string[] => {
  const [only] = body;
  return body.length === 1 && only?.kind === "for" ? [only.axis, ...loopsAround(only.body)] : [];
};

/** Those loops with nothing in them: what their ranges read is read before all else. */
const rangesAround = (body: readonly Stmt[]): readonly Stmt[] => {
  const [only] = body;
  return body.length === 1 && only?.kind === "for"
    ? [{ ...only, body: [] }, ...rangesAround(only.body)]
    : [];
};

/** What is within the loops around all of a kernel, in order; stores that are made together are one phase. */
const phasesOf = (body: readonly Stmt[]): readonly (readonly Stmt[])[] => {
  const [only] = body;
  if (body.length === 1 && only?.kind === "for") return phasesOf(only.body);
  const phases: Stmt[][] = [];
  for (const stmt of body) {
    const last = phases.at(-1);
    const stores = last?.filter((s) => s.kind === "store") ?? [];
    const joins =
      stmt.kind === "store" &&
      stores.length > 0 &&
      joinsStores(stores, stmt.buffer, [...stmt.index, stmt.value]);
    if (joins) last?.push(stmt);
    else phases.push([stmt]);
  }
  return phases;
};

/** The store to a buffer in a phase that does nothing but store. */
const onlyStore = (phase: readonly Stmt[], buffer: string): Store | null => {
  const [only] = phase;
  if (only?.kind === "for") return only.role === "spatial" ? onlyStore(only.body, buffer) : null;
  const plain = phase.every((s) => s.kind === "store" && s.accumulate === null);
  return plain ? (storesIn(phase).find((s) => s.buffer === buffer) ?? null) : null;
};

type Store = Extract<Stmt, { kind: "store" }>;

const loadsOf = (body: readonly Stmt[], buffer: string): readonly (readonly Expr[])[] => {
  const found: (readonly Expr[])[] = [];
  visitExprs(body, (e) => {
    if (e.kind === "load" && e.buffer === buffer) found.push(e.index);
  });
  return found;
};
