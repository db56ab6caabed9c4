// Programs of Node that import a .dlm file without a bundler.

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const modules = join(root, "dist/compiler/plugin");

let app = "";
beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), "dlm-app-"));
  cpSync(join(root, "test/app"), app, { recursive: true });
  writeFileSync(join(app, "package.json"), '{ "type": "module" }');
  const { code } = await transform(readFileSync(join(app, "main.ts"), "utf8"), { loader: "ts" });
  writeFileSync(join(app, "main.js"), code);
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

type Ran = { readonly stdout: string; readonly stderr: string };

const node = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  promisify(execFile)(process.execPath, args, { cwd: app, env: { ...process.env, ...env } });

const register = ["--import", join(modules, "register.js")];

const expectTrained = ({ stdout, stderr }: Ran): void => {
  const { first, last, logits, same } = JSON.parse(stdout);
  expect(last).toBeLessThan(first / 2);
  expect(logits).toHaveLength(8);
  expect(same).toEqual(logits);
  expect(stderr).toBe("");
};

describe("node --import dlm/register", () => {
  test("runs a program that imports a network", async () => {
    expectTrained(await node([...register, "main.js"]));
  });

  test("compiles to WebAssembly if the environment says so", async () => {
    writeFileSync(
      join(app, "device.js"),
      'import { TinyTrainer } from "./tiny.dlm"; console.log((await TinyTrainer.create()).device);',
    );
    const { stdout } = await node([...register, "device.js"], { DLM_BACKEND: "wasm" });
    expect(stdout).toMatch(/^WebAssembly/);
  });

  test("refuses a backend that there is not", async () => {
    await expect(node([...register, "main.js"], { DLM_BACKEND: "cuda" })).rejects.toThrow(
      'backend: typescript, wasm, webgpu; got "cuda"',
    );
  });

  test("runs TypeScript beside tsx", async () => {
    const tsx = join(root, "node_modules/tsx/dist/loader.mjs");
    expectTrained(await node(["--import", tsx, ...register, "main.ts"]));
  });

  test("says where a mistake is", async () => {
    const wrong = readFileSync(join(app, "tiny.dlm"), "utf8").replace("-> Dense(", "-> Dence(");
    writeFileSync(join(app, "wrong.dlm"), wrong);
    writeFileSync(join(app, "wrong.js"), 'import "./wrong.dlm";');
    await expect(node([...register, "wrong.js"])).rejects.toThrow(
      /wrong\.dlm:5:32 DLM0201: no layer or function is called `Dence`[^]*did you mean `Dense`\?/,
    );
  });
});

test("registerDlm takes options of the plugin", async () => {
  writeFileSync(
    join(app, "own.js"),
    `import { registerDlm } from ${JSON.stringify(join(modules, "node.js"))};
    registerDlm({ backend: "wasm" });
    const { TinyTrainer } = await import("./tiny.dlm");
    console.log((await TinyTrainer.create()).device);`,
  );
  expect((await node(["own.js"])).stdout).toMatch(/^WebAssembly/);
});
