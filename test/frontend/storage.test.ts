// Params, buffers, draws and penalties: what is stored, how it starts, what a step writes back.

import { describe, expect, test } from "vitest";
import { elaborate } from "../../compiler/frontend/index.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { compileModel, errors } from "../frontend-values/run-model.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

const modulesOf = (text: string): readonly Module[] => {
  const { modules, diagnostics } = elaborate({ entry: "t.dlm", read: () => text });
  const problems = diagnostics.filter(({ severity }) => severity === "error");
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
  return modules;
};

/** What the one step of the recipe in a program writes, with every weight 1 and every buffer as given. */
const stepWrites = (text: string, buffers: Readonly<Record<string, number>>) => {
  const module = modulesOf(text).find(({ train }) => train !== null)!;
  const step = entryOf(module, module.train!.steps[0]!.entry);
  const data = new Map([["x", tensor("f32", [3, 2], [1, 2, 3, 4, 5, 6])]]);
  const stored = new Map(
    module.stored.map(({ path, storage, type }) => {
      const shape = type.shape.map(Number);
      const count = shape.reduce((a, b) => a * b, 1);
      const value = buffers[path] ?? (storage === "param" ? 1 : 0);
      return [
        path,
        tensor(
          type.dtype,
          shape,
          Array.from({ length: count }, () => value),
        ),
      ];
    }),
  );
  return interpretEntry(step, { data, stored });
};

describe("params", () => {
  const initOf = (declaration: string) =>
    compileModel(`model M(x: [B, 5]) -> [B, 7] {
      param W: ${declaration}
      return x @ W
    }`).stored[0]?.init;

  test("start from their distribution, with fans from the shape", () => {
    expect(initOf("[5, 7] ~ glorot()")).toEqual({
      kind: "uniform",
      lo: -Math.sqrt(6 / 12),
      hi: Math.sqrt(6 / 12),
    });
    expect(initOf("[5, 7] ~ he()")).toEqual({ kind: "normal", mean: 0, std: Math.sqrt(2 / 5) });
    expect(initOf("[5, 7] ~ he(fan_in = 50)")).toEqual({
      kind: "normal",
      mean: 0,
      std: Math.sqrt(2 / 50),
    });
    expect(initOf("[5, 7] ~ orthogonal(2)")).toEqual({ kind: "orthogonal", gain: 2 });
    expect(initOf("[5, 7] = 1 / 4")).toEqual({ kind: "constant", value: 0.25 });
  });

  test("a kernel's fan_in counts the window", () => {
    const { stored } = compileModel(
      "model M(x: [B, 9, 9, 2]) -> [B, 7, 7, 4] { return x -> Conv(4, 3, bias = false) }",
    );
    expect(stored[0]?.init).toEqual({ kind: "normal", mean: 0, std: Math.sqrt(2 / 18) });
  });

  test("take configuration and input sizes, never symbols", () => {
    expect(errors("model M(x: [B, 5]) -> [B, 5] { param s: [B, 5] = 1\n return x * s }")).toEqual([
      "DLM0502 a weight cannot have the symbolic size `B`",
    ]);
  });
});

