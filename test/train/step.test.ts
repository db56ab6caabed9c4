import { describe, expect, test } from "vitest";
import type { Entry, Module } from "../../compiler/ir/module.ts";
import { filled, tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

/** Values that are easy to tell apart, the same in every run. */
const ramp = (shape: readonly number[], scale = 0.1): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1);
  return tensor(
    "f32",
    shape,
    Array.from({ length: count }, (_, i) => scale * (((i * 7) % 11) - 5)),
  );
};

const storedValues = (module: Module): Map<string, Tensor> =>
  new Map(
    module.stored.map((one) => {
      const shape = one.type.shape as readonly number[];
      return [one.path, one.storage === "param" ? ramp(shape) : filled("f32", shape, 0)];
    }),
  );

const storesOf = (entry: Entry): readonly string[] =>
  entry.outputs.flatMap((output) => (output.kind === "store" ? [output.path] : []));

const twoNets = (steps: string): Module =>
  compileProgram(
    `
model G(z: [B, 2]) -> [B, 3] { return z -> Dense(3) -> tanh }
model D(x: [B, 3]) -> [B] { return x -> Dense(4) -> relu -> Dense(1) -> reshape([B]) }
train Gan {
  data real: [B, 3]
  let G = G()
  let D = D()
  ${steps}
}`,
    "Gan",
  );

describe("what a step trains", () => {
  const module = twoNets(`
  step disc {
    let z: [B, 2] ~ normal()
    minimize mean(bce_logits(D(real), 1) + bce_logits(D(G(z)), 0)) over D using Sgd(lr = 0.5)
  }
  step gen repeat 2 {
    let z: [B, 2] ~ normal()
    minimize mean(bce_logits(D(G(z)), 1)) over G using Sgd(lr = 0.5)
  }`);

  test("`over D` changes the weights of D alone", () => {
    expect(storesOf(entryOf(module, "step_disc"))).toEqual([
      "D.Dense_0.W",
      "D.Dense_0.b",
      "D.Dense_1.W",
      "D.Dense_1.b",
    ]);
    expect(storesOf(entryOf(module, "step_gen"))).toEqual(["G.Dense_0.W", "G.Dense_0.b"]);
  });

  test("steps keep their order and their repeats", () => {
    expect(module.train?.steps.map(({ name, repeat }) => [name, repeat])).toEqual([
      ["disc", 1],
      ["gen", 2],
    ]);
  });

  test("draws of different steps have streams of their own", () => {
    const streams = module.entries
      .filter(({ name }) => name.startsWith("step"))
      .flatMap(({ inputs }) =>
        inputs.flatMap((input) => (input.kind === "draw" ? [input.stream] : [])),
      );
    expect(new Set(streams).size).toBe(2);
  });

  test("both nets get an entry of their own, under the names of their lets", () => {
    expect(module.train?.models.map(({ name, prefix }) => [name, prefix])).toEqual([
      ["G", "G"],
      ["D", "D"],
    ]);
  });
});

const linear = (minimize: string, extra = ""): Module =>
  compileProgram(
    `
train Fit {
  data x: [B, 2], y: [B, 1]
  let net = Dense(1)
  let loss = mean((net(x) - y)^2)
  minimize ${minimize}
  ${extra}
}`,
    "Fit",
  );
const batch = new Map([
  ["x", tensor("f32", [3, 2], [1, 2, -1, 0.5, 0.25, -2])],
  ["y", tensor("f32", [3, 1], [1, -1, 0.5])],
]);

/** d mean((xW + b - y)^2) by hand. */
const gradients = (w: readonly number[], b: number): { W: number[]; b: number; loss: number } => {
  const x = [...batch.get("x")!.data];
  const y = [...batch.get("y")!.data];
  let loss = 0;
  const W = [0, 0];
  let db = 0;
  for (let i = 0; i < 3; i++) {
    const error = x[2 * i]! * w[0]! + x[2 * i + 1]! * w[1]! + b - y[i]!;
    loss += (error * error) / 3;
    W[0]! += (2 * error * x[2 * i]!) / 3;
    W[1]! += (2 * error * x[2 * i + 1]!) / 3;
    db += (2 * error) / 3;
  }
  return { W, b: db, loss };
};

