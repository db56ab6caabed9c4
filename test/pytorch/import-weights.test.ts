// Weights that PyTorch saved, loaded into blocks of the library: numbers, every complaint, and what tuning changes.

import { expect, test } from "vitest";
import {
  evaluate,
  parseExpression,
  printExpression,
} from "../../compiler/backends/pytorch/expression.ts";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { importWeights } from "../../compiler/backends/pytorch/import-weights.ts";
import type { NameMap } from "../../compiler/backends/pytorch/correspondence.ts";
import { RecipeTrainer } from "../../compiler/cli/train/recipe-trainer.ts";
import { compile } from "../../compiler/index.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { readSafetensors, writeSafetensors } from "../../runtime/safetensors.ts";
import type { SafeTensor } from "../../runtime/safetensors.ts";
import { startTrainer } from "../../runtime/trainer.ts";
import type { TrainProgram } from "../../runtime/abi.ts";

const modulesOf = (text: string): readonly Module[] => {
  const { modules, diagnostics } = compile({
    entry: "m.dlm",
    read: (path) => (path === "m.dlm" ? text : null),
  });
  expect(diagnostics).toEqual([]);
  return modules;
};
const moduleOf = (text: string): Module => modulesOf(text)[0]!;

const f32 = (shape: readonly number[], first = 0): SafeTensor => {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: count }, (_, i) => first + i);
  return { dtype: "F32", shape, bytes: new Uint8Array(data.buffer) };
};
const file = (tensors: Readonly<Record<string, SafeTensor>>): Uint8Array =>
  writeSafetensors(new Map(Object.entries(tensors)));

const read = (bytes: Uint8Array, path: string): readonly number[] => {
  const tensor = readSafetensors(bytes).tensors.get(path)!;
  return [...new Float32Array(new Uint8Array(tensor.bytes).buffer)];
};

