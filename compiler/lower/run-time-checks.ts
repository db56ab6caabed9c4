// Finds the run-time indices that nothing proves to be in range and the whole divisors that may be 0: those are looked
// at while the module runs.

import type { Dim } from "../ir/dim.ts";
import * as dim from "../ir/dim.ts";
import { proveAtLeast, sizeBounds } from "../ir/dim-proof.ts";
import type { Bounds } from "../ir/dim-proof.ts";
import type { Attr, Graph, Op, Value } from "../ir/graph.ts";
import type { Entry } from "../ir/module.ts";
import { dimAttr } from "../ops/attrs.ts";
import { scanAttrs } from "../ops/scan.ts";

/** What each element must be: a place in 0 .. extent - 1, or not 0. */
export type Requirement =
  { readonly what: "index"; readonly extent: Dim } | { readonly what: "divisor" };

/** `op`: what reads the value; `scan`: the loop it is read in, null outside of loops. */
export type RunTimeCheck = {
  readonly value: Value;
  readonly required: Requirement;
  readonly op: Op;
  readonly scan: Op | null;
};

/** Least and greatest value, null where not known. */
type Reach = { readonly lo: Dim | null; readonly hi: Dim | null };

const unknown: Reach = { lo: null, hi: null };

export const runTimeChecks = (entry: Entry): readonly RunTimeCheck[] => {
  const { graph } = entry;
  const inputs = entry.inputs.map((input): Reach => {
    // A checked input is refused on the host before anything runs.
    const range = input.kind === "data" ? input.range : null;
    const ends = range === null ? [] : [0, range.hi - 1, range.except ?? 0];
    return range === null ? unknown : { lo: Math.min(...ends), hi: Math.max(...ends) };
  });
  return checksIn(graph, inputs, sizeBounds(graph.sizes), null).checks;
};

type Found = {
  readonly checks: readonly RunTimeCheck[];
  readonly reach: (value: Value) => Reach;
};

/** Checks of a graph and of the bodies in it; `inputs`: the reach of each of its inputs. */
const checksIn = (
  graph: Graph,
  inputs: readonly Reach[],
  bounds: Bounds,
  scan: Op | null,
): Found => {
  const reaches = new Map(graph.inputs.map((value, k) => [value, inputs[k]!]));
  const reach = (value: Value): Reach => reaches.get(value) ?? unknown;
  const found = new Map<string, RunTimeCheck>();
  const inner: RunTimeCheck[] = [];
  for (const op of graph.ops) {
    if (op.name === "scan") {
      const { body, carries } = scanAttrs(op.attrs);
      // A carry may grow from step to step.
      const given = op.operands.map((value, i) => (i < carries ? unknown : reach(value)));
      const steps = checksIn(body, given, bounds, op);
      inner.push(...steps.checks);
      op.results.forEach((value, i) =>
        reaches.set(value, i < carries ? unknown : steps.reach(body.outputs[i]!)),
      );
      continue;
    }
    reaches.set(op.results[0]!, reachOf(op, op.operands.map(reach)));
    const required = requirementOf(op);
    const value = op.operands[1];
    if (required === null || holds(required, reach(value!), bounds)) continue;
    const limit = required.what === "index" ? `<${dim.dimKey(required.extent)}` : "";
    found.set(`${value!.id}${limit}`, { value: value!, required, op, scan });
  }
  return { checks: [...found.values(), ...inner], reach };
};

/**
 * What an op asks of its second operand; null where there is nothing to look at. `checked`: the front end proved it, or
 * it is refused on the host before anything runs. A gradient's scatterAdd has the index of a gather and says nothing.
 */
const requirementOf = ({ name, operands, attrs }: Op): Requirement | null => {
  if (name === "gather" && attrs["checked"] !== true)
    return { what: "index", extent: operands[0]!.type.shape[Number(attrs["batch"])]! };
  if (name === "scatterAdd" && attrs["checked"] === false)
    return { what: "index", extent: dimAttr(attrs, "extent") };
  return name === "mod" && operands[1]!.type.dtype === "i32" ? { what: "divisor" } : null;
};

