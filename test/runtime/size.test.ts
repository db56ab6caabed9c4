// How much of the runtime reaches a page that only predicts.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { build } from "vite";

const bundle = async (file: string): Promise<string> => {
  const entry = fileURLToPath(new URL(file, import.meta.url));
  const result = await build({
    configFile: false,
    logLevel: "silent",
    build: { write: false, minify: "oxc", lib: { entry, formats: ["es"], fileName: "bundle" } },
  });
  const [output] = [result].flat();
  if (output === undefined || !("output" in output)) throw new Error("nothing was built");
  return output.output.map((chunk) => ("code" in chunk ? chunk.code : "")).join("");
};

test("a page that only predicts gets at most 9.1 kB, gzipped, and no training code", async () => {
  const code = await bundle("programs/inference-only.ts");
  expect(code).toContain("bad-safetensors");
  for (const absent of ["not-finite", "bad-csv", "early-stop", "dlm.training", "node:"]) {
    expect(code).not.toContain(absent);
  }
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(9_100);
});
