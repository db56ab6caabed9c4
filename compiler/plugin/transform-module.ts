// A .dlm file into the JavaScript module and the declarations that importing code sees.

import { readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import { toJson } from "../../grammar/diagnostic-json.ts";
import type { JsonDiagnostic } from "../../grammar/diagnostic-json.ts";
import type { Backend } from "../backends/backend.ts";
import { backends } from "../backends/by-name.ts";
import type { BackendName } from "../backends/by-name.ts";
import { webgpuBackendFor } from "../backends/wgsl/index.ts";
import { parseTuned } from "../backends/wgsl/tuned.ts";
import type { Precision } from "../../runtime/abi.ts";
import { DlmError } from "../../runtime/errors.ts";
import { parseFigures } from "../../runtime/webgpu/figures.ts";
import { loadTsMorph } from "../backends/load-ts-morph.ts";
import { compile, emitFile } from "../index.ts";
import { sourceMapOf } from "./source-map.ts";
import type { Source, SourceMap } from "./source-map.ts";

/** What a bundler needs of one .dlm file. */
export type TransformedModule = {
  /** JavaScript; "" when there are errors. */
  readonly code: string;
  /** From that to .dlm files; null when there are errors. */
  readonly map: SourceMap | null;
  /** The same module with its types; "" when there are errors. */
  readonly typescript: string;
  readonly problems: readonly JsonDiagnostic[];
  /** About files of what was measured. */
  readonly warnings: readonly string[];
  /** Absolute paths of all files that were read, the entry first. */
  readonly files: readonly string[];
};

/** Types erased, everything else as it is written. */
const eraseTypes = async (typescript: string, fileName: string): Promise<string> => {
  const { ts } = await loadTsMorph();
  const { outputText } = ts.transpileModule(typescript, {
    fileName,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  return outputText;
};

/** How a path is shown in reports: from where the build runs, unless that leads outside. */
const shown = (root: string, path: string): string => {
  const short = relative(root, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
};

export type TransformOptions = {
  readonly steps?: boolean;
  readonly backend?: BackendName;
  readonly precision?: Precision;
  /** Files that `dlm calibrate` and `dlm tune` wrote. */
  readonly figures?: string;
  readonly tuned?: string;
};

/** Throws where a file is none, or the target no GPU. */
const backendOf = (
  { backend = "typescript", figures, tuned }: TransformOptions,
  read: (file: string) => string | null,
  warn: (message: string) => void,
): Backend => {
  const names = Object.keys(backends);
  if (!names.includes(backend))
    throw new DlmError("bad-option", `backend: ${names.join(", ")}; got "${backend}"`);
  if (figures === undefined && tuned === undefined) return backends[backend];
  if (backend !== "webgpu")
    throw new DlmError("bad-option", 'what a GPU was measured to do needs `backend: "webgpu"`');
  const textOf = (file: string): string => {
    const text = read(file);
    if (text === null) throw new DlmError("io", `there is no file ${file}`);
    return text;
  };
  return webgpuBackendFor({
    ...(figures === undefined ? {} : { figures: parseFigures(textOf(figures), figures).figures }),
    ...(tuned === undefined ? {} : { tuned: parseTuned(textOf(tuned), tuned) }),
    warn: (message) => warn(`${tuned}: ${message}`),
  });
};

export const transformModule = async (
  path: string,
  text: string,
  root: string,
  options: TransformOptions = {},
): Promise<TransformedModule> => {
  const { steps = true, precision } = options;
  const entry = shown(root, path);
  const files = new Set([path]);
  const warnings: string[] = [];
  const read = (file: string): string | null => {
    if (file === entry) return text;
    const full = resolve(root, file);
    try {
      const found = readFileSync(full, "utf8");
      files.add(full);
      return found;
    } catch {
      return null;
    }
  };
  const backend = backendOf(options, read, (message) => warnings.push(message));
  const compilation = compile({
    entry,
    read,
    steps,
    backend,
    ...(precision === undefined ? {} : { precision }),
  });
  const problems = compilation.diagnostics.map((one) => toJson(one, compilation.textOf));
  if (problems.some(({ severity }) => severity === "error"))
    return { code: "", map: null, typescript: "", problems, warnings, files: [...files] };
  const typescript = await emitFile({ ...compilation, backend });
  const code = await eraseTypes(typescript, `${path}.ts`);
  const sourceOf = (name: string): Source | null => {
    const full = resolve(root, name);
    if (full === path) return own;
    return files.has(full)
      ? { url: relative(dirname(path), full), text: compilation.textOf(name) ?? "" }
      : null;
  };
  const own = { url: basename(path), text };
  const map = sourceMapOf(code, own, sourceOf);
  return { code, map, typescript, problems, warnings, files: [...files] };
};
