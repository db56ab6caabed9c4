// What a program is run on: sizes, data, stored values, draws.

import type { Entry } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { splitSeed, streamKey } from "../../runtime/random.ts";
import { evaluateHost } from "../goldens/interpret-entry.ts";
import type { Program, Size } from "./program.ts";
import { createChoices } from "./random.ts";

export type Sizes = Readonly<Record<"B" | "T", number>>;

/** Less and more than a tile, and with nothing left over. */
export const sizesOf = ({ seed }: Program): Sizes => ({
  B: [6, 1, 4, 7][(seed >> 2) % 4]!,
  T: [3, 5, 9, 2, 1][(seed >> 4) % 5]!,
});

/** Sizes that are known when a program is compiled: none, both, or one, which give other loops, tiles and memory plans. */
export const fixedSizesOf = (program: Program): Partial<Sizes> => {
  const { B, T } = sizesOf(program);
  const chosen: Partial<Sizes> = [{}, { B, T }, { B }, { T }][program.seed % 4]!;
  const used = new Set(program.inputs.flatMap(({ shape }) => shape));
  const entries = Object.entries(chosen).filter(([name]) => used.has(name as Size));
  return Object.fromEntries(entries);
};

/** Floats are multiples of 1/64 in -1..1, so that f32 holds them exactly. */
export const dataOf = (program: Program): ReadonlyMap<string, Tensor> => {
  const choices = createChoices(program.seed ^ 0x5bd1e995);
  const sizes = sizesOf(program);
  const drawOf = {
    float: () => (choices.below(129) - 64) / 64,
    int: (below: number) => choices.below(below),
    bool: () => choices.below(2),
  };
  const dtypeOf = { float: "f32", int: "i32", bool: "bool" } as const;
  return new Map(
    program.inputs.map(({ name, kind, shape, below }) => {
      const known = shape.map((size) => (typeof size === "number" ? size : sizes[size]));
      const count = known.reduce((a, b) => a * b, 1);
      const values = Array.from({ length: count }, () => drawOf[kind](below));
      return [name, tensor(dtypeOf[kind], known, values)];
    }),
  );
};

const seedOfDraws = 3;

/** Tensors by path. */
export type Values = ReadonlyMap<string, Tensor>;

/** Values for the inputs of an entry, in order; `step` is the number of the update, `draw` that of the execution. */
export const inputsOf = (
  entry: Entry,
  data: ReadonlyMap<string, Tensor>,
  stored: Values,
  sizes: Sizes,
  [step, draw]: readonly [number, number] = [1, 0],
): readonly Tensor[] =>
  entry.inputs.map((input, i): Tensor => {
    switch (input.kind) {
      case "data":
        return data.get(input.name)!;
      case "stored":
        return stored.get(input.path)!;
      case "scalar": {
        const value = evaluateHost(input.value, step, new Map(Object.entries(sizes)));
        return tensor(entry.graph.inputs[i]!.type.dtype, [], [value]);
      }
      case "draw": {
        const key = streamKey(input.stream, ...splitSeed(seedOfDraws));
        return tensor("i32", [3], [...key, draw]);
      }
    }
  });

/** Stored values after an execution. */
export const afterStores = (
  { outputs: targets }: Entry,
  before: Values,
  outputs: readonly Tensor[],
): Values => {
  const written = targets.flatMap((target, k) =>
    target.kind === "store" ? [[target.path, outputs[k]!] as const] : [],
  );
  return new Map([...before, ...written]);
};
