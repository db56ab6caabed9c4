// All works.

import type { Scale, Work } from "../work.ts";
import { adam } from "./adam.ts";
import { attention } from "./attention.ts";
import { convolutions } from "./convolution.ts";
import { dispatches } from "./dispatches.ts";
import { products } from "./product.ts";
import { rows } from "./rows.ts";
import { training } from "./training.ts";
import { smallModel } from "./small-model.ts";

export const allWorks = (scale: Scale): readonly Work[] => [
  ...products(scale),
  ...convolutions(scale),
  ...rows(scale),
  ...attention(scale),
  ...adam(scale),
  ...dispatches(scale),
  ...smallModel(scale),
  ...training(scale),
];
