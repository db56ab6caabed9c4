// What Node asks when a program imports a .dlm file: it runs in a thread of its own, beside the program.

import { readFile } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";
import type { JsonDiagnostic } from "../../grammar/diagnostic-json.ts";
import { transformModule } from "./transform-module.ts";
import type { TransformOptions } from "./transform-module.ts";

/** They come with the address of this file. */
const options = JSON.parse(
  new URL(import.meta.url).searchParams.get("options") ?? "{}",
) as TransformOptions;

const isDlm = (url: string | undefined): boolean =>
  url !== undefined && url.startsWith("file:") && new URL(url).pathname.endsWith(".dlm");

/** Generated modules find the runtime of this package from any folder. */
export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === "dlm/runtime" && isDlm(context.parentURL)
    ? next(specifier, { ...context, parentURL: import.meta.url })
    : next(specifier, context);

const reportOf = ({ file, start, code, message, frame }: JsonDiagnostic): string =>
  `${file}:${start.line}:${start.column} ${code}: ${message}\n${frame}`;

export const load: LoadHook = async (url, context, next) => {
  if (!isDlm(url)) return next(url, context);
  const path = fileURLToPath(url);
  const text = await readFile(path, "utf8");
  const { code, map, problems, warnings } = await transformModule(
    path,
    text,
    process.cwd(),
    options,
  );
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(reportOf).join("\n"));
  for (const one of [...warnings, ...problems.map(reportOf)]) console.warn(one);
  const encoded = Buffer.from(JSON.stringify(map)).toString("base64");
  const source = `${code}//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
  return { format: "module", source, shortCircuit: true };
};
