// How the tests run: the package by its own name is the source, and nothing of the benchmarks is a test.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^dlm$/, replacement: here("compiler/index.ts") },
      { find: /^dlm\/runtime$/, replacement: here("runtime/index.ts") },
      { find: /^dlm\/runtime\/node$/, replacement: here("runtime/node/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "test/app/**", "node_modules/**"],
    maxWorkers: "100%",
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
