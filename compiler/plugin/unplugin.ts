// One plugin for Vite, Rollup, Rolldown, esbuild and webpack: `import { Net } from "./net.dlm"`.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { isAbsolute, resolve } from "node:path";
import { createUnplugin } from "unplugin";
import type { UnpluginInstance, UnpluginMessage } from "unplugin";
import type { JsonDiagnostic } from "../../grammar/diagnostic-json.ts";
import type { Precision } from "../../runtime/abi.ts";
import type { BackendName } from "../backends/by-name.ts";
import { transformModule } from "./transform-module.ts";
import { declarationsBeside, writeDeclarations } from "./write-declarations.ts";

export type PluginOptions = {
  /**
   * Whether to keep declarations beside each imported `net.dlm`, for the type checker and the editor: `net.dlm.d.ts`, or
   * `net.d.dlm.ts` where `tsconfig.json` says `allowArbitraryExtensions`. Default: true.
   */
  readonly types?: boolean;
  /** Whether models that are causal in a size get `step`, which adds to their code. Default: true. */
  readonly steps?: boolean;
  /** What models run on: this thread, or a GPU. Default: `typescript`. */
  readonly backend?: BackendName;
  /** `mixed`: f16 for storage and products, where `backend` has it. Default: what each recipe says, `f32` for models. */
  readonly precision?: Precision;
  /** What the kernels of `webgpu` are chosen by: a file that `dlm calibrate` wrote. */
  readonly figures?: string;
  /** The same, of `dlm tune`: kernels as they were measured to be fastest. */
  readonly tuned?: string;
  /** Where paths start, in messages and of those files. Default: the folder the build runs in. */
  readonly root?: string;
};

/** A report as bundlers take it: Vite's overlay shows `frame` and links `loc`. */
const messageOf = (
  problem: JsonDiagnostic,
  root: string,
  drawsFrames: boolean,
): UnpluginMessage => {
  const { file, start, message, code, frame } = problem;
  const path = isAbsolute(file) ? file : resolve(root, file);
  const head = `${code}: ${message}`;
  const report = {
    name: code,
    id: path,
    message: drawsFrames ? head : `${head}\n${frame}`,
    loc: { file: path, line: start.line, column: start.column - 1 },
    frame,
  };
  return report;
};

/** Bundlers that print the frame of a report under its message. */
const frameworksWithFrames: readonly string[] = ["vite", "rollup", "rolldown"];

/** The runtime of this package, so that generated modules find it from any folder. */
const runtimeId = "dlm/runtime";

const resolveRuntime = {
  filter: { id: /^dlm\/runtime$/ },
  handler: (): string => createRequire(import.meta.url).resolve(runtimeId),
};

export const dlm: UnpluginInstance<PluginOptions | undefined, false> = createUnplugin(
  (options: PluginOptions | undefined, { framework }) => {
    const drawsFrames = frameworksWithFrames.includes(framework);
    const root = options?.root ?? process.cwd();
    const imported = new Map<string, readonly string[]>();
    return {
      name: "dlm",
      enforce: "pre",
      // esbuild would look for the answer in the plugin itself; it finds the package as any other.
      ...(framework === "esbuild" ? {} : { resolveId: resolveRuntime }),
      // Not `transform`, whose source maps have one source: layers come from other files too.
      load: {
        filter: { id: /\.dlm$/ },
        async handler(id) {
          const text = await readFile(id, "utf8");
          const { code, map, typescript, problems, warnings, files } = await transformModule(
            id,
            text,
            root,
            options,
          );
          const others = files.filter((file) => file !== id);
          imported.set(id, others);
          for (const file of others) this.addWatchFile(file);
          for (const warning of warnings) this.warn(warning);
          const errors = problems.filter(({ severity }) => severity === "error");
          for (const one of problems)
            if (one.severity !== "error") this.warn(messageOf(one, root, drawsFrames));
          const [first, ...more] = errors;
          if (first !== undefined) {
            for (const one of more) this.warn(messageOf(one, root, drawsFrames));
            this.error(messageOf(first, root, drawsFrames));
            // Bundlers whose `error` comes back still get a module that says what happened.
            return `throw new Error(${JSON.stringify(first.frame)});\n`;
          }
          if (options?.types !== false) writeDeclarations(await declarationsBeside(id, typescript));
          return { code, map };
        },
      },
      // Vite's server knows only of what is named here that a change of it changes the module.
      transform: {
        filter: { id: /\.dlm$/ },
        handler(_, id) {
          for (const file of imported.get(id) ?? []) this.addWatchFile(file);
          return null;
        },
      },
    };
  },
);
