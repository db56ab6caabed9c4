// Scans on every way to run them: printed and read back, checked after each pass, differentiated twice, emitted.

import { describe, expect, test } from "vitest";
import { parseGraph } from "../../compiler/ir/graph-parse.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { printGraph } from "../../compiler/ir/text.ts";
import { verifyGraph } from "../../compiler/ir/verify.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { verifyOps } from "../../compiler/ops/verify.ts";
import { verifyScans } from "../../compiler/passes/accumulators.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { distribute } from "../../compiler/passes/distribute.ts";
import { graphPasses, runGraphPasses } from "../../compiler/passes/index.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";
import { createStream } from "../ops/draw-sample.ts";
import { apart, forwardApart, trainingApart } from "../programs/twin.ts";
import type { Data } from "../programs/twin.ts";
import { scanPrograms } from "./programs.ts";
import type { ScanProgram } from "./programs.ts";

/** `[B, T, 3]` with numbers for the sizes. */
const fixed = (shape: string, sizes: ScanProgram["sizes"]): string =>
  shape.replace(/[A-Z]\w*/g, (name) => String(sizes[name]));

/** A recipe that trains the program's net on its squared distance to a target. */
const recipe = ({ text, inputs, result, sizes }: ScanProgram): string => {
  const names = Object.keys(inputs);
  const fields = names.map((name) => {
    const int = inputs[name]!.startsWith("int");
    const extents = fixed(inputs[name]!.replace("int", ""), sizes);
    return `${name}: ${int ? "int" : ""}${extents}`;
  });
  return `${text}
train Once {
  data ${fields.join(", ")}, goal: ${fixed(result, sizes)}
  let net = Net()
  minimize mean((net(${names.join(", ")}) - goal)^2) using Sgd(lr = 0.5)
}`;
};

const dataOf = (
  program: ScanProgram,
  shapes: Readonly<Record<string, string>>,
  seed: number,
): Data => {
  const next = createStream(seed);
  return new Map(
    Object.entries(shapes).map(([name, type]): [string, Tensor] => {
      const int = type.startsWith("int");
      const shape = JSON.parse(fixed(type.replace("int", ""), program.sizes)) as number[];
      const count = shape.reduce((a, b) => a * b, 1);
      const element = (): number => (int ? Math.floor(3 * next()) : Math.fround(2 * next() - 1));
      return [name, tensor(int ? "i32" : "f32", shape, Array.from({ length: count }, element))];
    }),
  );
};

/** First and second order: the gradient of a product of gradients, by every float input. */
const twice = ({ text, inputs, result, sizes }: ScanProgram): string => {
  const floats = Object.keys(inputs).filter((name) => !inputs[name]!.startsWith("int"));
  const given = Object.entries(inputs).map(([name, type]) => `${name}: ${fixed(type, sizes)}`);
  const fields = [...given, ...floats.map((name) => `v_${name}: ${fixed(inputs[name]!, sizes)}`)];
  const types = floats.map((name) => fixed(inputs[name]!, sizes));
  const results = [
    ...floats.map((name, i) => `g_${name}: ${types[i]!}`),
    ...floats.map((name, i) => `h_${name}: ${types[i]!}`),
  ];
  return `${text}
model Twice(${fields.join(", ")}, goal: ${fixed(result, sizes)})
  -> (loss: float, slope: float, ${results.join(", ")}) {
  let net = Net()
  let loss = sum((net(${Object.keys(inputs).join(", ")}) - goal)^2)
${floats.map((name) => `  let g_${name} = grad(loss, ${name})`).join("\n")}
  let slope = ${floats.map((name) => `sum(g_${name} * v_${name})`).join(" + ")}
${floats.map((name) => `  let h_${name} = grad(slope, ${name})`).join("\n")}
  return loss, slope, ${results.map((one) => one.split(":")[0]!).join(", ")}
}`;
};

