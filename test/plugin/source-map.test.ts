// Where the code of an imported network comes from, as debuggers are told.

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { SourceMapInput } from "@jridgewell/trace-mapping";
import { rollup } from "rollup";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dlm } from "../../compiler/plugin/rollup.ts";
import { transformModule } from "../../compiler/plugin/transform-module.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

let app = "";
beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), "dlm-app-"));
  cpSync(join(root, "test/app"), app, { recursive: true });
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

/** Text of what a line of code comes from, and of which file; null where from none. */
const originOf = (code: string, map: SourceMapInput, text: string): string | null => {
  const line = code.split("\n").findIndex((one) => one.includes(text)) + 1;
  const column = code.split("\n")[line - 1]!.search(/\S/);
  const traced = new TraceMap(map);
  const { source, line: at, column: from } = originalPositionFor(traced, { line, column });
  if (source === null) return null;
  const k = traced.sources.indexOf(source);
  return `${source}: ${traced.sourcesContent![k]!.split("\n")[at! - 1]!.slice(from!)}`;
};

test("kernels come from the layer they compute, classes from their declaration, all else from nowhere", async () => {
  const path = join(app, "tiny.dlm");
  const { code, map } = await transformModule(path, readFileSync(path, "utf8"), app);
  const origin = (text: string): string | null => originOf(code, map!, text);
  expect(origin("export class Tiny ")).toBe(
    "tiny.dlm: model Tiny(classes = 2)(x: [B, 3]) -> [B, classes] {",
  );
  expect(origin("export class TinyTrainer ")).toBe("tiny.dlm: train TinyTrainer {");
  expect(origin("import {")).toBeNull();
  expect(origin("export const tinyProgram")).toBeNull();
  const named = code.matchAll(
    /^ \* (\w+\.dlm):(\d+):(\d+)  .*\n(?: \*.*\n)* \*\/\nfunction (\w+)/gm,
  );
  const kernels = [...named].filter(([, file]) => file === "tiny.dlm" || file === "shapes.dlm");
  expect(new Set(kernels.map(([, file]) => file))).toEqual(new Set(["tiny.dlm", "shapes.dlm"]));
  for (const [, file, line, column, name] of kernels) {
    const text = readFileSync(join(app, file!), "utf8").split("\n")[Number(line) - 1]!;
    expect(origin(`function ${name}(`)).toBe(`${file}: ${text.slice(Number(column) - 1)}`);
  }
});

test("bundlers carry it on", async () => {
  const main = join(app, "entry.js");
  writeFileSync(main, 'import { Tiny } from "./tiny.dlm";\nglobalThis.Tiny = Tiny;\n');
  const bundle = await rollup({
    input: main,
    external: "dlm/runtime",
    plugins: [dlm({ root: app })],
  });
  const { output } = await bundle.generate({ format: "es", sourcemap: true });
  const [{ code, map }] = output;
  expect(originOf(code, map!.toString(), "class Tiny ")).toContain("tiny.dlm: model Tiny(");
});

test("Node is told where a module comes from", async () => {
  const text = `import { findSourceMap } from "node:module";
    import { fileURLToPath } from "node:url";
    await import("./tiny.dlm");
    const path = fileURLToPath(new URL("tiny.dlm", import.meta.url));
    console.log(JSON.stringify(findSourceMap(path).payload.sourcesContent));`;
  writeFileSync(join(app, "package.json"), '{ "type": "module" }');
  writeFileSync(join(app, "sources.js"), text);
  const register = join(root, "dist/compiler/plugin/register.js");
  const args = ["--enable-source-maps", "--import", register, "sources.js"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: app });
  const files = ["tiny.dlm", "shapes.dlm"].map((name) => readFileSync(join(app, name), "utf8"));
  expect(new Set(JSON.parse(stdout))).toEqual(new Set(files));
});
