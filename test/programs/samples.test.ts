import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { Module } from "../../compiler/ir/module.ts";
import type { TensorType } from "../../compiler/ir/type.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { createStream } from "../ops/draw-sample.ts";
import { elaborateSample } from "./samples.ts";
import type { Edit } from "./samples.ts";
import { forwardApart, trainingApart } from "./twin.ts";
import type { Data } from "./twin.ts";

const folder = new URL("../cases/grammar/samples/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".dlm"));

/** `t` stands in a sum of letters only, where a bound has to be written. */
const boundOfConv1D: Edit = ["let y[n, t, o]", "let y[n, t < T - k + 1, o]"];
const editsOf = (file: string): readonly Edit[] =>
  file === "10-library.dlm" ? [boundOfConv1D] : [];

describe("the sample programs of the language are right", () => {
  for (const file of files)
    test(file, () => {
      const errors = elaborateSample(file, editsOf(file))
        .diagnostics.filter(({ severity }) => severity === "error")
        .map(({ code }) => code);
      expect(errors).toEqual([]);
    });

  test("a letter that only stands in a sum has no range of its own", () => {
    const { diagnostics } = elaborateSample("10-library.dlm");
    expect(
      diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code),
    ).toEqual(["DLM0413"]);
  });
});

/** Numbers for inputs: whole ones below `classes`, others within 0 to 1 as images and probabilities are. */
const dataFor = (
  fields: readonly { readonly name: string; readonly type: TensorType }[],
  sizes: Readonly<Record<string, number>>,
  classes: number,
  seed: number,
): Data => {
  const next = createStream(seed);
  const env = new Map(Object.entries(sizes));
  return new Map(
    fields.map(({ name, type }): [string, Tensor] => {
      const shape = type.shape.map((dim) => evaluateDim(dim, env));
      const count = shape.reduce((a, b) => a * b, 1);
      const element = (): number =>
        type.dtype === "f32" ? Math.fround(next()) : Math.floor(classes * next());
      return [name, tensor(type.dtype, shape, Array.from({ length: count }, element))];
    }),
  );
};

type Case = {
  readonly file: string;
  readonly name: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly edits?: readonly Edit[];
  readonly classes?: number;
  /** Declarations that use those of a sample without a model. */
  readonly more?: string;
};

const moduleOf = ({ file, name, edits = [], more }: Case): Module => {
  const { modules, diagnostics } = elaborateSample(file, edits, [name], more);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return modules.find((module) => module.name === name)!;
};

const small: readonly Edit[] = [["784", "13"]];
const smallMlp: readonly Edit[] = [
  ...small,
  ["[256, 128, 64], classes = 10", "[9, 7, 5], classes = 4"],
];
const smallAe: readonly Edit[] = [...small, ["256", "9"], ["code = 32", "code = 3"]];
const smallVae: readonly Edit[] = [...small, ["400", "9"], ["latent = 16", "latent = 3"]];
const smallGan: readonly Edit[] = [
  ["z_dim = 100", "z_dim = 5"],
  ["ch = 64", "ch = 1"],
];
/** Images of 16x16 for training; the forward tests keep 64x64. */
const tinyGan: readonly Edit[] = [
  ...smallGan,
  ["64, 64", "16, 16"],
  ["4 * 4 * 8", "8"],
  ["[B, 4, 4, 8 * ch]", "[B, 1, 1, 8 * ch]"],
];
/** `B` and `T` cannot both be told from the length of an array. */
const fixedT = (size: number): Edit => ["batch: 16", `batch: 16\n  T: ${size}`];
const smallGpt: readonly Edit[] = [
  [
    "vocab = 256, ctx = 256, depth = 6, heads = 6, width = 384",
    "vocab = 7, ctx = 9, depth = 1, heads = 2, width = 6",
  ],
];
const smallLstm: readonly Edit[] = [
  ["vocab = 96, units = 256", "vocab = 7, units = 5"],
  ["Embedding(vocab, 64)", "Embedding(vocab, 3)"],
  ["vocab = 10_000, tags = 17", "vocab = 7, tags = 3"],
  ["Embedding(vocab, 128)", "Embedding(vocab, 3)"],
  ["scan T { Lstm(128) }", "scan T { Lstm(5) }"],
  ["reverse { Lstm(128) }", "reverse { Lstm(4) }"],
];
const smallSeq: readonly Edit[] = [["vocab = 64, units = 128", "vocab = 7, units = 5"]];
const smallRanker: readonly Edit[] = [
  boundOfConv1D,
  ["10_000", "11"],
  ["50_000", "11"],
  ["DIM = 64", "DIM = 5"],
];
const smallTwin: readonly Edit[] = [
  boundOfConv1D,
  ["28, 28", "6, 5"],
  ["Tower(64)", "Tower(4)"],
  ["Conv(32, 3)", "Conv(3, 3)"],
];

