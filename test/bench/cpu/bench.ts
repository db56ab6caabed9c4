// dlm as WebAssembly beside other libraries, on one thread of the CPU: `npm ci` in this folder, then `npm run bench`.

import { readOptions, usageText } from "./options.ts";
import { run } from "./run.ts";

if (process.argv.includes("--help")) console.log(usageText);
else {
  await run(readOptions(process.argv.slice(2)));
  // Libraries keep workers for as long as the process lives.
  process.exit();
}
