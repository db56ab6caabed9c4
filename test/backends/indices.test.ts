import { expect, test } from "vitest";
import { compile, instantiate } from "../../compiler/index.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { Model } from "../../runtime/model.ts";

type Inputs = { readonly x: Float32Array; readonly k: Int32Array };

const modelOf = async (body: string): Promise<Model<Inputs, Float32Array>> => {
  const text = `model Look(x: [4, 2], k: int[3]) -> [${body.startsWith("scatter") ? 4 : 3}, 2] {
  let j = k + 1
  return ${body}
}`;
  const compilation = compile({ entry: "look.dlm", read: (p) => (p === "look.dlm" ? text : null) });
  const program = await instantiate(compilation.modules[0]!, { textOf: compilation.textOf });
  return new Model<Inputs, Float32Array>(program as ModelProgram);
};
const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);

for (const body of ["x[j]", "scatter_add(x, j, 2 * x[j])"]) {
  test(`a computed index within its axis passes: ${body}`, async () => {
    const model = await modelOf(body);
    expect(() => model.predict({ x, k: Int32Array.of(0, 1, 2) })).not.toThrow();
  });

  test(`a computed index outside its axis is an error with the line: ${body}`, async () => {
    const model = await modelOf(body);
    expect(() => model.predict({ x, k: Int32Array.of(0, 1, 3) })).toThrow(/look\.dlm:3:/);
    expect(() => model.predict({ x, k: Int32Array.of(-2, 1, 0) })).toThrow(/look\.dlm:3:/);
  });
}

test("a scatter alone is looked at, too", async () => {
  const model = await modelOf("scatter_add(x, j, x[0:3])");
  expect(() => model.predict({ x, k: Int32Array.of(0, 1, 3) })).toThrow(/look\.dlm:3:/);
});