const forward: readonly Case[] = [
  { file: "01-mlp.dlm", name: "Mlp", sizes: { B: 3 }, edits: smallMlp },
  {
    file: "02-lenet.dlm",
    name: "LeNet",
    sizes: { B: 2 },
    edits: [
      ["28, 28", "8, 8"],
      ["120", "7"],
      ["84", "5"],
    ],
  },
  {
    file: "03-lstm.dlm",
    name: "CharLstm",
    sizes: { B: 3, T: 7 },
    edits: smallLstm,
    classes: 7,
  },
  {
    file: "03-lstm.dlm",
    name: "CharLstm",
    sizes: { B: 1, T: 1 },
    edits: smallLstm,
    classes: 7,
  },
  {
    file: "03-lstm.dlm",
    name: "BiTagger",
    sizes: { B: 3, T: 5 },
    edits: smallLstm,
    classes: 7,
  },
  {
    file: "11-gru.dlm",
    name: "Seq2Seq",
    sizes: { B: 3, S: 5, T: 4 },
    edits: smallSeq,
    classes: 7,
  },
  { file: "04-autoencoder.dlm", name: "DenoisingAE", sizes: { B: 5 }, edits: smallAe },
  { file: "05-vae.dlm", name: "Encoder", sizes: { B: 5 }, edits: smallVae },
  { file: "05-vae.dlm", name: "Decoder", sizes: { B: 1 }, edits: smallVae },
  { file: "06-gan.dlm", name: "Generator", sizes: { B: 2 }, edits: smallGan },
  { file: "06-gan.dlm", name: "Discriminator", sizes: { B: 1 }, edits: smallGan },
  { file: "08-gpt.dlm", name: "Gpt", sizes: { B: 3, T: 5 }, edits: smallGpt, classes: 7 },
  {
    file: "08-gpt.dlm",
    name: "Gpt",
    sizes: { B: 2, T: 9 },
    edits: [...smallGpt, ["moe = false", "moe = true"]],
    classes: 7,
  },
  { file: "10-library.dlm", name: "Ranker", sizes: { B: 5 }, edits: smallRanker, classes: 11 },
  { file: "10-library.dlm", name: "Siamese", sizes: { B: 3 }, edits: smallTwin },
  {
    file: "07-moe.dlm",
    name: "Moe",
    sizes: { B: 2, T: 3 },
    more: "model Moe(x: [B, T, 6]) -> [B, T, 6] { return x -> SwitchFFN(3, 5) }",
  },
  {
    file: "09-custom.dlm",
    name: "Losses",
    sizes: { B: 5 },
    classes: 4,
    more: `model Losses(logits: [B, 4], label: int[B], a: [B, 3], c: [B, 3]) -> (f: float, n: float, s: [B, 3]) {
      return focal(logits, label), info_nce(a, c), snake(mish(a))
    }`,
  },
  {
    file: "13-convolution.dlm",
    name: "Cnn",
    sizes: { B: 3 },
    more: `model Cnn(image: [B, 9, 7, 2]) -> [B, 3] {
      return image -> Conv(4, 3, stride = 2, pad = "same", dilation = 2) -> relu -> max_pool(2) -> flatten -> Dense(3)
    }`,
  },
];

