// The app that imports a .dlm file, built by other bundlers than Vite, with the plugins as the package gives them.

import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build as esbuild, transform } from "esbuild";
import { rollup } from "rollup";
import { afterAll, beforeAll, expect, test } from "vitest";
import webpack from "webpack";
import { dlm as forEsbuild } from "dlm/esbuild";
import { dlm as forRollup } from "dlm/rollup";
import { dlm as forWebpack } from "dlm/webpack";

const root = fileURLToPath(new URL("../../", import.meta.url));

let app = "";
beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), "dlm-app-"));
  cpSync(join(root, "test/app"), app, { recursive: true });
  const { code } = await transform(readFileSync(join(app, "main.ts"), "utf8"), { loader: "ts" });
  writeFileSync(join(app, "main.js"), code);
  // As it is installed.
  mkdirSync(join(app, "node_modules"));
  symlinkSync(root, join(app, "node_modules/dlm"));
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

type Bundler = (entry: string, file: string) => Promise<void>;

const bundlers: Readonly<Record<string, Bundler>> = {
  rollup: async (input, file) => {
    const bundle = await rollup({ input, plugins: [forRollup({ root: app })] });
    await bundle.write({ file, format: "es" });
    await bundle.close();
  },
  esbuild: async (entry, outfile) => {
    const how = { bundle: true, format: "esm", platform: "node", target: "node20" } as const;
    await esbuild({ ...how, entryPoints: [entry], outfile, plugins: [forEsbuild({ root: app })] });
  },
  webpack: (entry, file) =>
    new Promise((done, fail) => {
      const compiler = webpack({
        mode: "production",
        target: "node20",
        entry,
        experiments: { outputModule: true },
        output: { path: app, filename: file.slice(app.length + 1), module: true },
        plugins: [forWebpack({ root: app })],
      });
      compiler!.run((error, stats) => {
        const problem = error ?? stats?.compilation.errors[0];
        if (problem) fail(problem);
        else compiler!.close(() => done());
      });
    }),
};

test.each(Object.keys(bundlers))("%s builds what trains and predicts in Node", async (name) => {
  const file = join(app, `${name}.mjs`);
  await bundlers[name]!(join(app, "main.js"), file);
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  const { first, last, logits, same } = JSON.parse(stdout);
  expect(last).toBeLessThan(first / 2);
  expect(logits).toHaveLength(8);
  expect(same).toEqual(logits);
});

test.each(["typescript", "wasm", "webgpu"] as const)(
  "what only predicts on %s ships no training",
  async (backend) => {
    const input = join(app, "predict.js");
    writeFileSync(input, 'import { Tiny } from "./tiny.dlm";\nglobalThis.net = Tiny.create();\n');
    const plugins = [forRollup({ root: app, backend })];
    const bundle = await rollup({ input, plugins, external: "dlm/runtime" });
    const [{ code }] = (await bundle.generate({ format: "es" })).output;
    expect(code).toContain("class Tiny ");
    expect(code).not.toMatch(/tinyTrainer|TinyTrainer/);
  },
);
