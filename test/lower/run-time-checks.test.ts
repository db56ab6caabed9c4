// Run-time indices: those that nothing proves to be in range are looked at, the others cost nothing.

import { expect, test } from "vitest";
import { instantiatePlan } from "../../compiler/backends/instantiate.ts";
import { parseGraph } from "../../compiler/ir/graph-parse.ts";
import type { Value } from "../../compiler/ir/graph.ts";
import { printGraph } from "../../compiler/ir/text.ts";
import type { Entry, Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { runTimeChecks } from "../../compiler/lower/run-time-checks.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { createBuilder } from "../../compiler/ops/builder.ts";
import type { GraphBuilder } from "../../compiler/ops/builder.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { moduleOf, runProgram } from "../backends/run-entry.ts";

/** Rows of x [5, 3] at an index made from i [4]. */
const moduleWith = (indexOf: (b: GraphBuilder, i: Value, x: Value) => Value): Module => {
  const b = createBuilder();
  const x = b.input("%", "x", { dtype: "f32", shape: [5, 3] });
  const i = b.input("%", "i", { dtype: "i32", shape: [4] });
  const rows = b.op("gather", [x, indexOf(b, i, x)], { batch: 0 });
  return moduleOf(b.finish("forward", [], [x, i], [rows]));
};

const entryOf = (module: Module): Entry => module.entries[0]!;
const i32 = (b: GraphBuilder, value: number, shape: readonly number[]): Value =>
  b.constant(value, { dtype: "i32", shape });

test("an index that is an input without a range is checked", () => {
  expect(runTimeChecks(entryOf(moduleWith((_b, i) => i)))).toHaveLength(1);
});

test("an input checked on the host needs no check", () => {
  const entry = entryOf(moduleWith((_b, i) => i));
  const span = { file: "a.dlm", start: 0, end: 1 };
  const ranged = (hi: number): Entry => ({
    ...entry,
    inputs: entry.inputs.map((input) =>
      input.kind === "data" && input.name === "i"
        ? { ...input, range: { hi, except: null, span } }
        : input,
    ),
  });
  expect(runTimeChecks(ranged(5))).toHaveLength(0);
  expect(runTimeChecks(ranged(6))).toHaveLength(1);
});

test.each<readonly [string, (b: GraphBuilder, i: Value, x: Value) => Value, number]>([
  ["a remainder", (b, i) => b.op("mod", [i, i32(b, 5, [4])]), 0],
  ["a remainder of more", (b, i) => b.op("mod", [i, i32(b, 6, [4])]), 1],
  ["a clamped index", (b, i) => b.op("max", [b.op("min", [i, i32(b, 4, [4])]), i32(b, 0, [4])]), 0],
  ["an index with no lower bound", (b, i) => b.op("min", [i, i32(b, 4, [4])]), 1],
  ["positions of maxima", (b, _i, x) => b.op("argMax", [x], { axes: [0] }), 0],
  ["iota", (b) => b.op("iota", [], { extent: 5 }), 0],
  ["iota that leaves the axis", (b) => b.op("iota", [], { extent: 6 }), 1],
  ["a truth value", (b, i) => b.op("cast", [b.op("lt", [i, i32(b, 2, [4])])], { dtype: "i32" }), 0],
])("%s: checks as needed", (_what, indexOf, count) => {
  expect(runTimeChecks(entryOf(moduleWith(indexOf)))).toHaveLength(count);
});

test.each<readonly [string, (b: GraphBuilder, i: Value) => Value, number]>([
  ["a whole number that is not 0", (b, i) => b.op("mod", [i, i32(b, -3, [4])]), 0],
  ["a whole number from 1 on", (b, i) => b.op("mod", [i, b.op("max", [i, i32(b, 1, [4])])]), 0],
  ["a whole number", (b, i) => b.op("mod", [i32(b, 7, [4]), i]), 1],
  [
    "a whole number below 0 or more",
    (b, i) => b.op("mod", [i, b.op("max", [i, i32(b, 0, [4])])]),
    1,
  ],
])("modulo %s: checks as needed", (_what, build, count) => {
  const b = createBuilder();
  const i = b.input("%", "i", { dtype: "i32", shape: [4] });
  const checks = runTimeChecks(entryOf(moduleOf(b.finish("forward", [], [i], [build(b, i)]))));
  expect(checks.map(({ required }) => required.what)).toEqual(Array(count).fill("divisor"));
});

test("the status word holds the site of a divisor that is 0, and the remainder there is 0", async () => {
  const b = createBuilder();
  const [i, n] = ["i", "n"].map((name) => b.input("%", name, { dtype: "i32", shape: [3] }));
  const module = moduleOf(b.finish("forward", [], [i!, n!], [b.op("mod", [i!, n!])]));
  const plan = lower(module);
  const program = ((await instantiatePlan(plan)) as ModelProgram).forward;
  const run = (divisors: readonly number[]) => {
    const given = [tensor("i32", [3], [7, -7, 5]), tensor("i32", [3], divisors)];
    const ran = runProgram(plan, program, given, {});
    const at = program.layout([]).offsets[program.status!.slot]!;
    return { status: new Int32Array(ran.heap.buffer)[at], rest: [...ran.outputs[0]!.data] };
  };
  expect(run([3, 3, -3])).toEqual({ status: 0, rest: [1, 2, -1] });
  expect(run([3, 0, 2])).toEqual({ status: 1, rest: [1, 0, 1] });
});

test("the status word holds the site of an index outside its range, and the row read there is 0", async () => {
  const module = moduleWith((_b, i) => i);
  const plan = lower(module);
  const program = ((await instantiatePlan(plan)) as ModelProgram).forward;
  const x = tensor(
    "f32",
    [5, 3],
    Array.from({ length: 15 }, (_, k) => k + 1),
  );
  const statusOf = (index: readonly number[]) => {
    const ran = runProgram(plan, program, [x, tensor("i32", [4], index)], {});
    const at = program.layout([]).offsets[program.status!.slot]!;
    return { status: new Int32Array(ran.heap.buffer)[at], rows: [...ran.outputs[0]!.data] };
  };
  expect(statusOf([0, 4, 2, 1]).status).toBe(0);
  const { status, rows } = statusOf([0, 5, 2, 1]);
  expect(status).toBe(1);
  expect(rows.slice(3, 6)).toEqual([0, 0, 0]);
  expect(statusOf([0, 4, -1, 1]).status).toBe(1);
});

/** Rows of a table [5, 2] at an index that a step makes from its slice and from what it carries. */
const scanned =
  parseGraph(`graph @forward(%table: tensor<5x2xf32>, %i: tensor<4xi32>, %from: tensor<i32>) {
  %last, %rows = scan(%from, %i, %table) {body=graph @step(%n_0: tensor<i32>, %i_1: tensor<i32>, %table_2: tensor<5x2xf32>) {
    %0 = add(%n_0, %i_1) : tensor<i32>
    %1 = gather(%table_2, %0) {batch=0} : tensor<2xf32>
    return %0, %1
  }, length=4, reverse=false, carries=1, sliced=1} : tensor<i32>, tensor<4x2xf32>
  return %last, %rows
}
`);

test("an index that a step of a loop makes is looked at in every step", async () => {
  const module = moduleOf(scanned);
  expect(runTimeChecks(entryOf(module))).toHaveLength(1);
  const plan = lower(module);
  const program = ((await instantiatePlan(plan)) as ModelProgram).forward;
  const table = tensor("f32", [5, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const run = (moves: readonly number[]) => {
    const given = [table, tensor("i32", [4], moves), tensor("i32", [], [1])];
    const ran = runProgram(plan, program, given, {});
    const at = program.layout([]).offsets[program.status!.slot]!;
    return { status: new Int32Array(ran.heap.buffer)[at], rows: [...ran.outputs[1]!.data] };
  };
  expect(run([0, 1, 2, -4])).toEqual({ status: 0, rows: [3, 4, 5, 6, 9, 10, 1, 2] });
  // The third step leaves the table, the fourth comes back: the flag stays.
  expect(run([0, 1, 3, -1])).toEqual({ status: 1, rows: [3, 4, 5, 6, 0, 0, 9, 10] });
});

test("a slice of an index in range needs no check in a loop", () => {
  const text = printGraph(scanned)
    .replace("gather(%table_2, %0)", "gather(%table_2, %i_1)")
    .replace("%i: tensor<4xi32>, %from", "%j: tensor<4x5xf32>, %from")
    .replace("%last, %rows", "%i = argMax(%j) {axes=[1]} : tensor<4xi32>\n  %last, %rows");
  expect(runTimeChecks(entryOf(moduleOf(parseGraph(text))))).toHaveLength(0);
});
