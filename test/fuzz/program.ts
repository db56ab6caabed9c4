// A generated program: inputs and single-assignment statements, and its text as a .dlm model.

import { cells } from "./scan-rules.ts";

/** A size: a number, or a symbol. */
export type Size = number | "B" | "T";
export type Kind = "float" | "int" | "bool";

/**
 * A value in scope. `exact`: equal bits in f32 and f64 (inputs and what only moves or picks them), so that a
 * comparison of it cannot go two ways. `bound`: no magnitude is larger.
 */
export type Slot = {
  readonly name: string;
  readonly kind: Kind;
  readonly shape: readonly Size[];
  readonly exact: boolean;
  readonly bound: number;
};

/** `let …` as written, the slots it defines and the names it reads. */
export type Statement = {
  readonly text: string;
  readonly rule: string;
  readonly defines: readonly Slot[];
  readonly reads: readonly string[];
};

/** `below`: an int input is an index in 0..below-1. */
export type Input = Slot & { readonly below: number };

export type Program = {
  readonly seed: number;
  readonly inputs: readonly Input[];
  readonly statements: readonly Statement[];
  /** A float value with `B` nowhere or anywhere. */
  readonly result: Slot;
};

export const shapeText = (shape: readonly Size[]): string => `[${shape.join(", ")}]`;

const typeText = ({ kind, shape }: Slot): string =>
  kind === "float" ? shapeText(shape) : `${kind}${shape.length === 0 ? "" : shapeText(shape)}`;

/** Cells that the statements name. */
const cellText = ({ statements }: Program): readonly string[] =>
  Object.entries(cells).flatMap(([name, text]) =>
    statements.some((one) => one.text.includes(`${name}()`)) ? [text] : [],
  );

const inputsText = ({ inputs }: Program): string =>
  inputs.map((input) => `${input.name}: ${typeText(input)}`).join(", ");

const linesOf = ({ statements }: Program): readonly string[] =>
  statements.map(({ text }) => `  ${text}`);

/**
 * The program as a model with two results: the value, and the gradient of a weighted sum of it for each float
 * input that it depends on.
 */
export const programText = (program: Program): string => {
  const learned = gradientInputs(program);
  const results = [
    `value: ${typeText(program.result)}`,
    ...learned.map((input) => `d_${input.name}: ${typeText(input)}`),
  ].join(", ");
  const returned = [
    program.result.name,
    ...learned.map((input) => `grad(score, ${input.name})`),
  ].join(", ");
  return [
    ...cellText(program),
    `model Fuzz(${inputsText(program)}) -> (${results}) {`,
    ...linesOf(program),
    ...(learned.length > 0 ? [`  let score = sum(sin(${program.result.name}))`] : []),
    `  return ${returned}`,
    "}",
    "",
  ].join("\n");
};

const optimizers = [
  "Sgd(lr = 0.02, momentum = 0.9)",
  "Adam(lr = 0.01, eps = 0.01)",
  "AdamW(lr = 0.01, eps = 0.01)",
  "RmsProp(lr = 0.01, eps = 0.01)",
] as const;

/** Executions after which an update is made. */
export const accumulationOf = ({ seed }: Program): number => (seed % 5 === 0 ? 2 : 1);

/** The program as a recipe that trains it for its own value. */
export const recipeText = (program: Program): string => {
  const { seed, inputs, result } = program;
  const accumulate = accumulationOf(program);
  return [
    ...cellText(program),
    `model Fuzz(${inputsText(program)}) -> ${typeText(result)} {`,
    "  param gain: float = 0.75",
    ...linesOf(program),
    `  return gain * ${result.name}`,
    "}",
    "",
    "train Fit {",
    `  data ${inputsText(program)}`,
    "  let net = Fuzz()",
    `  minimize mean(sin(net(${inputs.map(({ name }) => name).join(", ")}))) using ${optimizers[(seed >> 1) % 4]!} clip 1.0`,
    ...(inputs[0]!.shape[0] === "B" && (seed >> 1) % 2 === 0 ? ["  batch: 7"] : []),
    ...(accumulate > 1 ? [`  accumulate: ${accumulate}`] : []),
    "}",
    "",
  ].join("\n");
};

/** Names that `name` is computed from, itself included. */
export const needed = (program: Program, name: string): ReadonlySet<string> => {
  const names = new Set([name]);
  for (const statement of [...program.statements].reverse())
    if (statement.defines.some((slot) => names.has(slot.name)))
      for (const read of statement.reads) names.add(read);
  return names;
};

/** Rules whose float result has no gradient. */
const flatRules: ReadonlySet<string> = new Set([
  "floor",
  "one_hot",
  "whole",
  "embedding",
  "float",
  "count_true",
]);

/** Float inputs that the result depends on smoothly. */
export const gradientInputs = (program: Program): readonly Input[] => {
  const names = new Set([program.result.name]);
  const isSmooth = ({ rule, defines }: Statement): boolean =>
    !flatRules.has(rule) && defines.some(({ kind, name }) => kind === "float" && names.has(name));
  for (const statement of [...program.statements].reverse())
    if (isSmooth(statement)) for (const read of statement.reads) names.add(read);
  return program.inputs.filter((input) => input.kind === "float" && names.has(input.name));
};

/** Without the statements and inputs that the result does not need. */
export const pruned = (program: Program): Program => {
  const names = needed(program, program.result.name);
  const used = program.inputs.filter((input) => names.has(input.name));
  return {
    ...program,
    inputs: used.length > 0 ? used : program.inputs.slice(0, 1),
    statements: program.statements.filter(({ defines }) =>
      defines.some((slot) => names.has(slot.name)),
    ),
  };
};
