// Kinds of products: what a schedule needs to know of a contraction before it chooses loops for it.

import { printDim } from "../ir/dim-text.ts";
import { product } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Op, Value } from "../ir/graph.ts";
import { numberAttr, numbersAttr, textAttr } from "../ops/attrs.ts";
import {
  batchLetters,
  contractedLetters,
  leftLetters,
  parseSpec,
  rightLetters,
} from "../ops/contract-spec.ts";
import type { ContractSpec } from "../ops/contract-spec.ts";
import { matched, missed } from "./finding.ts";
import type { Finding, Recogniser } from "./finding.ts";
import { madeBy, withoutViews } from "./walk.ts";

export const products: Recogniser = ({ ops }) =>
  ops.flatMap((op) => {
    if (op.name === "scatterAdd") return outerScatter(op);
    if (op.name !== "contract") return [];
    return convolution(op) ?? grouped(op) ?? [plain(op)];
  });

const specOf = (op: Op): ContractSpec => parseSpec(textAttr(op.attrs, "spec"));

/** `B x 10 over 784, 8 times`: rows, columns, terms of each sum, and how many such products. */
const sizesText = (op: Op): string => {
  const spec = specOf(op);
  const sizes = new Map<string, Dim>();
  [spec.a, spec.b].forEach((letters, side) =>
    [...letters].forEach((letter, k) => sizes.set(letter, op.operands[side]!.type.shape[k]!)),
  );
  const all = (letters: readonly string[]): Dim => product(letters.map((l) => sizes.get(l)!));
  const [rows, columns, terms, times] = [
    leftLetters(spec),
    rightLetters(spec),
    contractedLetters(spec),
    batchLetters(spec),
  ].map((letters) => printDim(all(letters)));
  return `${rows} x ${columns} over ${terms}${times === "1" ? "" : `, ${times} times`}`;
};

const plain = (op: Op): Finding => {
  const spec = specOf(op);
  const has = (letters: readonly string[]): boolean => letters.length > 0;
  const [left, right] = [has(leftLetters(spec)), has(rightLetters(spec))];
  const kind = !has(contractedLetters(spec))
    ? "outer product"
    : left && right
      ? "matrix product"
      : left || right
        ? "matrix-vector product"
        : "dot product";
  return matched(kind, op.results[0]!, sizesText(op));
};

/** The axis of places and the axis of taps of every window that a value shows. */
type Taps = readonly (readonly [place: number, tap: number])[];

const tapsOf = (value: Value): Taps => {
  const op = madeBy(value, "window", "transpose", "slice");
  if (op === null) return [];
  const inner = tapsOf(op.operands[0]!);
  if (op.name === "slice") return inner;
  if (op.name === "transpose") {
    const perm = numbersAttr(op.attrs, "perm");
    return inner.map(([place, tap]) => [perm.indexOf(place), perm.indexOf(tap)] as const);
  }
  const axis = numberAttr(op.attrs, "axis");
  const moved = (old: number): number => (old > axis ? old + 1 : old);
  return [...inner.map(([p, t]) => [moved(p), moved(t)] as const), [axis, axis + 1] as const];
};

const convolution = (op: Op): readonly Finding[] | null => {
  const side = op.operands.findIndex((operand) => tapsOf(operand).length > 0);
  if (side < 0) return null;
  const { a, b, out } = specOf(op);
  const [own, other] = side === 0 ? [a, b] : [b, a];
  const taps = tapsOf(op.operands[side]!);
  const places = taps.map(([place]) => own[place]!);
  const tapLetters = taps.map(([, tap]) => own[tap]!);
  const [value, kernel] = [op.results[0]!, op.operands[1 - side]!];
  const inAll = (letters: readonly string[], text: string): boolean =>
    letters.every((letter) => text.includes(letter));
  const forward =
    inAll(places, out) && inAll(tapLetters, other) && !tapLetters.some((l) => out.includes(l));
  const ofKernel =
    inAll(tapLetters, out) && inAll(places, other) && !places.some((l) => out.includes(l));
  if (!forward && !ofKernel)
    return [
      missed("convolution", value, "its windows are summed neither over taps nor over places"),
    ];
  const rest = [...other].filter((letter) => ![...places, ...tapLetters].includes(letter));
  const alone = [...other].every((letter) => own.includes(letter));
  const depthwise = alone && rest.some((letter) => out.includes(letter));
  const name = ofKernel || !isFlipped(kernel) ? "convolution" : "transposed convolution";
  const kind = depthwise ? `depthwise ${name}` : name;
  const what = ofKernel ? ", gradient of the kernel" : "";
  return [matched(`${kind}${what}`, value, sizesText(op))];
};

/** Whether a kernel is gone through backwards, as the gradient of a convolution's input does. */
const isFlipped = (kernel: Value): boolean => {
  const slice = madeBy(withoutViews(kernel), "slice");
  return slice !== null && numbersAttr(slice.attrs, "step").includes(-1);
};

/** A product whose matrix is looked up, row by row, as each token's expert is. */
const grouped = (op: Op): readonly Finding[] | null => {
  const side = op.operands.findIndex((operand) => madeBy(operand, "gather") !== null);
  if (side < 0) return null;
  const gather = madeBy(op.operands[side]!, "gather")!;
  const [table, index] = gather.operands;
  const spec = specOf(op);
  const rows = [...(side === 0 ? spec.a : spec.b)].slice(0, index!.type.shape.length);
  const shared = batchLetters(spec);
  if (numberAttr(gather.attrs, "batch") > 0 || !rows.every((l) => shared.includes(l)))
    return [plain(op)];
  const experts = printDim(table!.type.shape[0]!);
  return [matched("grouped product", op.results[0]!, `${sizesText(op)}, of ${experts} matrices`)];
};

/** Products of pairs added up by row of a table: the gradient of looked-up matrices, which must not exist one by one. */
const outerScatter = (op: Op): readonly Finding[] => {
  const outer = madeBy(op.operands[0]!, "contract");
  if (outer === null) return [];
  if (contractedLetters(specOf(outer)).length > 0)
    return [
      missed("grouped gradient", op.results[0]!, "what is added up are no products of pairs"),
    ];
  return [matched("grouped gradient", op.results[0]!, `${sizesText(outer)}, added up by row`)];
};
