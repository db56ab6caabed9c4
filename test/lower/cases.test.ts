// Folders of cases: a program and the plan it is lowered to. The numbers are held to the interpreter first.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import { rowsIn } from "../../compiler/kernel/buffers.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { printPlan } from "../../compiler/lower/plan.ts";
import { compile } from "../../compiler/pipeline.ts";
import { expectSame } from "../backends/run-entry.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";

const folder = fileURLToPath(new URL("../cases/lower/", import.meta.url));

test.each(readdirSync(folder))("%s is lowered to the expected plan", async (name) => {
  const source = readFileSync(`${folder}${name}/source.dlm`, "utf8");
  const { modules, diagnostics } = compile({
    entry: "source.dlm",
    read: (path) => (path === "source.dlm" ? source : null),
  });
  expect(diagnostics).toEqual([]);
  const module = modules.at(-1)!;
  const next = createStream(2);
  const env = new Map([["B", 5]]);
  await expectSame(
    module,
    ({ graph }) =>
      graph.inputs.map(({ type: { dtype, shape } }) =>
        drawTensor({ dtype, shape: shape.map((d) => evaluateDim(d, env)), range: [0.1, 1] }, next),
      ),
    { B: 5 },
  );
  const plan = lower(module);
  for (const { kernel } of plan.kernels) {
    verifyKernel(kernel, "lower");
    const printed = printKernel(kernel);
    expect(printKernel(parseKernel(printed))).toBe(printed);
  }
  const rows = plan.kernels.flatMap(({ kernel }) => rowsIn(kernel.body));
  if (name === "rows") expect(rows.length).toBeGreaterThan(0);
  const notes = plan.entries.flatMap(({ entry, notes: lines }) => [
    `${entry.name}:`,
    ...lines.map((l) => `  ${l}`),
  ]);
  const text = `${printPlan(plan)}\n${notes.join("\n")}\n`;
  await expect(text).toMatchFileSnapshot(`${folder}${name}/expected.plan`);
});
