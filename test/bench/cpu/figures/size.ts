// What a page downloads of a program: the module that `dlm compile` writes, minified by esbuild, and what it needs of
// the runtime, after gzip. Weights are not in it.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Metafile } from "esbuild";
import { programs } from "../programs.ts";
import { built, runBuilt } from "./built.ts";
import type { Figure, Survey } from "./figure.ts";

const zipped = (bytes: Uint8Array): number => gzipSync(bytes, { level: 9 }).length;

/** In `first`, what has to be there before it runs; in `later`, what is loaded by those who ask for threads or a GPU. */
type Bundle = { readonly first: Uint8Array; readonly later: Uint8Array };

/** Files that an output needs, itself included. */
const needed = (outputs: Metafile["outputs"], name: string): readonly string[] => [
  name,
  ...outputs[name]!.imports.filter(
    ({ kind, external }) => kind === "import-statement" && external !== true,
  ).flatMap(({ path }) => needed(outputs, path)),
];

/** `text` is a module whose imports are found from `folder`; without `runtime` that is left out. */
const bundled = async (text: string, folder: string, runtime: boolean): Promise<Bundle> => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: text, resolveDir: folder, sourcefile: "entry.ts", loader: "ts" },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    outdir: folder,
    absWorkingDir: folder,
    write: false,
    metafile: true,
    logLevel: "error",
    ...(runtime
      ? { alias: { "dlm/runtime": built("dist/runtime/index.js") } }
      : { external: ["dlm/runtime"] }),
  });
  const { outputs } = metafile;
  const entry = Object.keys(outputs).find((name) => outputs[name]!.entryPoint === "entry.ts")!;
  const first = new Set(needed(outputs, entry));
  const bytesOf = (isFirst: boolean): Uint8Array =>
    Buffer.concat(
      outputFiles
        .filter(({ path }) => [...first].some((name) => path === join(folder, name)) === isFirst)
        .map(({ contents }) => contents),
    );
  return { first: bytesOf(true), later: bytesOf(false) };
};

/** What a module imports of the runtime. */
const importsOf = (text: string): string =>
  /^import \{([^}]*)\} from "dlm\/runtime";/m.exec(text)![1]!;

/** Of all programs in it. */
const binariesIn = (text: string): Uint8Array =>
  Buffer.concat(
    [...text.matchAll(/bytes:"([^"]*)"/g)].map(([, b64]) => Buffer.from(b64!, "base64")),
  );

type Case = {
  readonly name: string;
  readonly what: string;
  readonly file: string;
  readonly exported: string;
  readonly most: number;
};

const figuresOf = async (
  { file, exported, most }: Case,
  folder: string,
): Promise<readonly Figure[]> => {
  const source = fileURLToPath(new URL(file, programs));
  const written = join(folder, "module.ts");
  await runBuilt("compile", source, "--backend", "wasm", "--out", written);
  const text = readFileSync(written);
  const entry = `export { ${exported} } from "./module.ts";`;
  const alone = (await bundled(entry, folder, false)).first;
  const all = await bundled(entry, folder, true);
  const used = `export { ${importsOf(text.toString())} } from "dlm/runtime";`;
  const runtime = (await bundled(used, folder, true)).first;
  const figure = (what: string, bytes: Uint8Array, aim: number | null = null): Figure => ({
    what,
    value: zipped(bytes),
    unit: "B",
    most: aim,
    note: `${bytes.length} bytes before gzip`,
  });
  return [
    figure("the module, minified, without the runtime", alone, most),
    figure("of that the WebAssembly, as bytes", binariesIn(alone.toString())),
    figure("the file that `dlm compile` writes", text),
    figure("what it needs of the runtime, minified", runtime),
    figure("both together", all.first),
    figure("what is loaded later, for threads", all.later),
  ];
};

const size = (one: Case): Survey => ({
  name: `size-${one.name}`,
  what: one.what,
  measure: async () => {
    const folder = mkdtempSync(join(tmpdir(), "dlm-size-"));
    try {
      return await figuresOf(one, folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});

export const sizes: readonly Survey[] = (
  [
    {
      name: "mlp",
      what: "what a page downloads to run 784-512-256-128-10, without weights, after gzip",
      file: "mlp.dlm",
      exported: "Mlp",
      most: 15_000,
    },
    {
      name: "cnn-training",
      what: "what a page downloads to train the CNN, after gzip",
      file: "cnn.dlm",
      exported: "CnnTrainer",
      most: 40_000,
    },
  ] satisfies readonly Case[]
).map(size);
