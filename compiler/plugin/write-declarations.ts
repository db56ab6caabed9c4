// An emitted module into the declarations that TypeScript reads when a program imports the .dlm file.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { loadTsMorph } from "../backends/load-ts-morph.ts";

const header = (source: string): string =>
  `// Generated from ${source} by dlm. Changes are overwritten.\n`;

/** Types only, in the words of the emitted TypeScript module. */
export const declarationsOf = async (typescript: string, source: string): Promise<string> => {
  const { ts } = await loadTsMorph();
  const { outputText } = ts.transpileDeclaration(typescript, {
    fileName: `${source}.ts`,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      isolatedDeclarations: true,
    },
  });
  return header(source) + outputText;
};

/**
 * Where TypeScript looks for the types of `./net.dlm`: `net.d.dlm.ts` if the `tsconfig.json` above it says
 * `allowArbitraryExtensions`, which every kind of resolution reads; else `net.dlm.d.ts`, which `bundler` reads without.
 */
export const declarationPath = async (path: string): Promise<string> => {
  const { ts } = await loadTsMorph();
  const full = resolve(path);
  const config = ts.findConfigFile(dirname(full), ts.sys.fileExists);
  if (config === undefined) return `${path}.d.ts`;
  const { config: raw } = ts.readConfigFile(config, ts.sys.readFile);
  // Its options alone: the files of the program are not looked for.
  const host = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonConfigFileContent(raw, host, dirname(config));
  return options.allowArbitraryExtensions === true
    ? path.replace(/\.dlm$/, ".d.dlm.ts")
    : `${path}.d.ts`;
};

export type Declarations = { readonly target: string; readonly text: string };

/** What stands beside the source, or should. */
export const declarationsBeside = async (
  path: string,
  typescript: string,
): Promise<Declarations> => ({
  target: await declarationPath(path),
  text: await declarationsOf(typescript, basename(path)),
});

export const isWritten = ({ target, text }: Declarations): boolean =>
  existsSync(target) && readFileSync(target, "utf8") === text;

/** Only what changed, so that watchers stay calm. */
export const writeDeclarations = (declarations: Declarations): void => {
  if (isWritten(declarations)) return;
  const temporary = `${declarations.target}.${process.pid}.tmp`;
  writeFileSync(temporary, declarations.text);
  renameSync(temporary, declarations.target);
};
