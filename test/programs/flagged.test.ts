// What only a run can tell: it ends in an error that names the line, never in a wrong number.

import { expect, test } from "vitest";
import { compile, instantiate } from "../../compiler/index.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { Model } from "../../runtime/model.ts";

const run = async (text: string, inputs: Readonly<Record<string, Float32Array | Int32Array>>) => {
  const { modules, textOf } = compile({ entry: "m.dlm", read: () => text });
  const program = (await instantiate(modules[0]!, { textOf })) as ModelProgram;
  const model = new Model<typeof inputs, Float32Array>(program);
  model.initialise(1);
  return [...(await model.forward(inputs))];
};

test("a whole number modulo 0", async () => {
  const text = `model M(a: int[B], b: int[B]) -> [B] {
  return float(a % b)
}`;
  const a = Int32Array.of(7, -7);
  expect(await run(text, { a, b: Int32Array.of(3, -3) })).toEqual([1, -1]);
  await expect(run(text, { a, b: Int32Array.of(3, 0) })).rejects.toMatchObject({
    code: "DLM0313",
    message: expect.stringContaining("`%` by 0 at m.dlm:2:16"),
  });
});

test("the last of a sequence without elements", async () => {
  const text = `model M(x: [B, 3], lengths: int[B]) -> [B] {
  return last_of(x, lengths)
}`;
  const x = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(await run(text, { x, lengths: Int32Array.of(3, 1) })).toEqual([3, 4]);
  await expect(run(text, { x, lengths: Int32Array.of(3, 0) })).rejects.toMatchObject({
    code: "DLM0412",
    message: expect.stringContaining("an index lies outside its axis at"),
  });
});
