// The benchmark where it was packed: programs are compiled already.

import { runtimeFunctions } from "../../../compiler/backends/runtime-functions.ts";
import { readOptions, usageText } from "./options.ts";
import { keyOf } from "../shared/programs.ts";
import type { Program } from "../shared/programs.ts";
import { run } from "./run.ts";

/** `pack.ts` writes the text of it here. */
declare const packedCommit: string;

type Created = { readonly program: Program };
type Emitted = { readonly create: (functions: typeof runtimeFunctions) => Created };

if (process.argv.includes("--help")) console.log(usageText);
else {
  await run(readOptions(process.argv.slice(2)), {
    commit: packedCommit,
    program: async (spec) => {
      const url = new URL(`programs/${keyOf(spec)}.mjs`, import.meta.url);
      const { create } = (await import(url.href)) as Emitted;
      return create(runtimeFunctions).program;
    },
  });
  process.exit(0);
}
