// Writes well-typed programs at random.

import { createChoices } from "./random.ts";
import type { Choices } from "./random.ts";
import type { Input, Kind, Program, Size, Slot, Statement } from "./program.ts";
import { needed, pruned } from "./program.ts";
import { extent } from "./rule.ts";
import { layerRuleSet } from "./layer-rules.ts";
import { libraryRules } from "./library-rules.ts";
import { pointRules } from "./rules.ts";
import { scanRules } from "./scan-rules.ts";
import { structureRules } from "./structure-rules.ts";
import { wholeRuleSet } from "./whole-rules.ts";

const rules = [
  ...pointRules,
  ...structureRules,
  ...layerRuleSet,
  ...libraryRules,
  // Twice: what they need is seldom in scope.
  ...wholeRuleSet,
  ...wholeRuleSet,
  ...scanRules,
];

/** Ragged on purpose: 1, odd ones, none a multiple of 4. */
const sizes: readonly Size[] = ["B", "T", 1, 2, 3, 5, 7];

const randomShape = (choices: Choices, least: number, most: number): readonly Size[] => {
  const rank = least + choices.below(most - least + 1);
  return Array.from({ length: rank }, () => choices.pick(sizes));
};

const elements = (shape: readonly Size[]): number =>
  shape.reduce<number>((product, size) => product * extent(size), 1);

const isTooLarge = ({ shape }: Slot): boolean => elements(shape) > 4000 || shape.length > 4;

/** Floats lie in -1..1, whole numbers in 0..below-1. */
const input = (name: string, kind: Kind, shape: readonly Size[], below = 0): Input => ({
  name,
  kind,
  shape,
  exact: true,
  bound: kind === "int" ? below - 1 : 1,
  below,
});

const inputsOf = (choices: Choices): readonly Input[] => [
  input("w", "float", [choices.pick([3, 5, 7]), choices.pick([1, 2, 3, 5])]),
  input("k", "int", [choices.pick<Size>(["B", "T", 3])], 3),
  input("p", "int", ["B", choices.pick<Size>(["T", 2, 5])], 2),
  input("m", "bool", ["B", "T"]),
  input("y", "float", randomShape(choices, 1, 3)),
  input("s", "float", ["B", "T", choices.pick([1, 2, 3, 5])]),
  input("x", "float", ["B", choices.pick([3, 5, 7])]),
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
  const wanted = 3 + choices.below(length - 2);
  for (let tries = 0; tries < 400 && statements.length < wanted; tries++) {
    const recent = choices.below(3) === 0 ? slots.slice(-4) : slots;
    const made = choices.pick(rules)({ choices, slots: recent }, `v${count}`);
    if (made === null || made.defines.some(isTooLarge)) continue;
    // Most statements go on from one of the two before, so that programs grow deep.
    const last = statements.slice(-2).flatMap(({ defines }) => defines);
    const goesOn = last.length === 0 || last.some(({ name }) => made.reads.includes(name));
    if (!goesOn && choices.below(4) > 0) continue;
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
