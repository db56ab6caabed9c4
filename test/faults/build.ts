// A planted fault into a script of its own: the compiler with one line changed, and the check that should find it.

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { Plugin } from "vite";

/** One change of our own source text. */
export type Change = { readonly file: string; readonly from: string; readonly to: string };

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Swaps the text before anything else sees the file. */
const plant = (change: Change): Plugin => ({
  name: "plant",
  enforce: "pre",
  transform: (code, id) =>
    id === root + change.file
      ? { code: code.replace(change.from, () => change.to), map: null }
      : null,
});

/** The path of a script that runs `probe.ts`; with `change` planted unless it is null. */
export const buildProbe = async (change: Change | null): Promise<string> => {
  const name = createHash("sha1").update(JSON.stringify(change)).digest("hex").slice(0, 12);
  const outDir = `${root}.cache/faults/${name}`;
  await build({
    root,
    configFile: false,
    logLevel: "silent",
    plugins: change === null ? [] : [plant(change)],
    build: {
      ssr: `${root}test/faults/probe.ts`,
      outDir,
      emptyOutDir: true,
      minify: false,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: "probe.mjs" } },
    },
  });
  return `${outDir}/probe.mjs`;
};
