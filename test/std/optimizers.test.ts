// Optimizers without a trace of PyTorch's, against their formulas written out again.

import { describe, expect, test } from "vitest";
import { filled, tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { optimise } from "../../compiler/pipeline.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

type Numbers = readonly number[];

/** A weight `[2, 3]` that starts at 0.5 everywhere and whose gradient is the data. */
const source = (optimizer: string): string => `model Net(x: [2, 3]) -> [2, 3] {
  param w: [2, 3] = 0.5
  return w * x
}

train Trace {
  data x: [2, 3]
  let net = Net()
  minimize sum(net(x)) using ${optimizer}
}
`;

/** The weight after each of the given gradients. */
const updated = (optimizer: string, gradients: readonly Numbers[]): readonly Numbers[] => {
  const module = compileProgram(source(optimizer), "Trace");
  const entry = entryOf(module, module.train!.steps[0]!.entry);
  const stored = new Map<string, Tensor>(
    module.stored.map(({ path, type, init }) => [
      path,
      filled(type.dtype, type.shape.map(Number), init.kind === "constant" ? init.value : 0),
    ]),
  );
  return gradients.map((gradient, i) => {
    const data = new Map([["x", tensor("f32", [2, 3], gradient)]]);
    const { stores } = interpretEntry(entry, { data, stored, step: i + 1 });
    for (const [path, value] of stores) stored.set(path, value);
    return [...stored.get("net.w")!.data];
  });
};

const gradients: readonly Numbers[] = [
  [1, -2, 0.5, 3, 0.25, -1],
  [0.5, 1, -1, 2, -0.75, 0],
  [-1, 0.3, 0.2, 1, 1, 2],
];

const close = (got: readonly Numbers[], want: readonly Numbers[]) =>
  got.forEach((values, step) =>
    values.forEach((value, i) => expect(value).toBeCloseTo(want[step]![i]!, 10)),
  );

/** Steps a whole weight; `state` is shared by the steps. */
const followed = (step: (w: Numbers, g: Numbers, t: number) => Numbers): readonly Numbers[] => {
  const weights: Numbers[] = [];
  gradients.forEach((g, i) => {
    weights.push(step(weights.at(-1) ?? Array<number>(6).fill(0.5), g, i + 1));
  });
  return weights;
};

/** Adam's two running means, corrected. */
const moments = (beta1: number, beta2: number) => {
  const m = Array<number>(6).fill(0);
  const v = Array<number>(6).fill(0);
  return (g: Numbers, t: number) => {
    g.forEach((value, i) => {
      m[i] = beta1 * m[i]! + (1 - beta1) * value;
      v[i] = beta2 * v[i]! + (1 - beta2) * value ** 2;
    });
    return {
      m,
      mean: m.map((x) => x / (1 - beta1 ** t)),
      square: v.map((x) => x / (1 - beta2 ** t)),
    };
  };
};

describe("optimizers by their papers' formulas", () => {
  test("Lion moves by the sign of a mix", () => {
    const m = Array<number>(6).fill(0);
    const want = followed((w, g) => {
      const next = w.map(
        (x, i) => x * (1 - 0.1 * 0.2) - 0.1 * Math.sign(0.9 * m[i]! + 0.1 * g[i]!),
      );
      g.forEach((value, i) => (m[i] = 0.99 * m[i]! + 0.01 * value));
      return next;
    });
    close(updated("Lion(lr = 0.1, decay = 0.2)", gradients), want);
  });

  test("Lamb scales Adam's step to the norm of the weight", () => {
    const adam = moments(0.9, 0.999);
    const norm = (values: Numbers) => Math.hypot(...values);
    const want = followed((w, g, t) => {
      const { mean, square } = adam(g, t);
      const r = mean.map((x, i) => x / (Math.sqrt(square[i]!) + 1e-6) + 0.3 * w[i]!);
      return w.map((x, i) => x - 0.1 * (norm(w) / norm(r)) * r[i]!);
    });
    close(updated("Lamb(lr = 0.1, decay = 0.3)", gradients), want);
  });

  test("NAdam looks one momentum ahead", () => {
    const adam = moments(0.9, 0.999);
    let product = 1;
    const want = followed((w, g, t) => {
      const mu = 0.9 * (1 - 0.5 * 0.96 ** (t * 4e-3));
      const ahead = 0.9 * (1 - 0.5 * 0.96 ** ((t + 1) * 4e-3));
      product *= mu;
      const { m, square } = adam(g, t);
      return w.map((x, i) => {
        const step = ((1 - mu) / (1 - product)) * g[i]! + (ahead / (1 - product * ahead)) * m[i]!;
        return x - (0.1 * step) / (Math.sqrt(square[i]!) + 1e-8);
      });
    });
    close(updated("NAdam(lr = 0.1)", gradients), want);
  });

  test("Muon moves a matrix by a nearly orthogonal one", () => {
    const [after = []] = updated("Muon(lr = 0.1)", gradients);
    const scale = Math.sqrt(3 / 2);
    const move = after.map((value) => (0.5 - value) / (0.1 * scale));
    const [a, b] = [move.slice(0, 3), move.slice(3)];
    const dot = (x: Numbers, y: Numbers) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    // Singular values are the roots of the eigenvalues of the 2 x 2 product.
    const trace = dot(a, a) + dot(b, b);
    const gap = Math.sqrt((dot(a, a) - dot(b, b)) ** 2 + 4 * dot(a, b) ** 2);
    for (const value of [(trace + gap) / 2, (trace - gap) / 2]) {
      expect(Math.sqrt(value)).toBeGreaterThan(0.6);
      expect(Math.sqrt(value)).toBeLessThan(1.3);
    }
  });

  test("RmsProp can hold the weights in a box", () => {
    const last = updated("RmsProp(lr = 1.0, clamp = 0.25)", gradients).at(-1) ?? [];
    expect(Math.max(...last.map(Math.abs))).toBe(0.25);
  });
});

describe("what an optimizer is not asked for costs nothing", () => {
  const plain = [
    "Sgd()",
    "Sgd(momentum = 0.9)",
    "Sgd(momentum = 0.9, nesterov = true)",
    "Adam()",
    "Adam(lr = warmup(1e-3, 5))",
    "AdamW(decay = 0)",
    "AdamW(lr = warmup(1e-3, 5), decay = 0)",
    "RmsProp()",
    "Adagrad()",
    "Adadelta()",
    "Adamax()",
    "NAdam()",
    "RAdam()",
    "Rprop()",
    "Lion(lr = warmup(1e-3, 5))",
    "Lamb()",
    "Muon(lr = warmup(1e-3, 5))",
  ];
  test.each(plain)("%s multiplies by neither 0 nor 1 and adds no 0", (optimizer) => {
    const module = optimise(compileProgram(source(optimizer), "Trace"));
    const { graph } = entryOf(module, module.train!.steps[0]!.entry);
    const idle = graph.ops.filter(({ name, operands }) => {
      const useless = name === "mul" ? [0, 1] : name === "add" ? [0] : [];
      return operands.some(({ def }) =>
        useless.some((value) => def.kind === "result" && def.op.attrs["value"] === value),
      );
    });
    expect(idle.map(({ name, results }) => `${results[0]!.hint}: ${name}`)).toEqual([]);
  });

  const means = ["Adam()", "AdamW(lr = warmup(1e-3, 5))", "Adam(amsgrad = true)", "Lamb()"];
  const others = ["NAdam()", "RAdam()", "Adamax()", "Adagrad(lr_decay = 0.1)", "RmsProp()"];
  test.each([...means, ...others])("%s divides a weight once", (optimizer) => {
    const module = optimise(compileProgram(source(optimizer), "Trace"));
    const { graph } = entryOf(module, module.train!.steps[0]!.entry);
    const divisions = graph.ops.filter(
      ({ name, results }) => name === "div" && results[0]!.type.shape.length > 0,
    );
    expect(divisions).toHaveLength(1);
  });

  test("a decay of a schedule decays", () => {
    const adam = moments(0.9, 0.999);
    const want = followed((w, g, t) => {
      const { mean, square } = adam(
        g.map((value, i) => value + 0.1 * Math.min(1, t / 2) * w[i]!),
        t,
      );
      return w.map((x, i) => x - (0.1 * mean[i]!) / (Math.sqrt(square[i]!) + 1e-8));
    });
    close(updated("Adam(lr = 0.1, decay = warmup(0.1, 2))", gradients), want);
  });
});
