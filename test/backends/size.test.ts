// What reaches a page that runs one network: its emitted module and the runtime, bundled and compressed.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { build } from "vite";
import { compile, emitFile } from "../../compiler/index.ts";
import { mlp } from "../programs/mlp.ts";

const runtime = fileURLToPath(new URL("../../runtime/index.ts", import.meta.url));

const bundled = async (entry: string): Promise<string> => {
  const result = await build({
    configFile: false,
    logLevel: "silent",
    resolve: { alias: [{ find: /^dlm\/runtime$/, replacement: runtime }] },
    build: { write: false, minify: "oxc", lib: { entry, formats: ["es"], fileName: "bundle" } },
  });
  const [output] = [result].flat();
  if (output === undefined || !("output" in output)) throw new Error("nothing was built");
  return output.output.map((chunk) => ("code" in chunk ? chunk.code : "")).join("");
};

test("784-256-128-10 and the runtime are at most 12 kB gzipped, without any training code", async () => {
  const compilation = compile({ entry: "mlp.dlm", read: (p) => (p === "mlp.dlm" ? mlp() : null) });
  const folder = mkdtempSync(join(tmpdir(), "dlm-size-"));
  try {
    writeFileSync(join(folder, "mlp.ts"), await emitFile(compilation));
    writeFileSync(join(folder, "page.ts"), 'export { Mlp } from "./mlp.ts";\n');
    const code = await bundled(join(folder, "page.ts"));
    expect(code).toContain("784");
    expect(code).not.toContain("accumulator");
    const size = gzipSync(code, { level: 9 }).length;
    console.log(`inference module and runtime: ${size} bytes gzipped`);
    expect(size).toBeLessThanOrEqual(12_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
