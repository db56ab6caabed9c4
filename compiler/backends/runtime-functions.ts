// Functions of the runtime that emitted code may call, by the names it calls them by.

import { erf, exponential, hyperbolicTangent } from "../../runtime/math.ts";
import { normalAt, uniformAt } from "../../runtime/random.ts";

export const runtimeFunctions = { uniformAt, normalAt, erf, exponential, hyperbolicTangent };

export const runtimeNames: readonly string[] = Object.keys(runtimeFunctions);
