// The emitted TypeScript file: it type-checks under the strictest settings, says where its code came from, and holds
// every distinct kernel once.

import { fileURLToPath } from "node:url";
import { Project } from "ts-morph";
import { expect, test } from "vitest";
import { emitFile } from "../../compiler/backends/module.ts";
import { compile } from "../../compiler/pipeline.ts";

const emit = async (text: string): Promise<string> => {
  const { modules, diagnostics, textOf } = compile({
    entry: "a.dlm",
    read: (path) => (path === "a.dlm" ? text : null),
  });
  expect(diagnostics.filter((d) => d.severity === "error")).toEqual([]);
  return emitFile({ modules, textOf });
};

const recipe = `
/// Sorts points into five kinds.
model Net(x: [B, 7]) -> [B, 5] {
  return x -> Dense(13) -> gelu -> Dropout(0.1) -> BatchNorm() -> Dense(5)
}
/// Trains it.
train Fit {
  data x: [B, 7], label: int[B]
  batch: 16
  let net = Net()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 1e-2) clip 1.0
  metric accuracy = mean(argmax(logits) == label)
}
`;

const use = `
import { Net, Fit } from "./emitted.ts";
const trainer = await Fit.create({ seed: 1 });
const { loss, accuracy } = await trainer.step({ x: new Float32Array(7), label: new Int32Array(1) });
const logits: Float32Array = trainer.net.predict({ x: new Float32Array(7) });
const weights: Float32Array = await (await Net.create()).params["Dense_0.W"].read();
const rows: 7 = Net.shapes.params["Dense_0.W"][0];
// @ts-expect-error labels are whole numbers
await trainer.step({ x: new Float32Array(7), label: new Float32Array(1) });
// @ts-expect-error there is no such weight
Net.shapes.params["Dense_9.W"];
console.log(loss, accuracy, logits, weights, rows);
export {};
`;

/** Of text, where a window is a literal size, and generating from it. */
const textRecipe = `
model Gpt(vocab = 27, ctx = 6)(text: int[B, T <= ctx]) -> [B, T, vocab] {
  return text -> Embedding(vocab, 8) -> LearnedPositions(ctx) -> GptBlock(2, 0) -> Dense(vocab)
}
train Fit {
  data text: int[B, T], target: int[B, T]
  let net = Gpt()
  minimize mean(cross_entropy(net(text), target)) using Adam()
  batch: 5
  T: 6
}
`;

const textUse = `
import { generate, readTokens, scoresByStep, scoresByWindow, type StepState } from "dlm/runtime";
import { Gpt } from "./emitted.ts";
const net = await Gpt.create();
const tokens = readTokens(net.metadata)!;
const byStep = scoresByStep((text, state?: StepState) => net.step({ text }, state), 6);
const byWindow = scoresByWindow((text) => net.forward({ text }, { sizes: { B: 1 } }), 27, 6);
for (const scores of [byStep, byWindow])
  for await (const id of generate(scores, tokens.encode("a"), { length: 9, topP: 0.9 })) console.log(id);
export {};
`;

test.each([
  ["a network of numbers", recipe, use],
  ["a network of text", textRecipe, textUse],
])("an emitted file and its use type-check under strict settings: %s", async (_, source, use) => {
  const text = await emit(source);
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const project = new Project({
    tsConfigFilePath: `${root}tsconfig.json`,
    skipAddingFilesFromTsConfig: true,
  });
  const files = [
    project.createSourceFile(`${root}emitted.ts`, text),
    project.createSourceFile(`${root}use.ts`, use),
  ];
  const problems = files.flatMap((file) => file.getPreEmitDiagnostics());
  expect(project.formatDiagnosticsWithColorAndContext(problems)).toBe("");
});

test("doc comments of the source are those of the classes, and kernels name the line they come from", async () => {
  const text = await emit(recipe);
  expect(text).toContain("/** Sorts points into five kinds. */\nexport class Net ");
  expect(text).toContain("/** Trains it. */\nexport class Fit ");
  expect(text).toMatch(/ \* layers\.dlm:\d+:\d+ {2}let y = x @ W\n \*\/\nfunction dense\(/);
});

test("layers of one shape share their kernels", async () => {
  const network = (count: number): string => `
model Deep(x: [B, 9]) -> [B, 9] {
  return x -> repeat ${count} { Dense(9) -> tanh }
}`;
  const functions = async (count: number): Promise<number> =>
    (await emit(network(count))).match(/^function /gm)!.length;
  expect(await functions(12)).toBe(await functions(3));
});

test("a file is the same text every time", async () => {
  expect(await emit(recipe)).toBe(await emit(recipe));
});

test("programs of one file share memory for copies that is large enough for each", async () => {
  const net = (name: string, inner: number): string => `
model ${name}(x: [B <= 64, ${inner}]) -> [B, 24] {
  return x -> Dense(24)
}
`;
  const wordsOf = (text: string): readonly number[] =>
    [...text.matchAll(/^const panelMemory = new Float64Array\(panelBuffer, 0, (\d+)\);$/gm)].map(
      (found) => Number(found[1]),
    );
  const [small, large] = [
    wordsOf(await emit(net("Small", 20))),
    wordsOf(await emit(net("Large", 90))),
  ];
  expect(small).toHaveLength(1);
  expect(large).toHaveLength(1);
  expect(small[0]!).toBeLessThan(large[0]!);
  expect(wordsOf(await emit(net("Small", 20) + net("Large", 90)))).toEqual(large);
});
