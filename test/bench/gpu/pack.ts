// Packs the benchmark for a Linux machine on x64 without network, Node or npm: `npx tsx test/bench/gpu/pack.ts`. Peers are
// bundled, programs compiled, and Node and Dawn come along: `dist/dlm-gpu-bench.tar.gz` here.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { commitHere } from "../shared/commit.ts";
import { emitProgram } from "./compile-program.ts";
import { keyOf } from "../shared/programs.ts";
import { allWorks } from "./works/index.ts";

const mostMiB = 60;

const here = fileURLToPath(new URL(".", import.meta.url));
const name = "dlm-gpu-bench";
const folder = join(here, "dist", name);

const put = (from: string, to: string): void => {
  const path = join(folder, to);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(from, path);
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "programs"), { recursive: true });

const specs = [...allWorks("full"), ...allWorks("small")].flatMap(({ programs }) => programs);
for (const [key, spec] of new Map(specs.map((one) => [keyOf(one), one])))
  writeFileSync(join(folder, "programs", `${key}.mjs`), emitProgram(spec));

await build({
  entryPoints: [join(here, "packed.ts")],
  outfile: join(folder, "bench.mjs"),
  bundle: true,
  minify: true,
  format: "esm",
  platform: "node",
  target: "node20",
  define: { packedCommit: JSON.stringify(commitHere()) },
  // It looks for its parts beside itself.
  external: ["./onnxruntime-web/*"],
  alias: { "onnxruntime-web/webgpu": "./onnxruntime-web/ort.webgpu.bundle.min.mjs" },
  // Parts of tfjs are CommonJS.
  banner: {
    js: `import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);`,
  },
  logLevel: "error",
});

const packages = join(here, "node_modules");
for (const file of [
  "ort.webgpu.bundle.min.mjs",
  "ort-wasm-simd-threaded.asyncify.mjs",
  "ort-wasm-simd-threaded.asyncify.wasm",
])
  put(join(packages, "onnxruntime-web/dist", file), `onnxruntime-web/${file}`);
const dawn = "dist/linux-x64/dawn.node";
put(join(packages, "webgpu", dawn), dawn);
put(join(here, "peers/torch_works.py"), "torch_works.py");
put(process.execPath, "node");
// Vulkan's loader, for a machine that has a driver alone.
const loader = "/lib/x86_64-linux-gnu/libvulkan.so.1";
if (existsSync(loader)) put(realpathSync(loader), "lib/libvulkan.so.1");
for (const file of ["run.sh", "README.md"]) put(join(here, "pack", file), file);
for (const file of ["node", "run.sh"]) chmodSync(join(folder, file), 0o755);
// Symbols are a fifth of it.
execFileSync("strip", [join(folder, "node")]);

const archive = `${folder}.tar.gz`;
execFileSync("tar", ["-C", join(here, "dist"), "-I", "gzip -9", "-cf", archive, name]);
const size = statSync(archive).size / 2 ** 20;
console.log(`${archive}: ${size.toFixed(1)} MiB`);
if (size > mostMiB) throw new Error(`that is more than ${mostMiB} MiB`);
