// A .dlm file into the JavaScript module and the declarations that importing code sees.

import { readFileSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { toJson } from "../../grammar/diagnostic-json.ts";
import type { JsonDiagnostic } from "../../grammar/diagnostic-json.ts";
import { backends } from "../backends/by-name.ts";
import type { BackendName } from "../backends/by-name.ts";
import type { Precision } from "../../runtime/abi.ts";
import { loadTsMorph } from "../backends/load-ts-morph.ts";
import { compile, emitFile } from "../index.ts";

/** What a bundler needs of one .dlm file. */
export type TransformedModule = {
  /** JavaScript; "" when there are errors. */
  readonly code: string;
  /** The same module with its types; "" when there are errors. */
  readonly typescript: string;
  readonly problems: readonly JsonDiagnostic[];
  /** Absolute paths of all .dlm files that were read, the entry first. */
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
};

export const transformModule = async (
  path: string,
  text: string,
  root: string,
  { steps = true, backend = "typescript", precision }: TransformOptions = {},
): Promise<TransformedModule> => {
  const entry = shown(root, path);
  const files = new Set([path]);
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
  const options = precision === undefined ? {} : { precision };
  const compilation = compile({ entry, read, steps, backend: backends[backend], ...options });
  const problems = compilation.diagnostics.map((one) => toJson(one, compilation.textOf));
  if (problems.some(({ severity }) => severity === "error"))
    return { code: "", typescript: "", problems, files: [...files] };
  const typescript = await emitFile({ ...compilation, backend: backends[backend] });
  const code = await eraseTypes(typescript, `${path}.ts`);
  return { code, typescript, problems, files: [...files] };
};
