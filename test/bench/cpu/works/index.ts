// All works.

import type { Work } from "../work.ts";
import { inferences } from "./inference.ts";
import { products } from "./product.ts";
import { trainings } from "./training.ts";

export const allWorks: readonly Work[] = [...products, ...inferences, ...trainings];
