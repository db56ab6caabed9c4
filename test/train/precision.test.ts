// `precision`: who says what a module is to compute in, and where the plan of it tells.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CompileOptions } from "../../compiler/index.ts";
import { compile, createPrelude, lower } from "../../compiler/index.ts";
import { tinyProgram } from "../cli/programs.ts";
import { folderWith, runDlm } from "../cli/run-dlm.ts";

const prelude = createPrelude();
const program = (setting: string): string => `
model Net(x: [B, 3]) -> [B, 2] { return x -> Dense(2) }
train Fit {
  data x: [B, 3], y: [B, 2]
  let net = Net()
  minimize mean(squared_error(net(x), y)) using Sgd(lr = 0.1)
  ${setting}
}`;

const compiled = (setting: string, options: Partial<CompileOptions> = {}) =>
  compile({ entry: "a.dlm", read: () => program(setting), prelude, ...options });

const planned = (setting: string, options: Partial<CompileOptions> = {}) =>
  Object.fromEntries(
    compiled(setting, options).modules.map((module) => [module.name, lower(module).precision]),
  );

describe("a plan tells its precision", () => {
  test("of a recipe as its file says, of a model f32", () => {
    expect(planned("")).toEqual({ Net: "f32", Fit: "f32" });
    expect(planned('precision: "mixed"')).toEqual({ Net: "f32", Fit: "mixed" });
  });

  test("of both as the option says, whatever file and settings say", () => {
    expect(planned("", { precision: "mixed" })).toEqual({ Net: "mixed", Fit: "mixed" });
    const settings = { precision: "mixed" } as const;
    expect(planned('precision: "mixed"', { precision: "f32", settings })).toEqual({
      Net: "f32",
      Fit: "f32",
    });
  });
});

test.each(['"f16"', "16"])("a precision of %s is refused, and what there is named", (value) => {
  const { diagnostics } = compiled(`precision: ${value}`);
  expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
    ["DLM0613", `setting \`precision\` must be "f32" or "mixed", this is ${value}`],
  ]);
});

test("`--precision` on the command line wins over the file", async () => {
  const cwd = folderWith({ "net.dlm": tinyProgram });
  const { code, err } = await runDlm(["compile", "net.dlm", "--precision", "mixed"], { cwd });
  expect(code, err).toBe(0);
  expect(readFileSync(join(cwd, "net.dlm.ts"), "utf8")).toContain('precision: "mixed"');
  const wrong = await runDlm(["compile", "net.dlm", "--precision", "f16"], { cwd });
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain("f32, mixed");
});