const storedOf = (module: Module): Map<string, Tensor> => {
  const next = createStream(7);
  return new Map(
    module.stored.map(({ path, type }) => {
      const shape = type.shape.map(Number);
      const count = shape.reduce((a, b) => a * b, 1);
      const numbers = Array.from({ length: count }, () => 1.6 * next() - 0.8);
      return [path, tensor(type.dtype, shape, numbers)] as const;
    }),
  );
};

const verifyAll = (module: Module): void => {
  for (const { graph } of module.entries)
    for (const { name } of graphPasses) {
      const after = runGraphPasses(graph, name);
      verifyGraph(after, name);
      verifyOps(after, name);
      const text = printGraph(after);
      expect(printGraph(parseGraph(text))).toBe(text);
    }
  for (const { graph } of module.entries) verifyScans(runGraphPasses(graph));
};

describe.each(scanPrograms)("$what", (program) => {
  const { text, inputs, result, sizes, training, large, stops } = program;
  const hasWeights = compileProgram(text, "Net").stored.some(({ storage }) => storage === "param");

  test("every pass leaves a graph that is right, prints and reads back", () => {
    const module = hasWeights
      ? compileProgram(recipe(program), "Once")
      : compileProgram(twice(program), "Twice");
    expect(module.entries.some(({ graph }) => graph.ops.some((op) => op.name === "scan"))).toBe(
      true,
    );
    verifyAll(module);
  });

  test("emitted code gives the interpreter's results, sizes bound at run time", async () => {
    const module = compileProgram(text, "Net");
    const differences = await forwardApart(module, dataOf(program, inputs, 1), sizes);
    expect(differences.size).toBeGreaterThan(0);
    for (const [name, error] of differences) expect(error, name).toBeLessThan(1e-5);
  });

  if (hasWeights)
    test("emitted code trains as the interpreter does", async () => {
      const module = compileProgram(recipe(program), "Once");
      const batchOf = (n: number): Data => dataOf(program, { ...inputs, goal: result }, n);
      const differences = await trainingApart(module, batchOf, 3);
      for (const [name, error] of differences) expect(error, name).toBeLessThan(1e-4);
    });

  const floats = Object.keys(inputs).filter((name) => !inputs[name]!.startsWith("int"));
  if (training ?? large ?? stops ?? floats.length === 0) return;

  test("first and second derivatives are slopes, before and after passes", () => {
    const module = compileProgram(twice(program), "Twice");
    const entry = entryOf(module, "forward");
    const plain = { ...entry, graph: differentiate(entry.graph) };
    const shapes = Object.fromEntries(floats.map((name) => [`v_${name}`, inputs[name]!]));
    const data = dataOf(program, { ...inputs, ...shapes, goal: result }, 2);
    const stored = storedOf(module);
    const at = (moved: Data) => interpretEntry(plain, { data: moved, stored }).results;
    const found = at(data);
    // As the compiler does it, and with a loop for every cell, however small.
    for (const graph of [entry.graph, distribute(runGraphPasses(entry.graph, "dead-code"), 1)]) {
      const optimised = { ...entry, graph: runGraphPasses(graph) };
      for (const [name, value] of interpretEntry(optimised, { data, stored }).results)
        expect(apart(value.data, found.get(name)!.data), name).toBeLessThan(1e-9);
    }
    for (const name of floats) {
      const x = data.get(name)!;
      for (let i = 0; i < x.data.length; i++) {
        const [high, low] = [1e-5, -1e-5].map((step) => {
          const moved = tensor(x.dtype, x.shape, x.data);
          moved.data[i]! += step;
          return at(new Map([...data, [name, moved]]));
        });
        for (const [value, slope] of [
          ["loss", `g_${name}`],
          ["slope", `h_${name}`],
        ] as const) {
          const want = (high!.get(value)!.data[0]! - low!.get(value)!.data[0]!) / 2e-5;
          const got = found.get(slope)!.data[i]!;
          expect(Math.abs(got - want), `${slope}[${i}]`).toBeLessThan(1e-6 * (1 + Math.abs(want)));
        }
      }
    }
  });
});
