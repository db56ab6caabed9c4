// TypeScript as the emitter of loops writes it: numbers are doubles, buffers lie on the heap, copies in an array of their own.

import type { DType } from "../../ir/type.ts";
import type { ReduceOp } from "../../kernel/expr.ts";
import { panelMemory, panelViews } from "../backend.ts";
import { bare } from "../emit/parens.ts";
import type { Accumulate, Language } from "../emit/language.ts";
import type { Panels } from "../emit/emit-expr.ts";
import { spellSize } from "./emit-size.ts";
import { plainSpelling, spellByBits, spellCast, spelling, spellNumber } from "./spelling.ts";

/** Views of the array of the module that holds copies: as doubles, so that they are converted once. */
const panelsName = (view: number): string => (view === 0 ? "panels" : `panels${view}`);

export const panelsNames: readonly string[] = Array.from({ length: panelViews }, (_, view) =>
  panelsName(view),
);

/** As local constants: V8 takes address and length of an array for known only then, and each access is shorter. */
export const panelLines = (lines: readonly string[]): readonly string[] =>
  panelsNames.flatMap((name, view) =>
    lines.some((line) => line.includes(`${name}[`))
      ? [`const ${name} = ${panelMemory(view)};`]
      : [],
  );

export const createLanguage = (dtypeOf: (buffer: string) => DType, panels: Panels): Language => ({
  constant: (name, value) => `const ${name} = ${value};`,
  variable: (name, _, value) => (value === null ? `let ${name};` : `let ${name} = ${value};`),
  loopHead: (axis, from, to) => `let ${axis} = ${from}; ${axis} < ${to}; ${axis}++`,
  number: spellNumber,
  size: spellSize,
  // Marked as a whole number of 32 bits: a compiler that knows so does not look for overflow.
  address: (text) => (/^[\w$]+$/.test(text) ? text : `(${bare(text)}) | 0`),
  // Of a loop up to 32 bits no round is watched for overflow of its positions.
  wholeSize: (text) => `${text} | 0`,
  load: (buffer, at, view) => {
    if (panels.has(buffer)) return `${panelsName(view)}[${at}]!`;
    const dtype = dtypeOf(buffer);
    if (dtype === "f32") return `f[${at}]!`;
    return dtype === "i32" ? `i[${at}]!` : `(i[${at}]! !== 0)`;
  },
  store: (buffer, at, value, accumulate, view) =>
    panels.has(buffer)
      ? `${panelsName(view)}[${at}] = ${bare(value)};`
      : storeText(dtypeOf(buffer), at, value, accumulate),
  call: ({ fn, dtype, args: operands }, args, isAddress) => {
    const from = operands[0]?.dtype ?? "f32";
    if (fn === "select") return choice(args[0]!, args[1]!, args[2]!);
    if (fn === "cast") return spellCast(from, dtype, args[0]!);
    const bits = dtype === "i32" ? spellByBits(fn, args[0]!, operands[1]) : null;
    if (bits !== null) return bits;
    const plain = plainSpelling[fn];
    if (plain !== undefined && isAddress) return plain(...args);
    const row = spelling[fn];
    return (row[from] ?? row.f32)(...args);
  },
  choice,
  evaluatesBoth: false,
  start: (op, dtype) => startOf(op, dtype === "bool"),
  step: stepOf,
  beats: (_, value, best) => `${value} > ${best} || (${value} !== ${value} && ${best} === ${best})`,
});

const choice = (condition: string, yes: string, no: string): string =>
  `(${condition} ? ${yes} : ${no})`;

const storeText = (
  dtype: DType,
  at: string,
  value: string,
  accumulate: Accumulate | null,
): string => {
  const place = dtype === "f32" ? `f[${at}]` : `i[${at}]`;
  const word = dtype === "bool" ? spellCast("bool", "i32", value) : value;
  switch (accumulate) {
    case null:
      return `${place} = ${bare(word)};`;
    case "add":
      return `${place}! += ${word};`;
    case "mul":
      return dtype === "i32"
        ? `${place} = Math.imul(${place}!, ${word});`
        : `${place}! *= ${word};`;
    case "max":
    case "min":
      return `${place} = Math.${accumulate}(${place}!, ${word});`;
  }
};

const startOf = (op: ReduceOp, bool: boolean): string => {
  switch (op) {
    case "add":
      return "0";
    case "mul":
      return bool ? "true" : "1";
    case "max":
    case "argmax":
      return bool ? "false" : "-Infinity";
    case "min":
      return bool ? "true" : "Infinity";
  }
};

const stepOf = (op: Accumulate, dtype: DType, name: string, value: string): string => {
  const whole = dtype === "i32";
  const bool = dtype === "bool";
  switch (op) {
    case "add":
      return whole ? `${name} = (${name} + (${value})) | 0;` : `${name} += ${value};`;
    case "mul":
      if (bool) return `${name} = ${name} && (${value});`;
      return whole ? `${name} = Math.imul(${name}, ${value});` : `${name} *= ${value};`;
    case "max":
      return bool ? `${name} = ${name} || (${value});` : `${name} = Math.max(${name}, ${value});`;
    case "min":
      return bool ? `${name} = ${name} && (${value});` : `${name} = Math.min(${name}, ${value});`;
  }
};
