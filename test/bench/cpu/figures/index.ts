// All surveys.

import { compilation } from "./compile.ts";
import { epoch } from "./epoch.ts";
import type { Survey } from "./figure.ts";
import { memory } from "./memory.ts";
import { sizes } from "./size.ts";

export const allSurveys: readonly Survey[] = [...sizes, compilation, epoch, memory];
