// Commands that read and write .dlm files without running them: check, fmt, explain, init, print.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tinyProgram } from "./programs.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

const broken = "model Net(x: [B, 4]) -> [B, 3] {\n  return x -> Dence(3)\n}\n";

describe("check", () => {
  test("a right program has no problems", async () => {
    const cwd = folderWith({ "net.dlm": tinyProgram });
    const ran = await runDlm(["check", "net.dlm"], { cwd });
    expect(ran).toEqual({ code: 0, out: "", err: "net.dlm: no problems\n" });
  });

  test("a wrong program is shown with its place and ends with 1", async () => {
    const cwd = folderWith({ "net.dlm": broken });
    const { code, err } = await runDlm(["check", "net.dlm"], { cwd });
    expect(code).toBe(1);
    expect(err).toContain("error[DLM0201]");
    expect(err).toContain("net.dlm:2:15");
    expect(err).toContain("`Dense`");
    expect(err).toContain("1 error; `dlm explain DLM0201` tells more");
  });

  test("`--json` prints an array of reports on standard output", async () => {
    const cwd = folderWith({ "net.dlm": broken, "fine.dlm": tinyProgram });
    const { code, out, err } = await runDlm(["check", "--json", "net.dlm", "fine.dlm"], { cwd });
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(JSON.parse(out)).toMatchObject([
      { code: "DLM0201", severity: "error", file: "net.dlm", start: { line: 2, column: 15 } },
    ]);
  });

  test("`--json` of a right program is an empty array", async () => {
    const cwd = folderWith({ "net.dlm": tinyProgram });
    expect(await runDlm(["check", "--json", "net.dlm"], { cwd })).toEqual({
      code: 0,
      out: "[]\n",
      err: "",
    });
  });
});

describe("fmt", () => {
  const untidy = tinyProgram.replaceAll("  let", "      let").replace("batch: 7", "batch:7");

  test("writes the canonical format and names the files it changed", async () => {
    const cwd = folderWith({ "net.dlm": untidy, "fine.dlm": tinyProgram });
    const { code, out } = await runDlm(["fmt", "net.dlm", "fine.dlm"], { cwd });
    expect({ code, out }).toEqual({ code: 0, out: "net.dlm\n" });
    expect(readFileSync(join(cwd, "net.dlm"), "utf8")).toBe(tinyProgram);
  });

  test("`--check` fails and changes nothing", async () => {
    const cwd = folderWith({ "net.dlm": untidy });
    const { code, err } = await runDlm(["fmt", "--check", "net.dlm"], { cwd });
    expect(code).toBe(1);
    expect(err).toBe("net.dlm is not formatted; run `dlm fmt net.dlm`\n");
    expect(readFileSync(join(cwd, "net.dlm"), "utf8")).toBe(untidy);
  });

  test("a file with syntax errors is left as it is", async () => {
    const text = "model Net(x: [B, 4] {\n";
    const cwd = folderWith({ "net.dlm": text });
    const { code, err } = await runDlm(["fmt", "net.dlm"], { cwd });
    expect(code).toBe(1);
    expect(err).toContain("net.dlm was left as it is: it has syntax errors");
    expect(readFileSync(join(cwd, "net.dlm"), "utf8")).toBe(text);
  });
});

describe("explain", () => {
  test.each(["DLM0401", "dlm0401", "0401"])("knows %s", async (word) => {
    const { code, out } = await runDlm(["explain", word]);
    expect(code).toBe(0);
    expect(out).toMatch(/^DLM0401/);
    expect(out.length).toBeGreaterThan(200);
  });

  test("suggests a code for one that nobody knows", async () => {
    const { code, err } = await runDlm(["explain", "DLM0409x"]);
    expect(code).toBe(2);
    expect(err).toMatch(/did you mean DLM04\d\d\?/);
  });
});