describe("buffers", () => {
  const counter = `
    block Count()(x: [B, D]) -> [B, D] {
      param w: [D] = 1
      buffer n: float = 0
      next n = n + 1
      return x * w * next n
    }`;

  test("`next` takes effect once per application, in order", () => {
    const writes = stepWrites(
      `${counter}
      train T {
        data x: [B, 2]
        let net = M()
        minimize mean(net(x)) using Sgd(lr = 0)
      }
      model M(x: [B, 2]) -> [B, 2] {
        let c = Count()
        return x -> c -> c
      }`,
      { "net.c.n": 4 },
    );
    // The first application multiplies by 5, the second by 6.
    expect(writes.stores.get("net.c.n")?.data).toEqual(Float64Array.of(6));
    expect(writes.loss).toBeCloseTo((21 / 6) * 5 * 6, 12);
  });

  test("stay as they are outside training", () => {
    const module = modulesOf(`${counter}
      model M(x: [B, 2]) -> [B, 2] { return x -> Count() }`)[0]!;
    const forward = entryOf(module, "forward");
    expect(forward.outputs.map(({ kind }) => kind)).toEqual(["result"]);
    expect(module.stored.map(({ path, storage }) => `${storage} ${path}`)).toEqual([
      "param Count_0.w",
      "buffer Count_0.n",
    ]);
  });

  test("only what is a buffer has a next", () => {
    const text = (next: string): string => `
      block F()(x: [B, D]) -> [B, D] {
        buffer n: float = 0
        ${next}
        return x * n
      }
      model M(x: [B, 5]) -> [B, 5] { return x -> F() }`;
    expect(errors(text("next m = 1"))).toEqual([
      "DLM0503 `m` is neither a `state` nor a `buffer` of this body",
    ]);
    expect(errors(text("next n = 1\n next n = 2"))).toEqual([
      "DLM0509 `n` gets its next value twice",
    ]);
    expect(errors(text("next n = x"))).toHaveLength(1);
  });
});

describe("draws", () => {
  const streams = (text: string): readonly string[] =>
    modulesOf(text).flatMap(({ entries }) =>
      entries.flatMap(({ inputs }) =>
        inputs.flatMap((input) => (input.kind === "draw" ? [input.stream] : [])),
      ),
    );

  test("have one stream per layer, statement and application", () => {
    expect(
      streams(`
        block Noise()(x: [B, D]) -> [B, D] {
          let a: [B, D] ~ normal()
          let b: [B, D] ~ uniform()
          return x + a * b
        }
        model M(x: [B, 5]) -> [B, 5] {
          let n = Noise()
          return x -> n -> n -> Noise()
        }`),
    ).toEqual([
      "n/Noise#0@0",
      "n/Noise#1@0",
      "n/Noise#0@1",
      "n/Noise#1@1",
      "Noise_0/Noise#0@0",
      "Noise_0/Noise#1@0",
    ]);
  });

  test("that no result needs cost nothing", () => {
    expect(streams("model M(x: [B, 5]) -> [B, 5] { return x -> Dropout(0.5) }")).toEqual([]);
  });
});

describe("weights read in a loss", () => {
  test("are the ones that learn, also before the net is applied", () => {
    const { loss, stores } = stepWrites(
      `model M(x: [B, 2]) -> [B, 2] {
        let head = Scale()
        return x -> head
      }
      block Scale()(x: [B, D]) -> [B, D] {
        param w: [D] = 1
        return x * w
      }
      train T {
        data x: [B, 2]
        let net = M()
        minimize 0.5 * sum(net.head.w^2) + mean(net(x)) using Sgd(lr = 1)
        metric size = sum(net.head.w^2)
      }`,
      {},
    );
    expect(loss).toBeCloseTo(1 + 21 / 6, 12);
    const [first, second] = stores.get("net.head.w")!.data;
    expect(first).toBeCloseTo(1 - (1 + 9 / 6), 12);
    expect(second).toBeCloseTo(1 - (1 + 12 / 6), 12);
  });
});

describe("penalties", () => {
  test("join the loss once per application", () => {
    const { loss, stores } = stepWrites(
      `block Weighted()(x: [B, D]) -> [B, D] {
        param w: [D] = 1
        penalty 0.5 * sum(w^2)
        return x * w
      }
      model M(x: [B, 2]) -> [B, 2] {
        let f = Weighted()
        return x -> f -> f
      }
      train T {
        data x: [B, 2]
        let net = M()
        minimize mean(net(x)) using Sgd(lr = 1)
      }`,
      {},
    );
    expect(loss).toBeCloseTo(21 / 6, 12);
    // d mean(x w^2) / dw = 2 w sum(x) / 6; each of the two penalties adds w.
    const [first, second] = stores.get("net.f.w")!.data;
    expect(first).toBeCloseTo(1 - ((2 * 9) / 6 + 2), 12);
    expect(second).toBeCloseTo(1 - ((2 * 12) / 6 + 2), 12);
  });
});
