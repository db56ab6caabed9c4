// What is a matter of definition, in emitted code: slopes at kinks, ties, masked rows, branches not taken, bad indices.

import { instantiate } from "../../compiler/backends/instantiate.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { createBuilder } from "../../compiler/ops/builder.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { Model } from "../../runtime/model.ts";
import { compileProgram } from "../goldens/compile.ts";

type Convention = {
  /** One expression of `x`, or statements that end in `let y = …`. */
  readonly body: string;
  readonly x: readonly number[];
  /** y, or d sum(y) / dx where the body says `grad`. */
  readonly y: readonly number[];
};

const conventions: readonly Convention[] = [
  { body: "let y = grad(sum(max(x, 2 * x)), x)", x: [0, 1, -1], y: [1.5, 2, 1] },
  { body: "let y = grad(sum(min(x, 2 * x)), x)", x: [0, 1, -1], y: [1.5, 1, 2] },
  { body: "let y = grad(max(x), x)", x: [1, 3, 3], y: [0, 1, 0] },
  { body: "let y = grad(min(x), x)", x: [1, 1, 3], y: [1, 0, 0] },
  { body: "let y = float(argmax(x)) + 0 * x", x: [1, 3, 3], y: [1, 1, 1] },
  { body: "let y = float(argmin(x)) + 0 * x", x: [3, 1, 1], y: [1, 1, 1] },
  { body: "let v, at = top_k(x, 3)\n  let y = float(at)", x: [2, 5, 2], y: [1, 0, 2] },
  { body: "let v, at = sort(x)\n  let y = float(at)", x: [5, 2, 2], y: [1, 2, 0] },
  { body: "let y = grad(sum(relu(x) + abs(x)), x)", x: [0, 2, -2], y: [0, 2, -1] },
  { body: "let y = grad(sum(clamp(x, -1, 1)), x)", x: [-1, 1, 2], y: [1, 1, 0] },
  { body: "let y = grad(sum(if x > 0 then sqrt(x) else 0), x)", x: [0, 4, 1], y: [0, 0.25, 0.5] },
  { body: "let y = grad(sum(if x > 0 then log(x) * x else x), x)", x: [0, 1, -1], y: [1, 1, 1] },
  { body: "let y = grad(sum(x^(0 * x)), x) - grad(sum(x^(0 * x)), x)", x: [1, 2, 3], y: [0, 0, 0] },
  { body: "let e = 0 * stop_gradient(x)\n  let y = grad(sum(x^e), x)", x: [0, 2, 3], y: [0, 0, 0] },
  { body: "let y = softmax(if x > 9 then x else -inf)", x: [1, 2, 3], y: [0, 0, 0] },
  { body: "let y = min(x, 1) + max(x, 2)", x: [0, 1, 3], y: [2, 3, 4] },
  {
    body: "let y = float((int(x) * 1_234_567 * 7_654_321 * 987_654_321) % 7)",
    x: [1, 2, -3],
    y: [1, 5, 1],
  },
  { body: "let y = round(x)", x: [0.5, 1.5, -2.5], y: [0, 2, -2] },
  { body: "let y = x % 3", x: [-1, 4, -3], y: [2, 1, 0] },
  { body: "let y = float(int(x))", x: [-1.7, 1.7, 3e10], y: [-1, 1, 2147483647] },
];

const run = async (body: string, x: readonly number[]): Promise<readonly number[]> => {
  const module = compileProgram(`model M(x: [3]) -> [3] {\n  ${body}\n  return y\n}`);
  const program = (await instantiate(optimise(module))) as ModelProgram;
  const model = new Model<{ x: Float32Array }, Float32Array>(program);
  return [...(await model.forward({ x: Float32Array.from(x) }))];
};

const outside = "let table[i] = 10 * x[i]\n  let y = table[int(x)]";

/** A gather reads 0 outside, so that no memory is touched wrongly even where the index is reported. */
const findInGather = (): string | null => {
  const b = createBuilder();
  const [x, index] = [
    b.input("%", "x", { dtype: "f32", shape: [2] }),
    b.input("%", "index", { dtype: "i32", shape: [4] }),
  ];
  const graph = b.finish("gather", [], [x, index], [b.op("gather", [x, index], { batch: 0 })]);
  const values = [tensor("f32", [2], [3, 5]), tensor("i32", [4], [1, -1, 2, 0])];
  const got = [...interpretGraph(graph, values)[0]!.data];
  return got.join() === "5,0,0,3" ? null : `a gather outside gives ${got.join(", ")}`;
};

export const findInConventions = async (): Promise<string | null> => {
  const gathered = findInGather();
  if (gathered !== null) return gathered;
  for (const { body, x, y } of conventions) {
    const got = await run(body, x);
    const off = y.findIndex((want, i) => !(Math.abs(got[i]! - want) <= 1e-6 * Math.max(1, want)));
    if (off >= 0) return `${body} is ${got.join(", ")} instead of ${y.join(", ")}`;
  }
  if ((await run(outside, [2, 1, 0])).join() !== "0,10,20") return "indices are read wrongly";
  for (const x of [
    [3, 0, 1],
    [0, 1, -1],
  ]) {
    const error = await run(outside, x).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) return `an index outside its axis went through: ${x.join(", ")}`;
    if (!/outside/.test(String(error))) return `another error: ${String(error)}`;
  }
  const divided = await run("let y = float(7 % int(x))", [3, 0, 2]).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!/by 0/.test(String(divided))) return `a divisor of 0 went through: ${String(divided)}`;
  return null;
};