describe("models give the interpreter's numbers in emitted code", () => {
  for (const one of forward)
    test(`${one.name} ${JSON.stringify(one.sizes)}`, async () => {
      const module = moduleOf(one);
      const { graph, inputs } = module.entries[0]!;
      const fields = inputs.flatMap((input, i) =>
        input.kind === "data" ? [{ name: input.name, type: graph.inputs[i]!.type }] : [],
      );
      const differences = await forwardApart(
        module,
        dataFor(fields, one.sizes, one.classes ?? 2, 1),
        one.sizes,
      );
      expect(differences.size).toBeGreaterThan(0);
      for (const [name, difference] of differences) expect(difference, name).toBeLessThan(1e-5);
    });
});

const training: readonly (Case & { readonly executions?: number })[] = [
  { file: "01-mlp.dlm", name: "MlpTrainer", sizes: { B: 5 }, edits: smallMlp, classes: 4 },
  {
    file: "03-lstm.dlm",
    name: "CharTrainer",
    sizes: { B: 3, T: 5 },
    edits: [...smallLstm, ["batch: 32", "batch: 32\n  T: 5"]],
    classes: 7,
  },
  {
    file: "11-gru.dlm",
    name: "Translate",
    sizes: { B: 3, S: 5, T: 4 },
    edits: smallSeq,
    classes: 7,
    more: `train Translate {
      data source: int[B, 5], target: int[B, 4]
      let net = Seq2Seq()
      minimize mean(cross_entropy(net(source, target), target)) using Adam(lr = 1e-2)
    }`,
  },
  { file: "04-autoencoder.dlm", name: "DaeTrainer", sizes: { B: 5 }, edits: smallAe },
  { file: "05-vae.dlm", name: "VaeTrainer", sizes: { B: 5 }, edits: smallVae },
  { file: "06-gan.dlm", name: "Dcgan", sizes: { B: 3 }, edits: tinyGan, executions: 3 },
  {
    file: "06-gan.dlm",
    name: "Wgan",
    sizes: { B: 3 },
    edits: [...tinyGan, ["repeat 5", "repeat 2"]],
    executions: 3,
  },
  {
    file: "08-gpt.dlm",
    name: "GptTrainer",
    sizes: { B: 3 },
    edits: [...smallGpt, fixedT(5)],
    classes: 7,
  },
  {
    file: "08-gpt.dlm",
    name: "GptTrainer",
    sizes: { B: 2 },
    edits: [...smallGpt, fixedT(3), ["moe = false", "moe = true"]],
    classes: 7,
  },
  { file: "10-library.dlm", name: "FineTune", sizes: { B: 3 }, edits: smallTwin },
  {
    file: "12-optimizer.dlm",
    name: "Critic",
    sizes: { B: 5 },
    more: `model Net(x: [B, 3]) -> [B] { return x -> Dense(4) -> tanh -> Dense(1) -> reshape([B]) }
    train Critic {
      data x: [B, 3]
      let net = Net()
      minimize gradient_penalty(net(x), x) using Adam(lr = cosine(1e-2, 2, 9))
    }`,
  },
];

describe("recipes train as the interpreter does", () => {
  for (const one of training)
    test(`${one.name} ${JSON.stringify(one.sizes)}`, async () => {
      const module = moduleOf(one);
      const { fields } = module.train!;
      const batchOf = (n: number): Data => dataFor(fields, one.sizes, one.classes ?? 2, n);
      const differences = await trainingApart(module, batchOf, one.executions ?? 3);
      expect(differences.size).toBeGreaterThan(3);
      for (const [name, difference] of differences) expect(difference, name).toBeLessThan(1e-4);
    });
});
