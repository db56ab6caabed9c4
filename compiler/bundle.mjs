// Puts what users import into the build as a few files, the parser library included: loading several hundred files one by
// one costs every command a third of a second.

import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = new URL("../", import.meta.url);
const { dependencies, peerDependencies, exports } = JSON.parse(
  readFileSync(new URL("package.json", root), "utf8"),
);
const inDist = (name) => fileURLToPath(new URL(`dist/${name}.js`, root));
const nameOf = (path) => path.replace(/^\.\/dist\/(.*)\.js$/, "$1");

const imported = Object.values(exports).flatMap((entry) =>
  typeof entry === "string" ? [] : [nameOf(entry.default)],
);
const entries = [...imported, "compiler/cli/process-terminal", "compiler/plugin/node-hooks"];
// What users install themselves is found where they have it.
const packages = Object.keys({ ...dependencies, ...peerDependencies }).filter(
  (name) => name !== "chevrotain",
);

rmSync(new URL("dist/chunks/", root), { recursive: true, force: true });
await build({
  configFile: false,
  logLevel: "warn",
  build: {
    emptyOutDir: false,
    outDir: fileURLToPath(new URL("dist/", root)),
    target: "node20",
    minify: false,
    lib: {
      entry: Object.fromEntries(entries.map((name) => [name, inDist(name)])),
      formats: ["es"],
      fileName: (_, name) => `${name}.js`,
    },
    rollupOptions: {
      external: [/^node:/, ...packages.map((name) => new RegExp(`^${name}(/|$)`))],
      output: { chunkFileNames: "chunks/[name].js" },
    },
  },
});
