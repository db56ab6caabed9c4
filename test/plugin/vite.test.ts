// A Vite app that imports a .dlm file: built, run in Node, type-checked, and told where a mistake is.

import { execFile, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, createServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dlm } from "../../compiler/plugin/vite.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const runtime = join(root, "runtime/index.ts");
const alias = { "dlm/runtime": runtime };

/** A copy of the app: the plugin writes declarations beside the sources. */
let app = "";
beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), "dlm-app-"));
  cpSync(join(root, "test/app"), app, { recursive: true });
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

const buildApp = (folder: string): ReturnType<typeof build> =>
  build({
    root: folder,
    configFile: false,
    logLevel: "silent",
    resolve: { alias },
    plugins: [dlm({ root: folder })],
    ssr: { noExternal: true },
    build: {
      ssr: "main.ts",
      outDir: "out",
      minify: false,
      target: "node20",
      rollupOptions: { output: { entryFileNames: "main.mjs" } },
    },
  });

describe("an app that imports a network", () => {
  beforeAll(async () => void (await buildApp(app)));

  test("trains and predicts in Node after the build", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(app, "out/main.mjs")]);
    const result = JSON.parse(stdout) as {
      readonly first: number;
      readonly last: number;
      readonly accuracy: number;
      readonly logits: readonly number[];
      readonly same: readonly number[];
    };
    expect(result.last).toBeLessThan(result.first / 2);
    expect(result.accuracy).toBeGreaterThan(0.9);
    expect(result.logits).toHaveLength(8);
    expect(result.same).toEqual(result.logits);
  });

  test("has declarations beside the .dlm file, without code", () => {
    const text = readFileSync(join(app, "tiny.dlm.d.ts"), "utf8");
    expect(text).toContain("export declare class TinyTrainer");
    expect(text).toContain("readonly label: Int32Array;");
    expect(text).not.toMatch(/for \(/);
    expect(existsSync(join(app, "shapes.dlm.d.ts"))).toBe(false);
  });

  test("type-checks, and wrong uses of the network are errors of TypeScript", () => {
    const compilerOptions = {
      target: "es2023",
      module: "esnext",
      moduleResolution: "bundler",
      lib: ["es2023", "dom"],
      types: [],
      strict: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      skipLibCheck: false,
      paths: { "dlm/runtime": [runtime] },
    };
    const files = ["main.ts", "types.ts"];
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const tsc = join(root, "node_modules/.bin/tsc");
    const { stdout, status } = spawnSync(tsc, ["-p", app], { encoding: "utf8" });
    // An expected error that does not come is an error too.
    expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
  });
});

describe("a mistake in a .dlm file", () => {
  test("fails the build with the place and the frame", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dlm-app-"));
    cpSync(join(root, "test/app"), folder, { recursive: true });
    const wrong = readFileSync(join(folder, "tiny.dlm"), "utf8").replace("-> Dense(", "-> Dence(");
    writeFileSync(join(folder, "tiny.dlm"), wrong);
    try {
      await expect(buildApp(folder)).rejects.toMatchObject({
        errors: [
          {
            message: "DLM0201: no layer or function is called `Dence`",
            loc: { file: join(folder, "tiny.dlm"), line: 5, column: 31 },
            frame: expect.stringContaining("^^^^^ did you mean `Dense`?"),
          },
        ],
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the development server", () => {
  test("serves the module and watches the .dlm files it imports", async () => {
    const server = await createServer({
      root: app,
      configFile: false,
      logLevel: "silent",
      resolve: { alias },
      server: { middlewareMode: true, ws: false },
      plugins: [dlm({ root: app })],
      optimizeDeps: { noDiscovery: true },
    });
    try {
      const served = await server.transformRequest("/tiny.dlm");
      expect(served?.code).toContain("class TinyTrainer extends");
      expect(served?.code).not.toContain(": Float32Array");
      const module = await server.moduleGraph.getModuleByUrl("/tiny.dlm");
      const shapes = [...(server.moduleGraph.getModulesByFile(join(app, "shapes.dlm")) ?? [])];
      expect(module).toBeDefined();
      expect(shapes.flatMap((one) => [...one.importers])).toContain(module);
    } finally {
      await server.close();
    }
  });
});
