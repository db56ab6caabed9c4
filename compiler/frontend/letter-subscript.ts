// A tensor with a subscript per axis that holds letters, to one element per combination: views and gathers.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { proveAtLeast } from "../ir/dim-proof.ts";
import { printDim } from "../ir/dim-text.ts";
import * as dim from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import { sliceAlong } from "../ops/compose.ts";
import type { Context, Frame } from "./context.ts";
import { dtypeOf, tensorItem, toSize, toTensor } from "./convert.ts";
import { describeItem } from "./describe.ts";
import { isSafeIndex } from "./gather-checked.ts";
import { affineValue, layOut, lettersOf } from "./letters.ts";
import type { Extents } from "./letters.ts";
import type { AffineItem, IndexedItem, Item, TensorItem } from "./value.ts";

export type Part = { readonly item: Item; readonly span: Span; readonly text: string };

/** A value whose axes are letters, or `null` for an axis that a gather will consume. */
type Lettered = { readonly value: Value; readonly letters: readonly (string | null)[] };

/** Indices of one axis that are computed, per letter. */
type Computed = { readonly index: IndexedItem; readonly span: Span };

/** `base[parts]`, or null after a report. */
export const lettersAt = (
  ctx: Context,
  frame: Frame,
  base: { readonly value: Value; readonly text: string },
  parts: readonly Part[],
): IndexedItem | TensorItem | null => {
  const order = [...frame.letters.values()].map(({ key }) => key);
  let current: Lettered = { value: base.value, letters: [] };
  const computed: Computed[] = [];
  for (const [axis, part] of parts.entries()) {
    const at = current.letters.length;
    const extent = base.value.type.shape[axis]!;
    const affine = asAffine(ctx, part);
    if (affine !== null) {
      if (!provePart(ctx, affine, extent, part) || !hasWindows(ctx, affine, part)) return null;
      const taken = takeAffine(ctx, current.value, at, affine, order);
      current = { value: taken.value, letters: [...current.letters, ...taken.letters] };
      continue;
    }
    const index = asIndex(ctx, part);
    if (index === null) return null;
    computed.push({ index, span: part.span });
    current = { value: current.value, letters: [...current.letters, null] };
  }
  const distinct = takeDiagonals(ctx, current);
  if (computed.length === 0) return settle(distinct.value, distinct.letters as readonly string[]);
  return gatherLetters(ctx, distinct, computed);
};

const settle = (value: Value, letters: readonly string[]): IndexedItem | TensorItem =>
  letters.length === 0 ? tensorItem(value) : { kind: "indexed", value, letters };

/** An affine form with numeric coefficients, or a size; anything else is an index to gather by. */
const asAffine = (ctx: Context, { item, span }: Part): AffineItem | null => {
  if (item.kind === "affine")
    return [...item.coefficients.values()].every((c) => typeof c === "number") ? item : null;
  if (item.kind !== "size" && item.kind !== "ratio") return null;
  const constant = toSize(ctx, item, span);
  if (constant === null) return null;
  return { kind: "affine", constant, coefficients: new Map(), extents: new Map() };
};

const asIndex = (ctx: Context, { item, span, text }: Part): IndexedItem | null => {
  const dtype = dtypeOf(item);
  if (dtype === "f32" || dtype === null) {
    if (item.kind !== "unknown" && item.kind !== "ratio") {
      const detail = { helps: [{ text: "a subscript is a whole number: `int(…)` truncates" }] };
      const holes = { expected: "int", actual: describeItem(item) };
      ctx.report(diagnostic("DLM0304", span, holes, detail));
    }
    return null;
  }
  if (item.kind === "affine") {
    return {
      kind: "indexed",
      value: affineValue(ctx, item),
      letters: [...item.coefficients.keys()],
    };
  }
  if (item.kind === "indexed")
    return { ...item, value: ctx.builder.op("cast", [item.value], { dtype: "i32" }) };
  const scalar = toTensor(ctx, item, span, "i32");
  if (scalar === null) return null;
  if (scalar.value.type.shape.length === 0)
    return { kind: "indexed", value: scalar.value, letters: [] };
  const problem = "needs a subscript for each of its axes";
  ctx.report(diagnostic("DLM0414", span, { value: text, problem }));
  return null;
};

/** Smallest and largest value of an affine form. */
const reachOf = ({ constant, coefficients, extents }: AffineItem): readonly [Dim, Dim] => {
  let [least, most] = [constant, constant];
  for (const [key, coefficient] of coefficients) {
    const span = dim.mul(coefficient, dim.sub(extents.get(key)!, 1));
    if (typeof coefficient === "number" && coefficient < 0) least = dim.add(least, span);
    else most = dim.add(most, span);
  }
  return [least, most];
};

