// Steps as the caller meets them: states that stay as they are, errors that say what is wrong, nets of a recipe.

import { fileURLToPath } from "node:url";
import { Project } from "ts-morph";
import { describe, expect, test } from "vitest";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { emitFile } from "../../compiler/backends/module.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { SteppedModel } from "../../runtime/stepped-model.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { netOf, openNet } from "./walk.ts";

const gpt = netOf(`model Net(tokens: int[B, T <= 3]) -> [B, T, 11] {
  return tokens -> Embedding(11, 8) -> GptBlock(2) -> Dense(11)
}`);
const seq2seq = netOf(`model Net(source: int[4, S], target: int[4, T]) -> [4, T, 11] {
  let embed = Embedding(11, 6)
  let memory = source -> embed -> scan S { Gru(6) } -> last(S)
  return target -> embed -> scan T from memory { Gru(6) } -> Dense(11)
}`);

const tokens = (...ids: readonly number[]) => ({ tokens: Int32Array.from(ids) });

describe("a state", () => {
  test("counts the positions, and is what it was after any number of steps from it", async () => {
    const model = await openNet(gpt);
    const first = model.step(tokens(1, 2), model.start({}));
    const { state } = first;
    const one = model.step(tokens(3, 4), state);
    const other = model.step(tokens(5, 6), state);
    const again = model.step(tokens(3, 4), state);
    expect([state.position, one.state.position]).toEqual([1, 2]);
    expect(again.y).toEqual(one.y);
    expect(other.y).not.toEqual(one.y);
    expect(model.step(tokens(1, 2), model.start({})).y).toEqual(first.y);
  });

  test("is not touched by a forward pass between two steps", async () => {
    const model = await openNet(gpt);
    const { state } = model.step(tokens(1), model.start({}));
    const { y } = model.step(tokens(2), state);
    const whole = (await model.forward(tokens(1, 2), { sizes: { B: 1, T: 2 } })) as Float32Array;
    const after = model.step(tokens(2), state).y as Float32Array;
    expect(after).toEqual(y);
    after.forEach((value, i) => expect(value).toBeCloseTo(whole[11 + i]!, 5));
  });

  test("follows the weights of the model", async () => {
    const model = await openNet(gpt);
    const { y } = model.step(tokens(1), model.start({}));
    model.params["Dense_0.b"]!.write(new Float32Array(11).fill(1));
    const moved = model.step(tokens(1), model.start({})).y as Float32Array;
    moved.forEach((value, i) => expect(value).toBeCloseTo((y as Float32Array)[i]! + 1, 5));
  });

  test("belongs to one model", async () => {
    const [model, other] = [await openNet(gpt), await openNet(gpt)];
    const { state } = model.step(tokens(1), model.start({}));
    expect(() => other.step(tokens(1), state)).toThrow("only from a state of its own");
  });
});

describe("what is wrong is said", () => {
  test("a step past the bound", async () => {
    const model = await openNet(gpt);
    let state = model.start({});
    for (const id of [1, 2, 3]) ({ state } = model.step(tokens(id), state));
    expect(() => model.step(tokens(4), state)).toThrow("T is at most 3, and this state is at 3");
  });

  test.each([
    [tokens(1, 2, 3), "`tokens: [B]` was given 3 elements, 2 in the steps before"],
    [tokens(1, 11), "`tokens: [B]` holds 11 at position 1, outside 0..10"],
    [{}, "`step` needs `tokens: [B]`"],
    [{ tokens: new Float32Array(2) }, "needs a Int32Array, got a value of class Float32Array"],
    [{ ...tokens(1, 2), mask: new Float32Array(2) }, "takes no `mask` (it takes `tokens`)"],
  ])("an input %#", async (inputs, message) => {
    const model = await openNet(gpt);
    const { state } = model.step(tokens(1, 2), model.start({}));
    expect(() => model.step(inputs as never, state)).toThrow(message);
  });

  test("a first step of a model that starts from something", async () => {
    const model = await openNet(seq2seq);
    const target = { target: new Int32Array(4) };
    expect(() => model.step(target, undefined as never)).toThrow(
      "`Net` starts from `source`: call `start`",
    );
    expect(() => model.start({})).toThrow("`start` needs `source: [4, S]`");
    expect(() => model.start({ source: new Int32Array(8) })).not.toThrow();
  });

  test("any use after dispose", async () => {
    const model = await openNet(gpt);
    const state = model.start({});
    model.dispose();
    expect(() => model.start({})).toThrow("`Net` was disposed");
    expect(() => model.step(tokens(1), state)).toThrow("`Net` was disposed");
  });
});

