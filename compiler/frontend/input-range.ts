// An int subscript → the data inputs that hold its values, which the host then checks before anything runs.

import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import type { Op, Value } from "../ir/graph.ts";
import type { EntryInput } from "../ir/module.ts";
import type { Context } from "./context.ts";
import { provedInRange } from "./index-range.ts";

/** Ops through which elements of a data input pass unchanged. */
const unchanged = new Set(["reshape", "transpose", "broadcast", "slice", "window", "concat"]);

/** `except` is a value outside the range that the program never uses as a subscript. */
type Range = { readonly hi: number; readonly except: number | null };
type Demand = { readonly input: Value; readonly except: number | null };

/**
 * True when every value of `index` [any shape] comes from data inputs unchanged, or is replaced where it equals one
 * number (`if label != -100 then label else 0`). Those inputs then get the range 0 .. extent - 1.
 */
export const rangeAtInput = (ctx: Context, index: Value, extent: Dim, span: Span): boolean => {
  if (typeof extent !== "number") return false;
  const demands = demandsOf(ctx, index, extent, null);
  for (const { input, except } of demands ?? []) {
    const holder = ctx.state.inputs.find(({ value }) => value === input)!;
    if (holder.source.kind !== "data") continue;
    holder.source = { ...holder.source, range: narrow(holder.source.range, extent, except, span) };
  }
  return demands !== null;
};

/** Null where a value is computed. */
const demandsOf = (
  ctx: Context,
  index: Value,
  extent: number,
  except: number | null,
): readonly Demand[] | null => {
  const { def } = index;
  if (def.kind === "input") {
    const slices = ctx.state.scans.flatMap((scan) => scan.slices);
    const slice = slices.find(({ inside }) => inside === index);
    if (slice !== undefined) return demandsOf(ctx, slice.stack, extent, except);
    const source = ctx.state.inputs.find(({ value }) => value === index)?.source;
    return source?.kind === "data" ? [{ input: index, except }] : null;
  }
  const { op } = def;
  if (op.name === "select") {
    const found = replacement(op);
    if (found === null || !provedInRange(found.instead, extent, ctx.bounds)) return null;
    // A replaced value that is a subscript itself needs no exception.
    const inside = found.replaced >= 0 && found.replaced < extent;
    if (!inside && except !== null && except !== found.replaced) return null;
    return demandsOf(ctx, found.kept, extent, inside ? except : found.replaced);
  }
  // The zero that a gather reads out of range is a valid index.
  const operands = op.name === "gather" ? op.operands.slice(0, 1) : op.operands;
  if (!unchanged.has(op.name) && op.name !== "gather") return null;
  const found = operands.map((operand) => demandsOf(ctx, operand, extent, except));
  return found.every((each) => each !== null) ? found.flat() : null;
};

type Replacement = { readonly kept: Value; readonly replaced: number; readonly instead: Value };

/** `x == k ? c : x`, also with `!=` and the sides of the comparison in either order. */
const replacement = ({ operands: [condition, whenTrue, whenFalse] }: Op): Replacement | null => {
  const [equality, holds] = withoutNot(condition!, true);
  if (equality.def.kind === "input" || equality.def.op.name !== "eq") return null;
  const [kept, instead] = holds ? [whenFalse!, whenTrue!] : [whenTrue!, whenFalse!];
  const [a, b] = equality.def.op.operands;
  const replaced = a === kept ? numberOf(b!) : b === kept ? numberOf(a!) : null;
  return replaced === null ? null : { kept, replaced, instead };
};

const withoutNot = (condition: Value, holds: boolean): readonly [Value, boolean] =>
  condition.def.kind === "result" && condition.def.op.name === "not"
    ? withoutNot(condition.def.op.operands[0]!, !holds)
    : [condition, holds];

/** The number that every element is. */
const numberOf = ({ def }: Value): number | null => {
  if (def.kind === "input") return null;
  if (def.op.name === "broadcast" || def.op.name === "reshape")
    return numberOf(def.op.operands[0]!);
  const value = def.op.name === "constant" ? def.op.attrs["value"] : null;
  return typeof value === "number" ? value : null;
};

/** What both uses of an input allow. */
const narrow = (
  known: (EntryInput & { kind: "data" })["range"],
  hi: number,
  except: number | null,
  span: Span,
): (EntryInput & { kind: "data" })["range"] => {
  if (known === null) return { hi, except, span };
  const allows = (range: Range, value: number): boolean =>
    (value >= 0 && value < range.hi) || value === range.except;
  const asked = { hi, except };
  const shared = [known.except, except].find(
    (value) => value !== null && allows(known, value) && allows(asked, value),
  );
  const tighter = known.hi <= hi ? known : { hi, span };
  const needed = shared !== undefined && !(shared! >= 0 && shared! < tighter.hi);
  return { hi: tighter.hi, except: needed ? shared! : null, span: tighter.span };
};
