// Words that emitted TypeScript may not use for a variable.

import { reservedWords } from "../identifiers.ts";
import { runtimeNames } from "../runtime-functions.ts";

export const reserved: readonly string[] = [
  "f",
  "i",
  "Math",
  "Infinity",
  "NaN",
  ...runtimeNames,
  "floorMod",
  "powInt",
  ...reservedWords,
];
