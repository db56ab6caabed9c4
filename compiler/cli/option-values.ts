// Words behind options into numbers and choices; what cannot be read becomes a usage error.

import { InvalidArgumentError } from "commander";

/** A whole number of at least `least`; `1_000` is read as in the language. */
export const wholeNumber =
  (least: number) =>
  (word: string): number => {
    const value = /^\d[\d_]*$/.test(word) ? Number(word.replaceAll("_", "")) : NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
  };

/** A number such as 0.8, within limits that `limits` tells. */
export const fraction =
  (holds: (value: number) => boolean, limits: string) =>
  (word: string): number => {
    const value = /^\d*\.?\d+(e-?\d+)?$/i.test(word) ? Number(word) : NaN;
    if (holds(value)) return value;
    throw new InvalidArgumentError(`It must be a number ${limits}.`);
  };

/** Examples set aside: the last `n`, or a share of all drawn by the seed. */
export type Holdout =
  | { readonly kind: "last"; readonly count: number }
  | { readonly kind: "share"; readonly share: number };

export const holdout = (word: string): Holdout => {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(word);
  if (percent !== null) {
    const share = Number(percent[1]) / 100;
    if (share > 0 && share < 1) return { kind: "share", share };
  } else if (/^0?\.\d+$/.test(word)) {
    if (Number(word) > 0) return { kind: "share", share: Number(word) };
  } else if (/^\d[\d_]*$/.test(word)) {
    const count = Number(word.replaceAll("_", ""));
    if (count > 0) return { kind: "last", count };
  }
  throw new InvalidArgumentError(
    "Write a number of examples (360, the last ones) or a share (20% or 0.2, drawn by the seed).",
  );
};
