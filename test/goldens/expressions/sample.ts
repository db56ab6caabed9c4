// One sample of a PyTorch operation, and what its translation into .dlm consists of.

import type { Golden, Goldens, IndexSample } from "../load.ts";

export type Sample = {
  readonly op: string;
  readonly variant: string;
  readonly n: number;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Positions of the tensors of a list argument such as `cat`'s; otherwise `[0]`. */
  readonly list: readonly number[];
  readonly inputs: readonly Golden[];
  readonly outputs: readonly Golden[];
  readonly cotangents: readonly (Golden | undefined)[];
  /** Input number → gradient. */
  readonly grads: ReadonlyMap<number, Golden>;
};

/**
 * Input tensor `tensor` of the sample is the weight: axis i of the weight is axis `layout[i]` of the tensor, seen with
 * the sizes `split` if given. Neighbouring axes may be one in the weight: only the order of the numbers counts.
 */
export type Weight = {
  readonly tensor: number;
  readonly layout?: readonly number[];
  readonly split?: readonly number[];
  /** The sizes of the weight where they are not those of the tensor. */
  readonly shape?: readonly number[];
};

/** `values` are the outputs, in PyTorch's layout, over inputs `x0`, `x1`, …; `lets` are statements before them. */
export type Expression = {
  readonly lets?: readonly string[];
  readonly values: readonly string[];
  /** Weight path in .dlm, such as `conv.K`. */
  readonly weights?: Readonly<Record<string, Weight>>;
};
export type Translation = Expression | { readonly reason: string };
export type Translate = (sample: Sample) => string | Translation;

export const samplesOf = (goldens: Goldens, op: string): readonly Sample[] =>
  (goldens.index[op] ?? []).map((sample) => toSample(goldens, op, sample));

const toSample = (goldens: Goldens, op: string, sample: IndexSample): Sample => {
  const get = (kind: string, k: number) => goldens.tensors.get(`${op}/${sample.n}.${kind}.${k}`);
  const all = (kind: string, n: number) => Array.from({ length: n }, (_, k) => get(kind, k)!);
  const list = Array.isArray(sample.input) ? sample.input.map(tensorOf) : [0];
  return {
    op,
    variant: sample.variant,
    n: sample.n,
    args: sample.args,
    kwargs: sample.kwargs,
    list: list.map((k) => k ?? 0),
    inputs: all("in", sample.in),
    outputs: all("out", sample.out),
    cotangents: Array.from({ length: sample.out }, (_, k) => get("cot", k)),
    grads: new Map(
      sample.grads.flatMap((k) => {
        const gradient = get("grad", k);
        return gradient === undefined ? [] : [[k, gradient] as const];
      }),
    ),
  };
};

/** The input number of a tensor argument, null for anything else. */
export const tensorOf = (argument: unknown): number | null =>
  typeof argument === "object" && argument !== null && "t" in argument ? Number(argument.t) : null;

export const shapeOf = (s: Sample, k = 0): readonly number[] => s.inputs[k]!.shape;
export const rankOf = (s: Sample, k = 0): number => shapeOf(s, k).length;

/** An axis counted from the front. */
export const axisOf = (axis: unknown, rank: number): number =>
  Number(axis) < 0 ? Number(axis) + rank : Number(axis);

/** A JavaScript value as .dlm text. */
export const text = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  const k = tensorOf(value);
  if (k !== null) return `x${k}`;
  if (typeof value === "object" && value !== null && "repr" in value) {
    if (value.repr === "Infinity") return "inf";
    if (value.repr === "-Infinity") return "-inf";
  }
  throw new Error(`no text for ${JSON.stringify(value)}`);
};

const numberText = (value: number): string => {
  const digits = String(value);
  return /e[+-]?\d+$/.test(digits) && !digits.includes(".") ? digits.replace("e", ".0e") : digits;
};

/** Moves axis 1 (channels) of a rank-`r` expression last, and back. */
export const channelsLast = (e: string, r: number): string =>
  r === 2 ? e : `permute(${e}, ${text([0, ...range(2, r), 1])})`;
export const channelsFirst = (e: string, r: number): string =>
  r === 2 ? e : `permute(${e}, ${text([0, r - 1, ...range(1, r - 1)])})`;

export const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** `e(x)` of an input that may be a scalar, which axes cannot be named of: as `[1]` in between. */
export const onAxes = (s: Sample, e: (x: string) => string, k = 0): string =>
  rankOf(s, k) > 0 ? e(`x${k}`) : `reshape(${e(`reshape(x${k}, [1])`)}, [])`;

/** PyTorch's `reduction` of a per-element loss. */
export const reduced = (s: Sample, e: string): string => {
  const how = s.kwargs["reduction"] ?? "mean";
  if (how === "none") return e;
  if (how === "batchmean") return `sum(${e}) / ${shapeOf(s)[0]}`;
  return `${String(how)}(${e})`;
};