const recipe = `model Net(x: [B, T, 3]) -> [B, T, 2] { return x -> scan T { Gru(4) } -> Dense(2) }
model Reader(source: int[B, S], x: [B, T, 3]) -> (y: [B, T, 4]) {
  let memory = source -> Embedding(5, 4) -> scan S { Gru(4) } -> last(S)
  let y = x -> scan T from memory { Gru(4) }
  return y
}
train Fit {
  data x: [B, T, 3], goal: [B, T, 2]
  let net = Net()
  minimize mean((net(x) - goal)^2) using Sgd(lr = 0.1)
}`;
const compiled = compile({ entry: "t.dlm", read: (path) => (path === "t.dlm" ? recipe : null) });

test("a net of a recipe steps with the weights as they are trained", async () => {
  type X = { readonly x: Float32Array };
  class Fit extends Trainer<object, unknown, object> {
    readonly net = new SteppedModel<X, Float32Array, string, X>(...this.partsOf("net"));
  }
  const fit = compiled.modules.find(({ name }) => name === "Fit")!;
  const trainer = await startTrainer(new Fit((await instantiate(fit)) as TrainProgram), {});
  const x = Float32Array.from({ length: 15 }, (_, i) => Math.sin(i));
  const batch = { x, goal: new Float32Array(10).fill(1) };
  for (let update = 0; update < 3; update++) {
    await trainer.step(batch, { sizes: { B: 1 } });
    const whole = await trainer.net.forward({ x }, { sizes: { B: 1, T: 5 } });
    let state = trainer.net.start({});
    for (let t = 0; t < 5; t++) {
      const step = trainer.net.step({ x: x.slice(3 * t, 3 * t + 3) }, state);
      state = step.state;
      step.y.forEach((value, i) => expect(value).toBeCloseTo(whole[2 * t + i]!, 5));
    }
  }
});

const use = `
import { Net, Reader, Fit } from "./emitted.ts";
const net = await Net.create();
const x = new Float32Array(3);
const first = net.step({ x });
const y: Float32Array = net.step({ x }, first.state).y;
const position: number = first.state.position;
const reader = await Reader.create();
const named: Float32Array = reader.step({ x }, reader.start({ source: new Int32Array(2) })).y.y;
const trainer = await Fit.create();
const trained: Float32Array = trainer.net.step({ x }).y;
// @ts-expect-error it starts from a source
reader.step({ x });
// @ts-expect-error the source is whole numbers
reader.start({ source: x });
// @ts-expect-error a step takes x alone
net.step({ x, source: new Int32Array(2) });
console.log(y, position, named, trained);
export {};
`;

test("an emitted module has the types of its steps", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const project = new Project({
    tsConfigFilePath: `${root}tsconfig.json`,
    skipAddingFilesFromTsConfig: true,
  });
  const files = [
    project.createSourceFile(`${root}emitted.ts`, await emitFile(compiled)),
    project.createSourceFile(`${root}use.ts`, use),
  ];
  const problems = files.flatMap((file) => file.getPreEmitDiagnostics());
  expect(project.formatDiagnosticsWithColorAndContext(problems)).toBe("");
});