describe("how a step moves weights", () => {
  test("plain descent subtracts the rate times the gradient", () => {
    const module = linear("loss using Sgd(lr = 0.25)");
    const stored = storedValues(module);
    const start = [...stored.get("net.W")!.data];
    const expected = gradients(start, stored.get("net.b")!.data[0]!);
    const { stores, loss } = interpretEntry(entryOf(module, "step"), { data: batch, stored });
    expect(loss).toBeCloseTo(expected.loss, 12);
    expect([...stores.get("net.W")!.data]).toEqual(
      start.map((w, i) => expect.closeTo(w - 0.25 * expected.W[i]!, 12)),
    );
  });

  test("clip scales all gradients by one norm", () => {
    const limit = 0.125;
    const module = linear(`loss using Sgd(lr = 1.0) clip ${limit}`);
    const stored = storedValues(module);
    const start = [...stored.get("net.W")!.data];
    const b = stored.get("net.b")!.data[0]!;
    const expected = gradients(start, b);
    const norm = Math.hypot(...expected.W, expected.b);
    const scale = Math.min(1, limit / (norm + 1e-6));
    const { stores } = interpretEntry(entryOf(module, "step"), { data: batch, stored });
    expect(norm).toBeGreaterThan(limit);
    expect(stores.get("net.b")!.data[0]).toBeCloseTo(b - scale * expected.b, 12);
    expect(stores.get("net.W")!.data[1]).toBeCloseTo(start[1]! - scale * expected.W[1]!, 12);
  });

  test("optimizer state that nothing reads does not exist", () => {
    const states = (module: Module): readonly string[] =>
      module.stored.filter(({ storage }) => storage === "state").map(({ path }) => path);
    expect(states(linear("loss using Sgd(lr = 0.1)"))).toEqual([]);
    expect(states(linear("loss using Sgd(lr = 0.1, momentum = 0.9)"))).toEqual([
      "net.W:v",
      "net.b:v",
    ]);
    expect(states(linear("loss using Adam()"))).toEqual([
      "net.W:m",
      "net.W:v",
      "net.b:m",
      "net.b:v",
    ]);
    expect(states(linear("loss using Adam(amsgrad = true)"))).toContain("net.W:top");
  });

  test("accumulated batches give the update of one batch of all of them", () => {
    const module = linear("loss using Sgd(lr = 0.25)", "accumulate: 2");
    const stored = storedValues(module);
    const partial = interpretEntry(entryOf(module, "step_partial"), { data: batch, stored });
    expect([...partial.stores.keys()]).toEqual(["net.W:gradient", "net.b:gradient"]);
    for (const [path, value] of partial.stores) stored.set(path, value);
    const whole = interpretEntry(entryOf(module, "step"), { data: batch, stored });
    const once = linear("loss using Sgd(lr = 0.25)");
    const expected = interpretEntry(entryOf(once, "step"), { data: batch, stored });
    expect(whole.stores.get("net.W")!.data[0]).toBeCloseTo(
      expected.stores.get("net.W")!.data[0]!,
      12,
    );
    expect([...whole.stores.get("net.W:gradient")!.data]).toEqual([0, 0]);
  });

  test("parameter groups move with their own rates", () => {
    const module = linear("loss over net.W using Sgd(lr = 0.5) over net.b using Sgd(lr = 0.125)");
    const stored = storedValues(module);
    const expected = gradients([...stored.get("net.W")!.data], stored.get("net.b")!.data[0]!);
    const { stores } = interpretEntry(entryOf(module, "step"), { data: batch, stored });
    const moved = (path: string): number => stored.get(path)!.data[0]! - stores.get(path)!.data[0]!;
    expect(moved("net.W")).toBeCloseTo(0.5 * expected.W[0]!, 12);
    expect(moved("net.b")).toBeCloseTo(0.125 * expected.b, 12);
  });
});

describe("penalties", () => {
  const penalised = (minimize: string): Module =>
    compileProgram(
      `
block Shrunk(units, rate)(x: [B, D]) -> [B, units] {
  param W: [D, units] ~ glorot()
  penalty rate * sum(W^2)
  return x @ W
}
train Fit {
  data x: [B, 2], y: [B, 1]
  let net = Shrunk(1, 0.5)
  let other = Shrunk(1, 8.0)
  ${minimize}
}`,
      "Fit",
    );

  test("join the loss of the step that needs their application", () => {
    const module = penalised("minimize mean((net(x) - y)^2) using Sgd(lr = 0.25)");
    const stored = storedValues(module);
    const w = [...stored.get("net.W")!.data];
    const expected = gradients(w, 0);
    const { stores, loss } = interpretEntry(entryOf(module, "step"), { data: batch, stored });
    expect(loss).toBeCloseTo(expected.loss, 12);
    expect(stores.get("net.W")!.data[0]).toBeCloseTo(
      w[0]! - 0.25 * (expected.W[0]! + 2 * 0.5 * w[0]!),
      12,
    );
    expect([...stores.keys()]).toEqual(["net.W"]);
  });

  test("are left out where they reach no trained weight", () => {
    const module = penalised(
      "minimize mean((net(x) + other(x) - y)^2) over net using Sgd(lr = 0.25)",
    );
    const stored = storedValues(module);
    stored.set("other.W", tensor("f32", [2, 1], [3, -4]));
    const { penalty } = interpretEntry(entryOf(module, "step"), { data: batch, stored });
    // 0.5 * |net.W|^2 alone: the penalty of `other` would be 8 * 25.
    const w = [...stored.get("net.W")!.data];
    const own = 0.5 * w.reduce((sum, one) => sum + one * one, 0);
    expect(penalty).toBeCloseTo(own, 12);
  });
});