describe("compile", () => {
  test("writes a module beside the source, or its declarations", async () => {
    const cwd = folderWith({ "net.dlm": tinyProgram });
    const module = await runDlm(["compile", "net.dlm"], { cwd });
    expect(module).toMatchObject({ code: 0, out: "" });
    expect(module.err).toMatch(/^net\.dlm\.ts: Tiny, TinyTrainer \([\d.]+ kB\)\n$/);
    expect(readFileSync(join(cwd, "net.dlm.ts"), "utf8")).toContain("class Tiny extends Model<");
    const types = await runDlm(["compile", "net.dlm", "--types"], { cwd });
    expect(types.err).toMatch(/^net\.dlm\.d\.ts: /);
    const text = readFileSync(join(cwd, "net.dlm.d.ts"), "utf8");
    expect(text).toContain("export declare class Tiny extends Model<");
    expect(text).not.toContain("for (");
  });

  test("leaves out what runs a model one position at a time", async () => {
    const text = "model Net(x: [B, T, 3]) -> [B, T, 4] { return x -> scan T { Gru(4) } }\n";
    const cwd = folderWith({ "net.dlm": text });
    const emitted = async (...args: readonly string[]): Promise<string> => {
      await runDlm(["compile", "net.dlm", ...args], { cwd });
      return readFileSync(join(cwd, "net.dlm.ts"), "utf8");
    };
    const [whole, less] = [await emitted(), await emitted("--no-steps")];
    expect(whole).toContain("class Net extends SteppedModel<");
    expect(less).toContain("class Net extends Model<");
    expect(less).not.toContain("step:position");
  });

  test("a wrong program writes nothing", async () => {
    const cwd = folderWith({ "net.dlm": broken });
    expect((await runDlm(["compile", "net.dlm"], { cwd })).code).toBe(1);
    expect(existsSync(join(cwd, "net.dlm.ts"))).toBe(false);
  });
});

describe("init", () => {
  test.each(["mlp", "cnn", "iris"])("template %s checks without problems", async (template) => {
    const cwd = folderWith({});
    const { code, out } = await runDlm(["init", "net", "--template", template], { cwd });
    expect(code).toBe(0);
    const program = /wrote (\w+\.dlm), /.exec(out)?.[1] ?? "";
    expect(existsSync(join(cwd, "net", program))).toBe(true);
    expect((await runDlm(["check", `net/${program}`], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, "net/README.md"), "utf8")).toContain(`dlm train ${program}`);
  });

  test("does not write over what is there", async () => {
    const cwd = folderWith({ "mlp.dlm": "mine" });
    const { code, err } = await runDlm(["init"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain("mlp.dlm is already there");
    expect(readFileSync(join(cwd, "mlp.dlm"), "utf8")).toBe("mine");
  });
});

describe("print", () => {
  test("shows the program before and after gradients are derived", async () => {
    const cwd = folderWith({ "net.dlm": tinyProgram });
    const first = await runDlm(["print", "net.dlm", "--after", "elaborate"], { cwd });
    const last = await runDlm(["print", "net.dlm"], { cwd });
    expect([first.code, last.code]).toEqual([0, 0]);
    expect(first.out).toMatch(/= grad\(/);
    expect(last.out).not.toMatch(/= grad\(/);
    expect(last.out).toContain("@net.Dense_0.W");
  });

  test("says what fusion decided, and why", async () => {
    const cwd = folderWith({ "net.dlm": tinyProgram });
    const { code, out } = await runDlm(["print", "net.dlm", "--after", "fuse"], { cwd });
    expect(code).toBe(0);
    expect(out).toContain("fuse @step {\n");
    expect(out).toMatch(/^  fuse %\w+ \(\w+\) -> %\w+: read once per element$/m);
    expect(out).toMatch(/^  keep %\w+ \(\w+\): \w.*$/m);
  });

  test("shows each kernel with its schedule", async () => {
    const cwd = folderWith({ "net.dlm": tinyProgram });
    const { code, out } = await runDlm(["print", "net.dlm", "--after", "schedule"], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(
      /^schedule @dense typescript \{ split i 4 -> i0 i1; .*unroll .*\}\nkernel @dense\(/m,
    );
  });

  test("suggests the pass that was probably meant", async () => {
    const cwd = folderWith({ "net.dlm": tinyProgram });
    const { err } = await runDlm(["print", "net.dlm", "--after", "simplfy"], { cwd });
    expect(err).toContain("did you mean `simplify`?");
  });

  test("lists the passes when the one asked for is none", async () => {
    const cwd = folderWith({ "net.dlm": tinyProgram });
    const { code, err } = await runDlm(["print", "net.dlm", "--after", "xyz"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain("passes: elaborate, ");
  });
});