const holds = (required: Requirement, { lo, hi }: Reach, bounds: Bounds): boolean => {
  const above = (least: number): boolean =>
    lo !== null && proveAtLeast(lo, least, bounds) === "yes";
  const below = (limit: Dim): boolean =>
    hi !== null && proveAtLeast(dim.sub(limit, hi), 1, bounds) === "yes";
  return required.what === "index" ? above(0) && below(required.extent) : above(1) || below(0);
};

const least = (list: readonly (Dim | null)[]): Dim | null =>
  list.reduce((a, b) => (a === null || b === null ? null : dim.minDim(a, b)));

const greatest = (list: readonly (Dim | null)[]): Dim | null =>
  list.reduce((a, b) => (a === null || b === null ? null : dim.maxDim(a, b)));

const join = (list: readonly Reach[]): Reach => ({
  lo: least(list.map((r) => r.lo)),
  hi: greatest(list.map((r) => r.hi)),
});

const both = (a: Dim | null, b: Dim | null, combine: (a: Dim, b: Dim) => Dim): Dim | null =>
  a === null || b === null ? null : combine(a, b);

const reachOf = (op: Op, operands: readonly Reach[]): Reach => {
  const [a = unknown, b = unknown, c = unknown] = operands;
  const type = op.operands[0]?.type;
  switch (op.name) {
    case "iota":
      return { lo: 0, hi: dim.sub(op.results[0]!.type.shape[0]!, 1) };
    case "constant":
      return constantReach(op);
    case "argMax": {
      const axes = op.attrs["axes"] as readonly number[];
      return { lo: 0, hi: dim.sub(dim.product(axes.map((k) => type!.shape[k]!)), 1) };
    }
    case "topK":
      return { lo: 0, hi: dim.sub(type!.shape.at(-1)!, 1) };
    case "reshape":
    case "transpose":
    case "broadcast":
    case "slice":
    case "window":
    case "reduceMax":
    case "stopGradient":
      return a;
    case "concat":
      return join(operands);
    case "gather":
      return join([a, { lo: 0, hi: 0 }]);
    case "select":
      return join([b, c]);
    case "cast":
      return type!.dtype === "bool" ? { lo: 0, hi: 1 } : unknown;
    case "add":
      return { lo: both(a.lo, b.lo, dim.add), hi: both(a.hi, b.hi, dim.add) };
    case "sub":
      return { lo: both(a.lo, b.hi, dim.sub), hi: both(a.hi, b.lo, dim.sub) };
    case "min":
      return { lo: both(a.lo, b.lo, dim.minDim), hi: both(a.hi, b.hi, dim.minDim) ?? a.hi ?? b.hi };
    case "max":
      return { lo: both(a.lo, b.lo, dim.maxDim) ?? a.lo ?? b.lo, hi: both(a.hi, b.hi, dim.maxDim) };
    case "mod":
      return typeof b.lo === "number" && b.lo > 0 && b.hi !== null
        ? { lo: 0, hi: dim.sub(b.hi, 1) }
        : unknown;
    default:
      return unknown;
  }
};

const numbersIn = (attr: Attr): readonly number[] => {
  if (typeof attr === "number") return [attr];
  return typeof attr === "object" && "length" in attr ? attr.flatMap(numbersIn) : [];
};

/** Of whole numbers only: an index is no fraction. */
const constantReach = (op: Op): Reach => {
  if (op.results[0]!.type.dtype === "f32") return unknown;
  const value = op.attrs["value"]!;
  if (typeof value === "object" && "kind" in value) return { lo: value, hi: value };
  const numbers = numbersIn(value);
  return numbers.length === 0 ? unknown : { lo: Math.min(...numbers), hi: Math.max(...numbers) };
};
