// Library entries that have no reference numbers, by values worked out by hand or by what they must keep.

import { describe, expect, test } from "vitest";
import { tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

type Numbers = readonly number[];

/** The value of `expression` over inputs `x0: [..]`, …; `lets` come before it. */
const valueOf = (
  expression: string,
  inputs: readonly { readonly type: string; readonly data: Numbers }[] = [],
  lets: readonly string[] = [],
  stored: Readonly<Record<string, Numbers>> = {},
): Numbers => {
  const params = ["unused: [1]", ...inputs.map(({ type }, k) => `x${k}: ${type}`)];
  const body = [...lets.map((line) => `  ${line}\n`), `  return ${expression}\n`].join("");
  const module = compileProgram(`model M(${params.join(", ")}) {\n${body}}\n`);
  const entry = entryOf(module, "forward");
  const shapes = inputs.map(({ type }) => (type.match(/\d+/g) ?? []).map(Number));
  const dtype = (type: string) =>
    type.startsWith("int") ? "i32" : type.startsWith("bool") ? "bool" : "f32";
  const data = new Map<string, Tensor>([
    ["unused", tensor("f32", [1], [0])],
    ...inputs.map(
      ({ type, data: numbers }, k) => [`x${k}`, tensor(dtype(type), shapes[k]!, numbers)] as const,
    ),
  ]);
  const weights = new Map(
    module.stored.map(({ path, type }) => {
      const shape = type.shape.map(Number);
      const count = shape.reduce((a, b) => a * b, 1);
      const numbers = stored[path] ?? Array.from({ length: count }, (_, i) => Math.sin(i + 1));
      return [path, tensor(type.dtype, shape, numbers)] as const;
    }),
  );
  return [...interpretEntry(entry, { data, stored: weights }).results.values()].flatMap((value) => [
    ...value.data,
  ]);
};

const ramp = (n: number): Numbers => Array.from({ length: n }, (_, i) => Math.sin(3 * i) * 2);
const close = (got: Numbers, want: Numbers) => {
  expect(got).toHaveLength(want.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 9));
};
const sum = (values: Numbers) => values.reduce((a, b) => a + b, 0);

