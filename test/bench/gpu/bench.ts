// dlm on WebGPU beside other libraries on the same Dawn and the same device, and PyTorch where it is installed.
// `npm ci` in this folder, then `npx tsx bench.ts --help` there.

import { commitHere } from "../shared/commit.ts";
import { compileProgram } from "./compile-program.ts";
import { readOptions, usageText } from "./options.ts";
import { run } from "./run.ts";

if (process.argv.includes("--help")) console.log(usageText);
else {
  await run(readOptions(process.argv.slice(2)), { commit: commitHere(), program: compileProgram });
  // Libraries keep devices and workers for as long as the process lives.
  process.exit(0);
}