/** A static negative subscript among letters is still a mistake to count from the front: only whole arrays wrap. */
const provePart = (ctx: Context, form: AffineItem, extent: Dim, { span, text }: Part): boolean => {
  const [least, most] = reachOf(form);
  const range = `0 … ${printDim(dim.sub(extent, 1))}`;
  const sides = [
    { reach: least, room: least },
    { reach: most, room: dim.sub(dim.sub(extent, 1), most) },
  ];
  for (const { reach, room } of sides) {
    const proof = proveAtLeast(room, 0, ctx.bounds);
    if (proof === "no") {
      ctx.report(
        diagnostic(
          "DLM0412",
          span,
          { subscript: text, reach: printDim(reach), range },
          {
            label: `the axis has size ${printDim(extent)}`,
          },
        ),
      );
      return false;
    }
    if (proof === "unknown")
      ctx.check({
        code: "DLM0412",
        message: `\`${text}\` reaches ${printDim(reach)}, outside ${range}`,
        condition: { kind: "at-least", dim: room, least: 0 },
        span,
      });
  }
  return true;
};

/** A sum of letters reads windows: an axis too short for any is a mistake, where an empty axis may be meant. */
const hasWindows = (ctx: Context, { coefficients, extents }: AffineItem, part: Part): boolean => {
  const empty = [...coefficients.keys()].find((key) => extents.get(key) === 0);
  if (coefficients.size < 2 || empty === undefined) return true;
  const size = empty.slice(0, empty.indexOf("@"));
  const holes = { what: "axis", size: `the range of \`${size}\``, value: 0 };
  ctx.report(diagnostic("DLM0408", part.span, holes, { label: "reads windows" }));
  return false;
};

type Taken = { readonly value: Value; readonly letters: readonly string[] };
type Tap = { readonly key: string; readonly extent: Dim; readonly step: number };

/** Replaces axis `at` by one axis per letter of the form. */
const takeAffine = (
  ctx: Context,
  value: Value,
  at: number,
  form: AffineItem,
  order: readonly string[],
): Taken => {
  const taps = [...form.coefficients]
    .map(([key, step]): Tap => ({ key, extent: form.extents.get(key)!, step: step as number }))
    .sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
  const [least, most] = reachOf(form);
  const [only] = taps;
  if (only === undefined) {
    const one = sliceAxis(ctx, value, at, form.constant, 1, 1);
    const shape = one.type.shape.toSpliced(at, 1);
    return { value: ctx.builder.op("reshape", [one], { shape }), letters: [] };
  }
  if (taps.length === 1) {
    const start = form.constant;
    return { value: sliceAxis(ctx, value, at, start, only.extent, only.step), letters: [only.key] };
  }
  // Negative steps: read backwards, so that every window walks forward, and turn the letter's axis round after.
  const count = dim.add(dim.sub(most, least), 1);
  const part = sliceAxis(ctx, value, at, least, count, 1);
  const windows = takeWindows(ctx, part, at, taps);
  const turned = taps.reduce(
    (current, { step, extent }, i) =>
      step > 0 ? current : sliceAxis(ctx, current, at + i, dim.sub(extent, 1), extent, -1),
    windows,
  );
  return { value: turned, letters: taps.map(({ key }) => key) };
};

/** Axis `at`, exactly as long as the taps reach, to one axis per tap: a window, then windows of the tap axis. */
const takeWindows = (ctx: Context, value: Value, at: number, taps: readonly Tap[]): Value => {
  const [outer, inner, ...more] = taps;
  if (outer === undefined || inner === undefined) return value;
  const stride = Math.abs(outer.step);
  if (more.length === 0) {
    const attrs = { axis: at, count: outer.extent, size: inner.extent, stride };
    return ctx.builder.op("window", [value], { ...attrs, dilation: Math.abs(inner.step) });
  }
  const size = [inner, ...more].reduce<Dim>(
    (sum, { step, extent }) => dim.add(sum, dim.mul(Math.abs(step), dim.sub(extent, 1))),
    1,
  );
  const attrs = { axis: at, count: outer.extent, size, stride, dilation: 1 };
  const windows = ctx.builder.op("window", [value], attrs);
  return takeWindows(ctx, windows, at + 1, taps.slice(1));
};

const sliceAxis = (
  ctx: Context,
  value: Value,
  at: number,
  start: Dim,
  count: Dim,
  step: number,
): Value => {
  const { shape } = value.type;
  if (start === 0 && step === 1 && dim.equalDims(count, shape[at]!)) return value;
  return sliceAlong(ctx.builder, value, at, { start, count, step });
};

