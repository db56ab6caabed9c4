// `dlm types`: declarations beside .dlm files, where TypeScript looks for them.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderWith, root, runDlm } from "./run-dlm.ts";

const net = "model Net(x: [B, 3]) -> [B, 2] { return x -> Dense(2) }\n";

test("writes for all files of a folder, but those of others, and what is written stays", async () => {
  const cwd = folderWith({
    "a.dlm": net,
    "deep/b.dlm": net.replace("Net", "Deep"),
    "layers.dlm": "block Twice(x: [B, n]) -> [B, n] { return x * 2 }\n",
    "node_modules/c.dlm": net,
    ".hidden/d.dlm": net,
  });
  expect(await runDlm(["types"], { cwd })).toEqual({
    code: 0,
    out: "a.dlm.d.ts\ndeep/b.dlm.d.ts\n",
    err: "",
  });
  expect(readFileSync(join(cwd, "deep/b.dlm.d.ts"), "utf8")).toContain("class Deep");
  expect((await runDlm(["types", "."], { cwd })).out).toBe("");
});

test("`--check` changes nothing, and fails when a shape has changed since", async () => {
  const cwd = folderWith({ "a.dlm": net });
  const missing = await runDlm(["types", "--check"], { cwd });
  expect(missing).toEqual({
    code: 1,
    out: "",
    err: "a.dlm.d.ts is out of date; run `dlm types a.dlm`\n",
  });
  expect(existsSync(join(cwd, "a.dlm.d.ts"))).toBe(false);
  await runDlm(["types", "a.dlm"], { cwd });
  expect((await runDlm(["types", "--check"], { cwd })).code).toBe(0);
  writeFileSync(join(cwd, "a.dlm"), net.replace("x:", "y:"));
  expect((await runDlm(["types", "--check"], { cwd })).code).toBe(1);
});

test("says what is wrong in a file", async () => {
  const cwd = folderWith({ "a.dlm": net.replace("Dense", "Dence") });
  const { code, err } = await runDlm(["types"], { cwd });
  expect(code).toBe(1);
  expect(err).toContain("no layer or function is called `Dence`");
});

/** What the compiler of TypeScript says of a program beside the network. */
const checked = (cwd: string): string =>
  spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", cwd], { encoding: "utf8" }).stdout;

test.each([
  ["bundler", false, "a.dlm.d.ts"],
  ["nodenext", true, "a.d.dlm.ts"],
  ["bundler", true, "a.d.dlm.ts"],
])("TypeScript finds them: %s, allowArbitraryExtensions %s", async (resolution, any, file) => {
  const cwd = folderWith({
    "a.dlm": net,
    "package.json": '{ "type": "module" }',
    "main.ts":
      'import { Net } from "./a.dlm";\nconst net = await Net.create();\nexport const y: string = net.predict({ x: new Float32Array(3) });\n',
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        target: "es2023",
        module: resolution === "nodenext" ? "nodenext" : "esnext",
        moduleResolution: resolution,
        lib: ["es2023", "dom"],
        types: [],
        strict: true,
        noEmit: true,
        allowImportingTsExtensions: true,
        ...(any ? { allowArbitraryExtensions: true } : {}),
        paths: { "dlm/runtime": [join(root, "runtime/index.ts")] },
      },
      files: ["main.ts"],
    }),
  });
  expect((await runDlm(["types"], { cwd })).out).toBe(`${file}\n`);
  expect(checked(cwd)).toMatch(/main\.ts\(3,14\): error TS2322: Type 'NetOutput'/);
  rmSync(join(cwd, file));
  expect(checked(cwd)).toContain("main.ts(1,21): error TS");
});
