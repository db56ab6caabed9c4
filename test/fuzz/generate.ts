// Writes well-typed programs at random.

import { createChoices } from "./random.ts";
import type { Choices } from "./random.ts";
import type { Input, Program, Size, Slot, Statement } from "./program.ts";
import { needed, pruned } from "./program.ts";
import { pointRules } from "./rules.ts";
import { scanRules } from "./scan-rules.ts";
import { structureRules } from "./structure-rules.ts";
import { layerRuleSet } from "./layer-rules.ts";

const rules = [...pointRules, ...structureRules, ...layerRuleSet, ...scanRules];

/** Ragged on purpose: 1, odd ones, none a multiple of 4. */
const sizes: readonly Size[] = ["B", 1, 2, 3, 5, 7];

const randomShape = (choices: Choices, least: number, most: number): readonly Size[] => {
  const rank = least + choices.below(most - least + 1);
  return Array.from({ length: rank }, () => choices.pick(sizes));
};

const elements = (shape: readonly Size[]): number =>
  shape.reduce<number>((product, size) => product * (size === "B" ? 8 : size), 1);

const inputsOf = (choices: Choices): readonly Input[] => [
  {
    name: "x",
    kind: "float",
    shape: ["B", choices.pick([3, 5, 7])],
    exact: true,
    bound: 1,
    below: 0,
  },
  {
    name: "y",
    kind: "float",
    shape: randomShape(choices, 1, 3),
    exact: true,
    bound: 1,
    below: 0,
  },
  {
    name: "w",
    kind: "float",
    shape: [choices.pick([3, 5, 7]), choices.pick([1, 2, 3, 5])],
    exact: true,
    bound: 1,
    below: 0,
  },
  {
    name: "k",
    kind: "int",
    shape: [choices.pick<Size>(["B", 3])],
    exact: true,
    bound: 2,
    below: 3,
  },
];

/** Brings large values back, so that f32 keeps its digits. */
const tamed = (statement: Statement, fresh: string): readonly Statement[] => {
  const value = statement.defines[0]!;
  if (value.kind !== "float" || value.bound <= 30) return [statement];
  const tame: Statement = {
    rule: "tame",
    text: `let ${fresh} = ${value.name} * ${(8 / value.bound).toPrecision(3)}`,
    defines: [{ ...value, name: fresh, bound: 8.1, exact: false }],
    reads: [value.name],
  };
  return [statement, tame];
};

/** A program of up to `length` statements, the same for the same seed. */
export const generate = (seed: number, length = 12): Program => {
  const choices = createChoices(seed);
  const inputs = inputsOf(choices);
  const statements: Statement[] = [];
  let slots: readonly Slot[] = inputs;
  let count = 0;
  const fresh = (): string => `v${count++}`;
  const wanted = 3 + choices.below(length - 2);
  for (let tries = 0; tries < 200 && statements.length < wanted; tries++) {
    // Newer values are likelier, so that programs grow deep.
    const recent = choices.below(2) === 0 ? slots.slice(-4) : slots;
    const made = choices.pick(rules)({ choices, slots: recent, fresh }, `v${count}`);
    if (
      made === null ||
      made.defines.some((one) => elements(one.shape) > 4000 || one.shape.length > 4)
    )
      continue;
    count++;
    for (const statement of tamed(made, `v${count}`)) {
      if (statement !== made) count++;
      statements.push(statement);
      // The raw value of a tamed one stays out of scope.
      const defines = made.defines[0]!.bound > 30 && statement === made ? [] : statement.defines;
      slots = [...slots, ...defines];
    }
  }
  const floats = statements
    .flatMap(({ defines }) => defines)
    .filter(({ kind }) => kind === "float");
  const inScope = floats.filter((one) => slots.includes(one));
  // The value that most of the program goes into.
  const reach = (result: Slot): number =>
    needed({ seed, inputs, statements, result }, result.name).size;
  const result = inScope.reduce<Slot>(
    (best, one) => (reach(one) > reach(best) ? one : best),
    inputs[0]!,
  );
  return pruned({ seed, inputs, statements, result });
};
