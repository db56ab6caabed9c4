// A generated program: inputs and single-assignment statements, and its text as a .dlm model.

/** A size: a number, or the symbol `B`. */
export type Size = number | "B";
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

/**
 * The program as a model with two results: the value, and the gradient of a weighted sum of it for each float
 * input that it depends on.
 */
export const programText = (program: Program): string => {
  const inputs = program.inputs.map((input) => `${input.name}: ${typeText(input)}`).join(", ");
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
    `model Fuzz(${inputs}) -> (${results}) {`,
    ...program.statements.map(({ text }) => `  ${text}`),
    ...(learned.length > 0 ? [`  let score = sum(sin(${program.result.name}))`] : []),
    `  return ${returned}`,
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

/** Rules whose result has no gradient. */
const flatRules: ReadonlySet<string> = new Set([
  "floor",
  "argmax",
  "compare",
  "one_hot",
  "iota",
  "whole",
  "embedding",
]);

/** Float inputs that the result depends on smoothly. */
export const gradientInputs = (program: Program): readonly Input[] => {
  const names = new Set([program.result.name]);
  for (const statement of [...program.statements].reverse())
    if (!flatRules.has(statement.rule) && statement.defines.some((slot) => names.has(slot.name)))
      for (const read of statement.reads) names.add(read);
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
