// All works, yardsticks first.

import type { Scale, Work } from "../work.ts";
import { yardsticks } from "../yardsticks.ts";
import { attention } from "./attention.ts";
import { convolutions } from "./convolution.ts";
import { products } from "./product.ts";
import { rows } from "./rows.ts";

export const allWorks = (scale: Scale): readonly Work[] => [
  ...yardsticks(scale),
  ...products(scale),
  ...convolutions(scale),
  ...rows(scale),
  ...attention(scale),
];
