// Every folder under test/cases/recognise/ holds a program, what is recognised in it and what it costs.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { reportOf } from "../../compiler/cli/inspect/report.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { compile } from "../../compiler/pipeline.ts";
import { printFindings } from "../../compiler/recognise/index.ts";

const root = fileURLToPath(new URL("../cases/recognise", import.meta.url));
const batch = 3;

test.each(readdirSync(root))("%s", async (name) => {
  const text = readFileSync(join(root, name, "input.dlm"), "utf8");
  const { modules, diagnostics } = compile({ entry: "a.dlm", read: () => text, steps: false });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const found = modules.map((module) => {
    const used = module.entries.filter((entry) => /^(forward|step)$/.test(entry.name));
    const costs = reportOf(lower({ ...module, entries: used }), batch).entries.map(
      (entry) =>
        `@${entry.name}: ${entry.dispatches} launches, ${entry.cost.flops} FLOPs, ${entry.peakBytes} bytes at the peak\n`,
    );
    return `${printFindings({ ...module, entries: used })}${costs.join("")}`;
  });
  await expect(found.join("\n")).toMatchFileSnapshot(join(root, name, "expected.txt"));
});