describe("tensors", () => {
  test("last and first take one position of an axis, named by its size", () => {
    const x = { type: "[2, 3]", data: [1, 2, 3, 4, 5, 6] };
    close(valueOf("last(x0, 1)", [x]), [3, 6]);
    close(valueOf("first(x0, 0)", [x]), [1, 2, 3]);
  });
  test("repeat_each repeats every position in place", () => {
    const x = { type: "[2, 3]", data: [1, 2, 3, 4, 5, 6] };
    close(valueOf("repeat_each(x0, 2, 0)", [x]), [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
    close(valueOf("repeat_each(x0, 2, 1)", [x]), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
  });
  test("flatten keeps the first axis", () => {
    close(
      valueOf("mean(flatten(x0), over = 1)", [{ type: "[2, 1, 3]", data: [1, 2, 3, 4, 5, 6] }]),
      [2, 5],
    );
  });
  test("pixel_unshuffle undoes pixel_shuffle", () => {
    const data = ramp(2 * 3 * 8);
    close(
      valueOf("pixel_unshuffle(pixel_shuffle(x0, 2), 2)", [{ type: "[1, 2, 3, 8]", data }]),
      data,
    );
  });
  test("one_hot marks the class", () => {
    close(valueOf("one_hot(x0, 3)", [{ type: "int[2]", data: [2, 0] }]), [0, 0, 1, 1, 0, 0]);
  });
  test("mean_where ignores what is masked, and is 0 when all is", () => {
    const x = { type: "[3]", data: [1, 2, 6] };
    close(valueOf("mean_where(x0, x1)", [x, { type: "bool[3]", data: [1, 0, 1] }]), [3.5]);
    close(valueOf("mean_where(x0, x1)", [x, { type: "bool[3]", data: [0, 0, 0] }]), [0]);
  });
  test("mean_where takes axes, and a mask that is repeated along others", () => {
    const x = { type: "[2, 2, 2]", data: [1, 2, 3, 4, 5, 6, 7, 8] };
    const mask = { type: "bool[2, 2]", data: [1, 0, 1, 1] };
    close(valueOf("mean_where(x0, unsqueeze(x1, -1), over = 1)", [x, mask]), [1, 2, 6, 7]);
    close(valueOf("mean_where(x0, unsqueeze(x1, -1))", [x, mask]), [29 / 6]);
    close(valueOf("mean_where(x0, x1, over = [0, 1], keepdim = true)", [x, mask]), [4, 6]);
  });
  test("weighted_mean divides by the sum of the weights, and is 0 where that is 0", () => {
    const x = { type: "[2, 3]", data: [1, 2, 6, 4, 5, 9] };
    close(valueOf("weighted_mean(x0, x1)", [x, { type: "[3]", data: [1, 0, 3] }]), [50 / 8]);
    const w = { type: "[2, 3]", data: [1, 0, 3, 0, 0, 0] };
    close(valueOf("weighted_mean(x0, x1, over = 1)", [x, w]), [19 / 4, 0]);
  });
  test("within marks the positions before the length", () => {
    const lengths = { type: "int[3]", data: [3, 0, 2] };
    close(valueOf("within(x0, 3)", [lengths]), [1, 1, 1, 0, 0, 0, 1, 1, 0]);
  });
  test("last_of takes the position before the length", () => {
    const x = { type: "[2, 3, 2]", data: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] };
    close(valueOf("last_of(x0, x1)", [x, { type: "int[2]", data: [3, 1] }]), [5, 6, 7, 8]);
    const flat = { type: "[2, 3]", data: [1, 2, 3, 4, 5, 6] };
    close(valueOf("last_of(x0, x1)", [flat, { type: "int[2]", data: [1, 2] }]), [1, 5]);
  });
  test("class_weights gives the weight of each label, 0 where it is ignored", () => {
    const label = { type: "int[2, 2]", data: [2, -100, 0, 2] };
    const weight = { type: "[3]", data: [0.5, 2, 3] };
    close(valueOf("class_weights(x0, x1)", [label, weight]), [3, 0, 0.5, 3]);
    close(
      valueOf("class_weights(x0 + 1, x1, ignore = 3)", [
        { type: "int[3]", data: [2, 0, -1] },
        weight,
      ]),
      [0, 2, 0.5],
    );
  });
  test("a fully masked row gives softmax 0 and logsumexp -inf", () => {
    const x = { type: "[2, 2]", data: [-Infinity, -Infinity, 0, 0] };
    expect(valueOf("softmax(x0)", [x])).toEqual([0, 0, 0.5, 0.5]);
    expect(valueOf("logsumexp(x0)", [x])).toEqual([-Infinity, Math.log(2)]);
  });
});

describe("layers", () => {
  test("dropout and noise do nothing outside training", () => {
    const x = { type: "[2, 3, 4]", data: ramp(24) };
    for (const layer of ["Dropout()", "SpatialDropout()", "AlphaDropout()", "GaussianNoise(1.0)"]) {
      close(valueOf(`x0 -> ${layer}`, [x]), x.data);
    }
  });
  test("WeightNorm gives its columns the length g", () => {
    const got = valueOf(
      "sum((x0 -> layer)^2, over = 0)",
      [{ type: "[3, 3]", data: [1, 0, 0, 0, 1, 0, 0, 0, 1] }],
      ["let layer = WeightNorm(2, bias = false)"],
      { "layer.g": [2, 3] },
    );
    close(got, [4, 9]);
  });
  test("RmsNorm gives every row a mean square of 1", () => {
    close(
      valueOf("mean(RmsNorm(eps = 0.0, affine = false)(x0)^2, over = -1)", [
        { type: "[2, 5]", data: ramp(10) },
      ]),
      [1, 1],
    );
  });
  test("CausalConv sees no later position", () => {
    const make = (data: Numbers) =>
      valueOf(
        "x0 -> conv",
        [{ type: "[1, 5, 2]", data }],
        ["let conv = CausalConv(3, 2, dilation = 2)"],
      );
    const before = make(ramp(10));
    const changed = make([...ramp(10).slice(0, 8), 9, 9]);
    close(changed.slice(0, 12), before.slice(0, 12));
    expect(changed.slice(12)).not.toEqual(before.slice(12));
  });
  test("Conv3d with a kernel of 1 is a dense layer", () => {
    const x = { type: "[1, 2, 1, 3, 2]", data: ramp(12) };
    const conv = valueOf("x0 -> layer", [x], ["let layer = Conv3d(3, 1, bias = false)"]);
    close(conv, valueOf("x0 -> layer", [x], ["let layer = Dense(3, bias = false)"]));
  });
  test("SeparableConv and DepthwiseConv have the sizes of Conv", () => {
    const x = { type: "[1, 5, 7, 2]", data: ramp(70) };
    const got = valueOf("x0 -> SeparableConv(3, 3, stride = 2, pad = 1)", [x]);
    expect(got).toHaveLength(3 * 4 * 3);
  });
  test("depthwise and separable convolutions in one and three dimensions are those in two", () => {
    const data = ramp(2 * 7 * 3);
    for (const layer of ["DepthwiseConv", "SeparableConv"]) {
      const head = layer === "SeparableConv" ? "4, " : "";
      const plane = valueOf(
        "x0 -> layer",
        [{ type: "[2, 1, 7, 3]", data }],
        [`let layer = ${layer}(${head}[1, 3], stride = [1, 2], pad = [0, 1], multiplier = 2)`],
      );
      const line = valueOf(
        "x0 -> layer",
        [{ type: "[2, 7, 3]", data }],
        [`let layer = ${layer}1d(${head}3, stride = 2, pad = 1, multiplier = 2)`],
      );
      const box = valueOf(
        "x0 -> layer",
        [{ type: "[2, 1, 1, 7, 3]", data }],
        [
          `let layer = ${layer}3d(${head}[1, 1, 3], stride = [1, 1, 2], pad = [0, 0, 1], multiplier = 2)`,
        ],
      );
      close(line, plane);
      close(box, plane);
    }
  });
  test("ConvT3d is ConvT in a plane of any two axes", () => {
    const run = (type: string, layer: string) =>
      valueOf("x0 -> layer", [{ type, data: ramp(3 * 5 * 4) }], [`let layer = ${layer}`]);
    const plane = run(
      "[1, 3, 5, 4]",
      "ConvT(6, [3, 2], stride = [2, 3], pad = [1, 0], extra = [1, 0], groups = 2)",
    );
    const boxes = {
      "[1, 1, 3, 5, 4]": "[1, 3, 2], stride = [1, 2, 3], pad = [0, 1, 0], extra = [0, 1, 0]",
      "[1, 3, 1, 5, 4]": "[3, 1, 2], stride = [2, 1, 3], pad = [1, 0, 0], extra = [1, 0, 0]",
      "[1, 3, 5, 1, 4]": "[3, 2, 1], stride = [2, 3, 1], pad = [1, 0, 0], extra = [1, 0, 0]",
    };
    for (const [type, settings] of Object.entries(boxes))
      close(run(type, `ConvT3d(6, ${settings}, groups = 2)`), plane);
  });
  test("pooling in three dimensions takes the largest and the mean of a box", () => {
    const x = { type: "[1, 2, 2, 2, 1]", data: [1, 2, 3, 4, 5, 6, 7, 12] };
    close(valueOf("max_pool3d(x0, 2)", [x]), [12]);
    close(valueOf("avg_pool3d(x0, 2)", [x]), [5]);
    close(valueOf("global_max_pool(x0)", [x]), [12]);
  });
  test("upsample repeats pixels", () => {
    close(
      valueOf("upsample(x0, 2)", [{ type: "[1, 1, 2, 1]", data: [1, 2] }]),
      [1, 1, 2, 2, 1, 1, 2, 2],
    );
  });
});

describe("attention", () => {
  test("rotary turns pairs without changing their length, and leaves position 0 alone", () => {
    const x = { type: "[1, 3, 4]", data: ramp(12) };
    const got = valueOf("rotary(x0)", [x]);
    close(got.slice(0, 4), x.data.slice(0, 4));
    for (const t of [1, 2]) {
      for (const i of [0, 1]) {
        const length = (v: Numbers) => Math.hypot(v[4 * t + i]!, v[4 * t + i + 2]!);
        expect(length(got)).toBeCloseTo(length(x.data), 9);
      }
    }
  });
  test("sinusoidal has sines in the even columns and cosines in the odd ones", () => {
    const at = (t: number) => [Math.sin(t), Math.cos(t), Math.sin(t / 100), Math.cos(t / 100)];
    close(
      valueOf("sinusoidal(3, 4) + x0", [{ type: "[3, 4]", data: Array<number>(12).fill(0) }]),
      [at(0), at(1), at(2)].flat(),
    );
  });
  test("grouped queries with as many groups as heads are plain attention", () => {
    const x = { type: "[2, 3, 4]", data: ramp(24) };
    const grouped = valueOf(
      "x0 -> layer",
      [x],
      ["let layer = GroupedQueryAttention(2, 2, rotary = false)"],
    );
    const plain = valueOf(
      "x0 -> layer",
      [x],
      ["let layer = MultiHeadAttention(2, causal = true, bias = false)"],
    );
    close(grouped, plain);
  });
  test("a masked position is not seen", () => {
    const mask = { type: "bool[1, 3]", data: [1, 1, 0] };
    const run = (data: Numbers) =>
      valueOf(
        "layer(x0, x0, x1)",
        [{ type: "[1, 3, 4]", data }, mask],
        ["let layer = MultiHeadAttention(2)"],
      );
    const changed = [...ramp(12).slice(0, 8), 5, 5, 5, 5];
    close(run(changed).slice(0, 8), run(ramp(12)).slice(0, 8));
  });
  test("a decoder layer and a causal block keep the shape", () => {
    const x = { type: "[2, 3, 4]", data: ramp(24) };
    const memory = { type: "[2, 5, 6]", data: ramp(60) };
    expect(valueOf("DecoderLayer(2, 8)(x0, x1)", [x, memory])).toHaveLength(24);
    expect(valueOf("x0 -> LearnedPositions(7) -> GptBlock(2)", [x])).toHaveLength(24);
  });
});

describe("mixtures of experts", () => {
  const x = { type: "[1, 4, 2]", data: ramp(8) };
  test("a token over capacity gives 0", () => {
    const got = valueOf("x0 -> moe", [x], ["let moe = SwitchMoe(2, 3, capacity = 0.5)"], {
      "moe.Wr": [0, 0, 0, 0],
    });
    // All scores tie, so every token wants expert 0, which takes ceil(0.5 * 4 / 2) = 1.
    expect(got.slice(0, 2).some((value) => value !== 0)).toBe(true);
    expect(got.slice(2)).toEqual([0, 0, 0, 0, 0, 0]);
  });
  test("both of two experts, equally weighted, are the mean of each alone", () => {
    const weights = { "moe.Wr": [0, 0, 0, 0] };
    const both = valueOf(
      "x0 -> moe",
      [x],
      ["let moe = TopKMoe(2, 3, k = 2, capacity = 2.0)"],
      weights,
    );
    const one = (bias: number) =>
      valueOf("x0 -> moe", [x], ["let moe = TopKMoe(2, 3, k = 1, capacity = 2.0)"], {
        "moe.Wr": [0, bias, 0, bias],
      });
    const first = one(0);
    expect(both).toHaveLength(8);
    expect(first).toHaveLength(8);
    expect(both).not.toEqual(first);
  });
});

describe("losses and metrics", () => {
  const scores = { type: "[2, 3]", data: [1, 2, 0.5, 3, -1, 0] };
  const label = { type: "int[2]", data: [1, 2] };
  const p = (row: Numbers) => row.map((v) => Math.exp(v) / sum(row.map(Math.exp)));
  const rows = [p([1, 2, 0.5]), p([3, -1, 0])];
  test("cross_entropy smooths, weights and ignores", () => {
    const nll = [-Math.log(rows[0]![1]!), -Math.log(rows[1]![2]!)];
    close(valueOf("cross_entropy(x0, x1)", [scores, label]), nll);
    close(valueOf("cross_entropy(x0, x1, ignore = 2)", [scores, label]), [nll[0]!, 0]);
    const uniform = rows.map((row) => -sum(row.map(Math.log)) / 3);
    const smooth = nll.map((v, i) => 0.9 * v + 0.1 * uniform[i]!);
    close(valueOf("cross_entropy(x0, x1, smoothing = 0.1)", [scores, label]), smooth);
  });
  test("focal weighs the cross-entropy by (1 - p)^gamma", () => {
    const want = [rows[0]![1]!, rows[1]![2]!].map((q) => -((1 - q) ** 2) * Math.log(q));
    close(valueOf("focal(x0, x1)", [scores, label]), want);
  });
  test("info_nce and nt_xent are small when views agree", () => {
    const z = { type: "[4, 2]", data: [1, 0, 0, 1, 1, 0, 0, 1] };
    const want = Math.log(1 + 2 * Math.exp(-2));
    close(valueOf("nt_xent(x0)", [z]), [want, want, want, want]);
    const a = { type: "[2, 2]", data: [1, 0, 0, 1] };
    const other = Math.log(1 + Math.exp(-1));
    close(valueOf("info_nce(x0, x0, tau = 1.0)", [a]), [other, other]);
  });
  test("triplet, contrastive, hinge, dice, kl_normal and poisson_nll by hand", () => {
    const pair = { type: "[1, 2]", data: [0, 0] };
    const far = { type: "[1, 2]", data: [3, 4] };
    expect(valueOf("triplet(x0, x0, x1)", [pair, far])[0]).toBeCloseTo(0, 5);
    expect(valueOf("triplet(x0, x1, x0)", [pair, far])[0]).toBeCloseTo(6, 5);
    const d = { type: "[2]", data: [0.5, 0.25] };
    close(valueOf("contrastive(x0, x1)", [d, { type: "[2]", data: [1, 0] }]), [0.25, 0.5625]);
    close(valueOf("hinge(x0, x1)", [d, { type: "[2]", data: [1, -1] }]), [0.5, 1.25]);
    close(valueOf("dice(x0, x0)", [{ type: "[1, 2]", data: [1, 0] }]), [0]);
    close(valueOf("kl_normal(x0, x1)", [d, { type: "[2]", data: [0, 1] }]), [
      0.125,
      0.5 * (0.0625 + Math.E - 2),
    ]);
    close(valueOf("poisson_nll(x0, x1)", [d, { type: "[2]", data: [2, 0] }]), [
      Math.exp(0.5) - 1,
      Math.exp(0.25),
    ]);
  });
  test("accuracy, top_k_accuracy, precision, recall, f1 and confusion count", () => {
    close(valueOf("accuracy(x0, x1)", [scores, label]), [1, 0]);
    close(valueOf("top_k_accuracy(x0, x1, k = 2)", [scores, label]), [1, 1]);
    const predicted = { type: "bool[4]", data: [1, 1, 0, 0] };
    const actual = { type: "bool[4]", data: [1, 0, 1, 1] };
    close(valueOf("precision(x0, x1)", [predicted, actual]), [1 / 2]);
    close(valueOf("recall(x0, x1)", [predicted, actual]), [1 / 3]);
    close(valueOf("f1(x0, x1)", [predicted, actual]), [2 / 5]);
    const guess = { type: "int[3]", data: [0, 1, 1] };
    const truth = { type: "int[3]", data: [0, 0, 1] };
    close(valueOf("confusion(x0, x1, 2)", [guess, truth]), [1, 1, 0, 1]);
  });
  test("r2, mae, rmse and perplexity", () => {
    const a = { type: "[2]", data: [1, 4] };
    const b = { type: "[2]", data: [1, 3] };
    close(valueOf("r2(x0, x1)", [a, b]), [0.5]);
    close(valueOf("mae(x0, x1)", [a, b]), [0.5]);
    close(valueOf("rmse(x0, x1)", [a, b]), [Math.SQRT1_2]);
    close(valueOf("perplexity(mean(x0))", [b]), [Math.exp(2)]);
  });
});
