// Values on the way to a loss → which of them to look at when it is not finite, and which op would have made a NaN there.

import { ancestorsOf } from "../ir/ancestors.ts";
import type { Attr, Op, Value } from "../ir/graph.ts";
import type { EntryPlan } from "../lower/plan.ts";
import type { Places } from "./places.ts";

/** `what` names the ops to suspect; `masked`: infinities in it may be meant. */
export type Probe = { readonly slot: number; readonly what: string; readonly masked: boolean };

/** In the order they are computed. Only an entry with a loss has any. */
export const probesOf = (plan: EntryPlan, places: Places): readonly Probe[] => {
  if (plan.commit === null) return [];
  const { graph, outputs } = plan.entry;
  const losses = graph.outputs.filter((_, k) => /^(loss|penalty)$/.test(outputs[k]!.kind));
  const onTheWay = ancestorsOf(losses);
  const masked = maskedValues(graph.ops);
  const buffers = new Set(plan.slots.map((slot) => slot.value));
  const inOrder = plan.slots
    .map((slot, at) => ({ at, slot }))
    .filter(({ slot }) => slot.first >= 0)
    .sort((a, b) => a.slot.first - b.slot.first);
  return inOrder.flatMap(({ at, slot: { value, dtype } }) => {
    if (value === null || dtype !== "f32" || !onTheWay.has(value)) return [];
    const what = suspectsIn(value, buffers).map((op) => describe(op, places));
    return [{ slot: at, what: [...new Set(what)].join(" or "), masked: masked.has(value) }];
  });
};

/** Float values that an infinite constant can reach: a score of -inf hides a position from a softmax. */
const maskedValues = (ops: readonly Op[]): ReadonlySet<Value> => {
  const masked = new Set<Value>();
  for (const op of ops) {
    if (bounded.has(op.name)) continue;
    const reached = op.operands.some((x) => masked.has(x)) || hasInfinity(op.attrs["value"]);
    for (const value of op.results) if (reached && value.type.dtype === "f32") masked.add(value);
  }
  return masked;
};

/** Finite for an infinite operand, of one sign at least. */
const bounded = new Set(["exp", "tanh", "sigmoid", "erf", "atan"]);

const hasInfinity = (attr: Attr | undefined): boolean =>
  typeof attr === "number"
    ? Math.abs(attr) === Infinity
    : Array.isArray(attr) && attr.some(hasInfinity);

/** How readily an op makes a NaN or an infinity of finite operands; 0 for those that never do. */
const risk = (op: Op): number => {
  if (op.name === "div" && isConstant(op.operands[1]!)) return 0;
  const [first, second] = op.operands;
  const singular = op.name === "div" ? second : first;
  const found = risks.get(op.name) ?? 0;
  return found === 3 && isPositive(singular!) ? 1 : found;
};

/** Sums of exponentials, as in a softmax. */
const isPositive = ({ def }: Value): boolean =>
  def.kind === "result" &&
  (def.op.name === "exp" ||
    (/^(broadcast|reshape|reduceSum)$/.test(def.op.name) && isPositive(def.op.operands[0]!)));

const risks = new Map([
  ...["log", "log1p", "sqrt", "pow", "mod", "div"].map((name) => [name, 3] as const),
  ...["exp", "expm1"].map((name) => [name, 2] as const),
  ...[
    "contract",
    "mul",
    "add",
    "sub",
    "reduceSum",
    "reduceProd",
    "cumSum",
    "fold",
    "scatterAdd",
  ].map((name) => [name, 1] as const),
]);

const isConstant = ({ def }: Value): boolean =>
  def.kind === "result" &&
  (def.op.name === "constant" ||
    (/^(broadcast|reshape|cast)$/.test(def.op.name) && isConstant(def.op.operands[0]!)));

/** The likeliest ops among those computed together with `value`: all that are singular somewhere, or the first that can overflow. */
const suspectsIn = (value: Value, buffers: ReadonlySet<Value | null>): readonly Op[] => {
  const ops: Op[] = [];
  const seen = new Set<Value>();
  const visit = (each: Value): void => {
    if (each.def.kind === "input" || seen.has(each)) return;
    seen.add(each);
    for (const operand of each.def.op.operands) if (!buffers.has(operand)) visit(operand);
    ops.push(each.def.op);
  };
  visit(value);
  const most = Math.max(...ops.map(risk));
  const found = ops.filter((op) => risk(op) === most);
  if (most === 0) return ops.slice(-1);
  return most === 1 ? found.slice(0, 1) : found;
};

/** `log(p)` in net.Head_0 (mnist.dlm:4:25), with the library's place behind the user's. */
const describe = (op: Op, places: Places): string => {
  const { span } = op;
  const place = places(span);
  if (span === null || place === null) return `\`${op.name}\``;
  const text = place.text === "" ? op.name : place.text;
  const call = span.call === undefined ? null : places(span.call);
  const within = span.layer ?? (call === null || call.text === "" ? null : `\`${call.text}\``);
  const where = call === null ? place.at : `${call.at}, ${place.at}`;
  return `\`${text}\`${within === null ? "" : ` in ${within}`} (${where})`;
};