const complaints = (module: Module, source: Uint8Array, names: NameMap): string => {
  try {
    importWeights({ module, source, names });
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
  return "";
};

const mlp = "model Mlp(x: [B, 3]) -> [B, 2] { return x -> Dense(4) -> relu -> Dense(2) }";
const both: NameMap = { "body.0": "Dense_0", head: "Dense_1" };
const saved = {
  "body.0.weight": f32([4, 3]),
  "body.0.bias": f32([4], 20),
  "head.weight": f32([2, 4], 30),
  "head.bias": f32([2], 40),
};

test("weights are transposed, biases taken as they are", () => {
  const bytes = importWeights({ module: moduleOf(mlp), source: file(saved), names: both });
  expect(read(bytes, "Dense_0.W")).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
  expect(read(bytes, "Dense_0.b")).toEqual([20, 21, 22, 23]);
  expect(read(bytes, "Dense_1.b")).toEqual([40, 41]);
});

test.each([
  ["F16", [0x3c00, 0xc000, 0x7c00, 0x0001], [1, -2, Infinity, 2 ** -24]],
  ["BF16", [0x3f80, 0xc000, 0x7f80, 0x3fc0], [1, -2, Infinity, 1.5]],
])("%s becomes single precision", (dtype, bits, numbers) => {
  const bytes = new Uint8Array(Uint16Array.from(bits).buffer);
  const source = file({ ...saved, "body.0.bias": { dtype, shape: [4], bytes } });
  const result = importWeights({ module: moduleOf(mlp), source, names: both });
  expect(read(result, "Dense_0.b")).toEqual(numbers);
});

test("F64 becomes single precision, and what cannot be read is refused", () => {
  const bytes = new Uint8Array(Float64Array.of(0.1, 1, 2, 3).buffer);
  const source = file({ ...saved, "body.0.bias": { dtype: "F64", shape: [4], bytes } });
  const result = importWeights({ module: moduleOf(mlp), source, names: both });
  expect(read(result, "Dense_0.b")[0]).toBe(Math.fround(0.1));
  const odd = { dtype: "F8_E5M2", shape: [4], bytes: new Uint8Array(4) };
  expect(complaints(moduleOf(mlp), file({ ...saved, "body.0.bias": odd }), both)).toContain(
    "`body.0.bias` is F8_E5M2, which cannot be read",
  );
});

test.each<readonly [string, NameMap, Readonly<Record<string, SafeTensor>>, string]>([
  [
    "a module is misspelt",
    { "bodi.0": "Dense_0", head: "Dense_1" },
    saved,
    "no module `bodi.0`; did you mean `body.0`?",
  ],
  [
    "a layer is misspelt",
    { "body.0": "Dense_0", head: "Dens_1" },
    saved,
    "no layer or weight `Dens_1`; did you mean `Dense_1`?",
  ],
  [
    "a layer is left out",
    { "body.0": "Dense_0" },
    saved,
    "nothing is mapped to `Dense_1.W` [4, 2]",
  ],
  [
    "a tensor is left over",
    both,
    { ...saved, extra: f32([7]) },
    "`extra` [7] of the file is not used",
  ],
  ["a module is left over", { ...both, gone: null }, saved, "no module `gone`"],
  [
    "a shape differs",
    both,
    { ...saved, "head.weight": f32([4, 3]) },
    "`Dense_1.W` is [4, 2], `head.weight.T` is [3, 4]",
  ],
  [
    "a tensor is missing",
    both,
    { ...saved, "head.bias": f32([1]) },
    "`Dense_1.b` is [2], `head.bias` is [1]",
  ],
  ["an expression is wrong", { ...both, "head.bias.part(0": "Dense_1.b" }, saved, "expected `)`"],
])("it is told when %s", (_what, names, tensors, message) => {
  expect(complaints(moduleOf(mlp), file(tensors), names)).toContain(message);
});

test("modules left behind and spare tensors of a block are no complaint", () => {
  const text = "model M(x: [B, 3]) -> [B, 3] { return x -> BatchNorm() }";
  const source = file({
    "0.weight": f32([3]),
    "0.bias": f32([3]),
    "0.running_mean": f32([3], 5),
    "0.running_var": f32([3], 7),
    "0.num_batches_tracked": { dtype: "I64", shape: [], bytes: new Uint8Array(8) },
    "1.weight": f32([9, 3]),
  });
  const bytes = importWeights({
    module: moduleOf(text),
    source,
    names: { "0": "BatchNorm_0", "1": null },
  });
  expect(read(bytes, "BatchNorm_0.running_var")).toEqual([7, 8, 9]);
});

test("a recurrent module of several layers needs a layer for each", () => {
  const text =
    "model M(x: [B, T, 2]) -> [B, T, 3] { let one = Gru(3)  return x -> scan T { one } }";
  const layer = (suffix: string) => ({
    [`rnn.weight_ih${suffix}`]: f32([9, 2]),
    [`rnn.weight_hh${suffix}`]: f32([9, 3]),
    [`rnn.bias_ih${suffix}`]: f32([9], 100),
    [`rnn.bias_hh${suffix}`]: f32([9]),
  });
  const bytes = importWeights({
    module: moduleOf(text),
    source: file(layer("_l0")),
    names: { rnn: "one" },
  });
  expect(read(bytes, "one.b")).toEqual([100, 102, 104, 106, 108, 110, 106, 107, 108]);
  expect(read(bytes, "one.bn")).toEqual([6, 7, 8]);
  const deep = file({ ...layer("_l0"), ...layer("_l0_reverse") });
  expect(complaints(moduleOf(text), deep, { rnn: "one" })).toContain(
    "`rnn` holds 2 layers (_l0, _l0_reverse), 1 are named",
  );
});

test("blocks of the program are mapped by their parts", () => {
  const text = `block Tower(n)(x: [B, D]) -> [B, n] { return x -> Dense(n) }
    model M(x: [B, 3]) -> [B, 4] { return x -> Tower(4) }`;
  const source = file({ "t.weight": f32([4, 3]), "t.bias": f32([4]) });
  expect(complaints(moduleOf(text), source, { t: "Tower_0" })).toContain(
    "`Tower_0` is no block of the library",
  );
  const bytes = importWeights({ module: moduleOf(text), source, names: { t: "Tower_0.Dense_0" } });
  expect(read(bytes, "Tower_0.Dense_0.b")).toEqual([0, 1, 2, 3]);
});

test.each([
  "weight.T",
  "a.0.in_proj_weight.part(1, 3).T",
  "join(a.part(0, 2) + b.part(0, 2), c)",
  "weight.unflatten(0, to(2)).permute(3, 4, 1, 0, 2).flatten(3)",
])("%s is read and printed", (text) => {
  expect(printExpression(parseExpression(text))).toBe(text);
});

test("a grouped transposed kernel has its groups beside the channels they make", () => {
  // PyTorch [groups * in, out, k] with 2 groups of 1 channel, here [k, in, groups * out].
  const kernel = { shape: [2, 3, 1], data: Float64Array.of(1, 2, 3, 4, 5, 6) };
  const text = "weight.unflatten(0, to(1)).permute(3, 1, 0, 2).flatten(2)";
  const value = evaluate(parseExpression(text), () => kernel, [1, 1, 6]);
  expect(value.shape).toEqual([1, 1, 6]);
  expect([...value.data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("after an import only the head learns: the body stays as it was, bit for bit", async () => {
  const text = `
    model Net(x: [B, 3]) -> [B, 2] {
      let body = Dense(4)
      let head = Dense(2)
      return x -> body -> tanh -> head
    }
    train Tune {
      data x: [B, 3], y: [B, 2]
      batch: 5
      let net = Net()
      minimize mean((net(x) - y)^2) over net.head using Adam(lr = 1e-2)
    }`;
  const recipe = modulesOf(text).find(({ train }) => train !== null)!;
  const program = (await instantiate(recipe)) as TrainProgram;
  const trainer = await startTrainer(new RecipeTrainer(program), { seed: 3 });
  const net = trainer.nets.get("net")!;
  const bytes = importWeights({
    module: recipe,
    net: "net",
    source: file({ "body.0.weight": f32([4, 3]), "body.0.bias": f32([4], 20) }),
    names: { "body.0": "body" },
    fresh: ["head"],
    initial: await net.save(),
  });
  await net.load(bytes);
  const before = await net.save();
  const x = Float32Array.from({ length: 15 }, (_, i) => Math.sin(i));
  for (let step = 0; step < 20; step++) await trainer.step({ x, y: new Float32Array(10).fill(1) });
  const after = await net.save();
  for (const name of ["body.W", "body.b"]) expect(read(after, name)).toEqual(read(before, name));
  expect(read(after, "body.W")).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
  for (const name of ["head.W", "head.b"])
    expect(read(after, name)).not.toEqual(read(before, name));
});
