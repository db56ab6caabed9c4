// Adam's kernel: corrections of its means are numbers of the step, so four weights take one division and one root.

import { expect, test } from "vitest";
import { loadWabt } from "../../compiler/cli/inspect/wat.ts";
import { wasm } from "../../compiler/costs/wasm.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { optimise } from "../../compiler/pipeline.ts";
import { compileProgram } from "../goldens/compile.ts";
import { kernelBytes } from "./run-kernel.ts";

const source = (optimizer: string): string => `
train Fit {
  data x: [B, 7], y: [B, 3]
  let net = Dense(3)
  minimize mean((net(x) - y)^2) using ${optimizer}
}`;

/** The text of the kernel that writes the weights. */
const update = async (optimizer: string): Promise<string> => {
  const plan = lower(optimise(compileProgram(source(optimizer), "Fit")), { target: wasm });
  const { kernel } = plan.kernels.find((one) =>
    one.kernel.results.some(({ name }) => name === "w_next"),
  )!;
  const { bytes } = kernelBytes(kernel);
  const module = (await loadWabt()).readWasm(bytes, { readDebugNames: true, threads: true });
  const text = module.toText({ foldExprs: false });
  module.destroy();
  return text;
};

const count = (text: string, instruction: string): number => text.split(instruction).length - 1;

test.each(["Adam()", "AdamW()", "Adam(lr = warmup(1e-3, 5))"])(
  "%s divides once and takes one root per four weights",
  async (optimizer) => {
    const text = await update(optimizer);
    expect(count(text, "f32x4.div")).toBe(1);
    expect(count(text, "f32x4.sqrt")).toBe(1);
  },
);
