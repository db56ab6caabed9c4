// Every PyTorch operation of the reference numbers as .dlm.

import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { loss } from "./loss.ts";
import { matrix } from "./matrix.ts";
import { norm } from "./norm.ts";
import { reduction } from "./reduction.ts";
import type { Sample, Translate, Translation } from "./sample.ts";
import { shape } from "./shape.ts";
import { window } from "./window.ts";

export const translations: Readonly<Record<string, Translate>> = {
  ...elementwise,
  ...indexing,
  ...loss,
  ...matrix,
  ...norm,
  ...reduction,
  ...shape,
  ...window,
};

/** The sample in .dlm, or why it cannot be said. */
export const translate = (sample: Sample): Translation => {
  const translation = translations[sample.op];
  if (translation === undefined) return { reason: "no translation" };
  const said = translation(sample);
  return typeof said === "string" ? { values: [said] } : said;
};
