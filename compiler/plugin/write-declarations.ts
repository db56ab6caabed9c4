// An emitted module into the declarations that TypeScript reads when a program imports the .dlm file.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
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

/** `net.dlm` → `net.dlm.d.ts`, where TypeScript's `bundler` resolution looks for the types of `./net.dlm`. */
export const declarationPath = (path: string): string => `${path}.d.ts`;

/** Writes beside the source, and only what changed, so that watchers stay calm. */
export const writeDeclarations = async (path: string, typescript: string): Promise<string> => {
  const target = declarationPath(path);
  const source = path.slice(path.lastIndexOf("/") + 1);
  const text = await declarationsOf(typescript, source);
  if (existsSync(target) && readFileSync(target, "utf8") === text) return target;
  const temporary = `${target}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, target);
  return target;
};
