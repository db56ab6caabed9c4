// `dlm lsp`: the language server, for editors, on standard input and output.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createConnection } from "vscode-languageserver/node";
import type { Host } from "../../lsp/host.ts";
import { serve } from "../../lsp/server.ts";
import type { ExitCode } from "../exit-code.ts";
import { version } from "../version.ts";

/** This package, from the sources and from the build. */
const root = new URL(
  ".",
  pathToFileURL(createRequire(import.meta.url).resolve("dlm/package.json")),
);

export const host: Host = {
  read: (uri) => {
    try {
      return readFileSync(fileURLToPath(uri), "utf8");
    } catch {
      return null;
    }
  },
  library: new URL("compiler/std/", root).href,
  explanation: (code) => new URL(`grammar/explain/${code}.md`, root).href,
  version,
};

/** Ends the process itself when the client leaves. */
export const runLsp = (): Promise<ExitCode> => {
  serve(createConnection(process.stdin, process.stdout), host);
  return new Promise(() => {});
};