/** A letter on two axes takes their diagonal: merged to N * N, every (N + 1)th element. */
const takeDiagonals = (ctx: Context, lettered: Lettered): Lettered => {
  const { value, letters } = lettered;
  const second = letters.findIndex((key, axis) => key !== null && letters.indexOf(key) < axis);
  if (second < 0) return lettered;
  const { builder: b } = ctx;
  const first = letters.indexOf(letters[second]!);
  const { shape } = value.type;
  const extent = shape[first]!;
  const rest = letters.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const paired = b.op("transpose", [value], { perm: [...rest, first, second] });
  const others = rest.map((axis) => shape[axis]!);
  const kept = [...rest.map((axis) => letters[axis]!), letters[first]!];
  // A step is a number; an extent that is bound at run time pads every row by one instead and cuts again.
  const step = dim.add(extent, 1);
  const square = dim.mul(extent, extent);
  const flat = b.op("reshape", [paired], { shape: [...others, square] });
  const diagonal =
    typeof step === "number"
      ? sliceAxis(ctx, flat, others.length, 0, extent, step)
      : firstColumn(ctx, flat, others.length, extent);
  return takeDiagonals(ctx, { value: diagonal, letters: kept });
};

/** Every (N + 1)th of N * N elements: N more at the end, seen as N rows of N + 1, first column. */
const firstColumn = (ctx: Context, flat: Value, at: number, extent: Dim): Value => {
  const { builder: b } = ctx;
  const zeros = flat.type.shape.map(() => 0);
  const attrs = { lo: zeros, hi: (zeros as Dim[]).with(at, extent), interior: zeros, value: 0 };
  const padded = b.op("pad", [flat], attrs);
  const rows = [...flat.type.shape.slice(0, at), extent, dim.add(extent, 1)];
  const column = sliceAxis(ctx, b.op("reshape", [padded], { shape: rows }), at + 1, 0, 1, 1);
  return b.op("reshape", [column], { shape: rows.slice(0, -1) });
};

/** Gathers along the axes without a letter: one index, or several merged into one over the product of the axes. */
const gatherLetters = (
  ctx: Context,
  { value, letters }: Lettered,
  computed: readonly Computed[],
): IndexedItem | TensorItem => {
  const { builder: b } = ctx;
  const { shape } = value.type;
  const holes = letters.flatMap((key, axis) => (key === null ? [axis] : []));
  const extents = holes.map((axis) => shape[axis]!);
  const union = new Map<string, Dim>();
  for (const { index } of computed)
    for (const [key, extent] of lettersOf(index)) union.set(key, extent);
  const batch = [...union.keys()].filter((key) => letters.includes(key));
  const own = [...union.keys()].filter((key) => !letters.includes(key));
  const indexExtents: Extents = new Map(
    [...batch, ...own].map((key) => [key, union.get(key)!] as const),
  );
  const rest = letters.filter((key) => key !== null && !batch.includes(key)) as readonly string[];
  const perm = [
    ...batch.map((key) => letters.indexOf(key)),
    ...holes,
    ...rest.map((key) => letters.indexOf(key)),
  ];
  const front = b.op("transpose", [value], { perm });
  const merged = front.type.shape.toSpliced(batch.length, holes.length, dim.product(extents));
  const table = b.op("reshape", [front], { shape: merged });
  const { index, checked } = mergeIndices(ctx, computed, extents, indexExtents);
  const gathered = b.op("gather", [table, index], { batch: batch.length, checked });
  return settle(gathered, [...batch, ...own, ...rest]);
};

/** Row-major position of several indices; -1, which reads 0, where one of them is outside its own axis. */
const mergeIndices = (
  ctx: Context,
  computed: readonly Computed[],
  extents: readonly Dim[],
  letters: Extents,
): { readonly index: Value; readonly checked: boolean } => {
  const { builder: b } = ctx;
  const safe = computed.map(({ index, span }, i) =>
    isSafeIndex(ctx, index.value, extents[i]!, span),
  );
  const values = computed.map(({ index }) => layOut(ctx, index.value, index.letters, letters));
  const [first, ...others] = values;
  const checked = safe.every(Boolean);
  if (others.length === 0) return { index: first!, checked };
  const shape = [...letters.values()];
  const filled = (size: Dim): Value =>
    b.op("broadcast", [b.size(size)], { shape, axes: shape.map((_, axis) => axis) });
  const position = others.reduce(
    (sum, value, i) => b.op("add", [b.op("mul", [sum, filled(extents[i + 1]!)]), value]),
    first!,
  );
  // What is proved or checked on the host needs no test here.
  const tests = values.flatMap((value, i) =>
    safe[i]
      ? []
      : [b.op("le", [b.constant(0, value.type), value]), b.op("lt", [value, filled(extents[i]!)])],
  );
  if (tests.length === 0) return { index: position, checked };
  const inside = tests.reduce((a, c) => b.op("min", [a, c]));
  const outside = b.constant(-1, position.type);
  return { index: b.op("select", [inside, position, outside]), checked };
};
