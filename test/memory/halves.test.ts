// Which values a device keeps as halves where precision is mixed: activations and their gradients, and nothing else.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sharingOf } from "../../compiler/backends/wgsl/sharing.ts";
import { mostPieces, webgpu } from "../../compiler/costs/webgpu.ts";
import type { Precision } from "../../runtime/abi.ts";
import { lower } from "../../compiler/lower/lower.ts";
import type { EntryPlan, Plan } from "../../compiler/lower/plan.ts";
import { compile } from "../../compiler/pipeline.ts";

const planOf = (text: string, precision: Precision = "mixed", target = webgpu): Plan => {
  const { modules } = compile({ entry: "a.dlm", read: () => text, precision, steps: false });
  return lower(modules.at(-1)!, { target });
};

const entryOf = (plan: Plan, name: string): EntryPlan =>
  plan.entries.find(({ entry }) => entry.name === name)!;

/** Shapes of temporaries of floats, largest first. */
const shapes = (plan: EntryPlan, half: boolean): readonly string[] =>
  plan.slots
    .flatMap(({ role, dtype, shape }, k) =>
      role === "temporary" && dtype === "f32" && plan.halves.has(k) === half
        ? [shape.map((dim) => (typeof dim === "number" ? dim : dim.key)).join("x")]
        : [],
    )
    .toSorted();

const mlp = `
model Net(x: [B, 37]) -> [B, 10] { return x -> Dense(50) -> tanh -> LayerNorm() -> Dense(10) }
train Fit {
  data x: [B, 37], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.01) clip 1.0
}`;

test("activations and their gradients are halves, statistics and gradients of weights are not", () => {
  const plan = entryOf(planOf(mlp), "step");
  const halves = shapes(plan, true);
  expect(halves).toContain("Bx50");
  expect(new Set(halves)).toEqual(new Set(["Bx50", "Bx10"].filter((s) => halves.includes(s))));
  const whole = shapes(plan, false);
  for (const shape of ["37x50", "50x10"]) expect(halves).not.toContain(shape);
  expect(whole.filter((shape) => shape === "B" || shape === "Bx1").length).toBeGreaterThan(0);
});

test("nothing is where the target has none, or precision is not mixed", () => {
  const none = (plan: Plan): boolean => plan.entries.every(({ halves }) => halves.size === 0);
  expect(none(planOf(mlp, "f32"))).toBe(true);
  expect(none(planOf(mlp, "mixed", { ...webgpu, halves: 0 }))).toBe(true);
  expect(none(planOf(mlp))).toBe(false);
});

const files = ["gpt/gpt.dlm", "digits/cnn.dlm", "char-lstm/char-lstm.dlm", "vae/vae.dlm"];
const examples = fileURLToPath(new URL("../../examples/", import.meta.url));

test.each(files)("what %s keeps as halves is seen whole, and bound by itself", (path) => {
  const { modules } = compile({
    entry: `${examples}${path}`,
    read: (file) => readFileSync(file, "utf8"),
    precision: "mixed",
  });
  let found = 0;
  for (const module of modules) {
    const plan = lower(module, { target: webgpu });
    for (const entry of plan.entries) {
      const { halves, slots, dispatches } = entry;
      found += halves.size;
      for (const slot of halves)
        expect(slots[slot]).toMatchObject({ role: "temporary", dtype: "f32" });
      for (const dispatch of dispatches) {
        const { kernel } = plan.kernels[dispatch.kernel]!;
        const sharing = sharingOf(entry, dispatch, kernel);
        const isHalf = sharing.halves;
        if (!isHalf.includes(true)) continue;
        const pieces = new Set(sharing.pieces);
        expect(pieces.size).toBeLessThanOrEqual(mostPieces);
        const halfPieces = new Set(sharing.pieces.filter((_, k) => isHalf[k]));
        const wholePieces = new Set(sharing.pieces.filter((_, k) => !isHalf[k]));
        expect([...halfPieces].filter((piece) => wholePieces.has(piece))).toEqual([]);
        expect(isHalf.some((half, k) => half && sharing.shifted[k])).toBe(false);
      }
    }
  }
  expect(found).toBeGreaterThan(0);
});
