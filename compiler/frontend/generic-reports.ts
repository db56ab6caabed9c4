// Which reports about a declaration checked with made-up sizes hold whatever the sizes are.

import type { Diagnostic } from "../../grammar/diagnostic.ts";

/** Reports about shapes that no choice of sizes can repair. */
const structural = new Set(["DLM0413", "DLM0414", "DLM0416", "DLM0417"]);

/** Two sizes that differ as names may be equal in a call; two different numbers never are. */
export const holdsForAllSizes = ({ code, message }: Diagnostic): boolean => {
  if (code === "DLM0401") return /: \d+ and \d+$/.test(message);
  // Made-up sizes are not known when compiling, real ones are.
  if (code === "DLM0308") return false;
  return !code.startsWith("DLM04") || structural.has(code);
};
