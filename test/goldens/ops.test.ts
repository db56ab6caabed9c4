// Every operation of the reference numbers, forward and backward, in the interpreter.

import { afterAll, describe, expect, test } from "vitest";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { worstError } from "./compare.ts";
import { compileProgram } from "./compile.ts";
import { translate } from "./expressions/index.ts";
import { inLayout, programOf, type Program } from "./expressions/program.ts";
import { samplesOf, type Sample } from "./expressions/sample.ts";
import { entryOf, interpretEntry } from "./interpret-entry.ts";
import { loadOps, type Golden } from "./load.ts";

const goldens = loadOps();
const tolerance = 1e-9;
/** PyTorch's own gradient of this one has a sixth rounded to single precision. */
const looser: Readonly<Record<string, number>> = { "nn.functional.hardsigmoid": 1e-7 };
const dtypes = { F64: "f32", I64: "i32", U8: "i32", BOOL: "bool" } as const;

type Tally = { samples: number; expressed: number; gradients: number; reasons: Map<string, number> };
const tally: Tally = { samples: 0, expressed: 0, gradients: 0, reasons: new Map() };

const given = (golden: Golden) => tensor(dtypes[golden.dtype], golden.shape, golden.data);

const run = (program: Program): ReadonlyMap<string, Float64Array> => {
  const module = compileProgram(program.source);
  const entry = entryOf(module, "forward");
  const stored = new Map(
    module.stored.map(({ path, type }) => {
      const known = program.weights[path];
      const shape = type.shape.map(Number);
      const size = shape.reduce((a, b) => a * b, 1);
      const numbers = known === undefined ? new Float64Array(size) : inLayout(known.golden, known.weight);
      return [path, tensor(type.dtype, shape, numbers)] as const;
    }),
  );
  const data = new Map([...program.inputs].map(([name, golden]) => [name, given(golden)] as const));
  const { results } = interpretEntry(entry, { data, stored });
  // A single result has no name.
  const [only] = program.results;
  return new Map(
    [...results].map(([name, value]) => [name === "" ? (only?.name ?? "") : name, value.data]),
  );
};

const problemsOf = (sample: Sample): readonly string[] => {
  const translation = translate(sample);
  tally.samples += 1;
  if ("reason" in translation) {
    tally.reasons.set(translation.reason, (tally.reasons.get(translation.reason) ?? 0) + 1);
    return [];
  }
  const program = programOf(sample, translation);
  tally.expressed += 1;
  tally.gradients += program.results.filter(({ kind }) => kind === "gradient").length;
  const where = `sample ${sample.n}`;
  try {
    const got = run(program);
    return program.results.flatMap(({ name, golden, weight }) => {
      const value = got.get(name);
      if (value === undefined) return [`${where}: no result ${name}`];
      const error = worstError(value, inLayout(golden, weight));
      return error <= (looser[sample.op] ?? tolerance) ? [] : [`${where}: ${name} is off by ${error}\n${program.source}`];
    });
  } catch (error) {
    return [`${where}: ${error instanceof Error ? error.message : String(error)}\n${program.source}`];
  }
};

describe("operations agree with PyTorch, forward and backward", () => {
  for (const op of Object.keys(goldens.index)) {
    test(op, () => {
      expect(samplesOf(goldens, op).flatMap(problemsOf)).toEqual([]);
    });
  }
});

afterAll(() => {
  const { samples, expressed, gradients, reasons } = tally;
  const left = [...reasons].map(([reason, n]) => `${n} ${reason}`).join("; ");
  console.log(`${expressed} of ${samples} samples, ${gradients} gradients. Left out: ${left}`);
});

test("nearly every sample can be said in .dlm", () => {
  const all = Object.keys(goldens.index).flatMap((op) => samplesOf(goldens, op));
  const said = all.filter((sample) => !("reason" in translate(sample)));
  const empty = all.filter((sample) =>
    [...sample.inputs, ...sample.outputs].some(({ shape }) => shape.includes(0)),
  );
  expect(said.length / (all.length - empty.length)).toBeGreaterThan(0.95);
});
