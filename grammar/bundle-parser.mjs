// Puts the parser library into the build as one file: loading it as a package costs every command a fifth of a second.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const dist = new URL("../dist/", import.meta.url);
const grammar = new URL("grammar/", dist);

await build({
  configFile: false,
  logLevel: "warn",
  build: {
    emptyOutDir: true,
    outDir: fileURLToPath(new URL("vendor/", dist)),
    target: "node20",
    lib: {
      entry: fileURLToPath(import.meta.resolve("chevrotain")),
      formats: ["es"],
      fileName: "chevrotain",
    },
  },
});

const [file] = readdirSync(new URL("vendor/", dist));
for (const name of readdirSync(grammar).filter((entry) => entry.endsWith(".js"))) {
  const path = new URL(name, grammar);
  const text = readFileSync(path, "utf8");
  const bundled = text.replaceAll('from "chevrotain"', `from "../vendor/${file}"`);
  if (bundled !== text) writeFileSync(path, bundled);
}
