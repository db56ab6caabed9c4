// WGSL as the emitter of loops writes it: buffers are arrays of their own or lie on the heap, rows are arrays or lie in scratch.

import type { DType } from "../../ir/type.ts";
import type { Extents } from "../../kernel/affine.ts";
import type { ReduceOp } from "../../kernel/expr.ts";
import { neutralOf } from "../../kernel/neutral.ts";
import { dividesPositives } from "../emit/divides-positives.ts";
import type { Accumulate, Call, Language } from "../emit/language.ts";
import { bare, infixText } from "../emit/parens.ts";
import type { SizeText } from "./emit-size.ts";
import { numberText } from "./numbers.ts";
import { castText, choice, equalText, spelling } from "./spelling.ts";
import { specialOf } from "./vectors.ts";

/** Where an element lies: `word` gives its text from its address. `holds` is what the array is of. */
export type Place = {
  readonly holds: Word;
  readonly word: (address: string) => string;
  /** Of an array of vectors: the text of one from its position. */
  readonly vector?: (position: string) => string;
};

/** What an array is of. `half` is f16 where the device has that, else f32. */
export type Word = "f32" | "i32" | "half";

export type LanguageParts = {
  readonly dtypeOf: (buffer: string) => DType;
  readonly places: ReadonlyMap<string, Place>;
  readonly size: SizeText;
  /** Of all axes, for what is known of positions. */
  readonly extents: Extents;
};

export const createLanguage = ({ dtypeOf, places, size, extents }: LanguageParts): Language => ({
  constant: (name, value) => `let ${name} = ${value};`,
  variable: (name, dtype, value) =>
    value === null ? `var ${name}: ${dtype};` : `var ${name} = ${value};`,
  loopHead: (axis, from, to) => `var ${axis} = ${from}; ${axis} < ${to}; ${axis}++`,
  number: numberText,
  size,
  address: bare,
  wholeSize: (text) => text,
  load: (buffer, address) => {
    const special = specialOf(buffer);
    switch (special?.kind) {
      case "whole": {
        const { holds, vector } = places.get(special.buffer)!;
        return loadVectorText(dtypeOf(special.buffer), holds, vector!(address));
      }
      case "word":
        return wordText(address, special.position);
      case "made":
      case "same":
        return `${vectorTypes[special.dtype]}(${address})`;
    }
    const { holds, word } = places.get(buffer)!;
    return loadText(dtypeOf(buffer), holds, word(address));
  },
  store: (buffer, address, value, accumulate) => {
    const special = specialOf(buffer);
    if (special?.kind === "whole") {
      const { holds, vector } = places.get(special.buffer)!;
      return `${vector!(address)} = ${bare(storeVectorText(dtypeOf(special.buffer), holds, value))};`;
    }
    const { holds, word } = places.get(buffer)!;
    const dtype = dtypeOf(buffer);
    const place = word(address);
    const all =
      accumulate === null
        ? value
        : combined(accumulate, dtype, loadText(dtype, holds, place), value);
    return `${place} = ${bare(storeText(dtype, holds, all))};`;
  },
  call: (expr, args) => callText(expr, args, extents),
  choice,
  evaluatesBoth: true,
  start: startOf,
  step: (op, dtype, name, value) =>
    (op === "add" || op === "mul") && dtype !== "bool"
      ? `${name} ${op === "add" ? "+" : "*"}= ${bare(value)};`
      : `${name} = ${bare(combined(op, dtype, name, `(${value})`))};`,
  beats: (dtype, value, best) =>
    dtype === "f32"
      ? `${value} > ${best} || (isNan(${value}) && !isNan(${best}))`
      : bare(spelling.lt[dtype]?.(best, value) ?? spelling.lt.f32(best, value)),
});

const loadText = (dtype: DType, holds: Word, word: string): string => {
  if (holds === "half") return `f32(${word})`;
  if (dtype === "bool") return `(${word} != 0)`;
  return dtype === "f32" && holds === "i32" ? `bitcast<f32>(${word})` : word;
};

const storeText = (dtype: DType, holds: Word, value: string): string => {
  if (holds === "half") return `half(${bare(value)})`;
  if (dtype === "bool") return castText("bool", "i32", value);
  return dtype === "f32" && holds === "i32" ? `bitcast<i32>(${bare(value)})` : value;
};

/** Of values of a dtype, and of what an array is of. */
const vectorTypes: Record<DType, string> = { f32: "vec4f", i32: "vec4i", bool: "vec4<bool>" };
export const arrayTypes: Record<Word, string> = { f32: "vec4f", i32: "vec4i", half: "vec4<half>" };

const loadVectorText = (dtype: DType, holds: Word, vector: string): string => {
  if (holds === "half") return `vec4f(${vector})`;
  return dtype === "bool" ? `(${vector} != vec4i())` : vector;
};

const storeVectorText = (dtype: DType, holds: Word, value: string): string => {
  if (holds === "half") return `vec4<half>(${bare(value)})`;
  return dtype === "bool" ? `vec4i(${bare(value)})` : value;
};

const wordText = (vector: string, position: number): string => {
  const isOne = /^\w+(\[[^[\]]*\])?$/.test(vector);
  return `${isOne ? vector : `(${vector})`}.${"xyzw"[position]}`;
};

export const combined = (op: Accumulate, dtype: DType, a: string, b: string): string => {
  const row = spelling[dtype === "bool" && op === "mul" ? "min" : op];
  return (row[dtype] ?? row.f32)(a, b);
};

/** Of whole numbers every one is at least the least there is. */
const startOf = (op: ReduceOp, dtype: DType): string => {
  const start = neutralOf(op === "argmax" ? "max" : op, dtype);
  if (dtype !== "i32" || Number.isFinite(start)) return numberText(dtype, start);
  return numberText("i32", start < 0 ? -(2 ** 31) : 2 ** 31 - 1);
};

const callText = (expr: Call, args: readonly string[], extents: Extents): string => {
  const { fn, dtype, args: operands } = expr;
  const from = operands[0]?.dtype ?? "f32";
  if (fn === "select") return choice(args[0]!, args[1]!, args[2]!);
  if (fn === "cast") return castText(from, dtype, args[0]!);
  if (fn === "eq") return equalText(operands, args);
  if ((fn === "div" || fn === "mod") && dividesPositives(expr, extents))
    return infixText(fn === "div" ? "/" : "%", args[0]!, args[1]!);
  const row = spelling[fn];
  return (row[from] ?? row.f32)(...args);
};
