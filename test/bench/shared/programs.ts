// Programs of dlm that are measured: `.dlm` files, compiled here or before.

import type { ModelProgram, Precision, Settings, TrainProgram } from "../../../runtime/abi.ts";

export type Program = ModelProgram | TrainProgram;

export type ProgramSpec = {
  /** Within `programs`. */
  readonly file: string;
  /** A model or recipe. */
  readonly name: string;
  /** Sizes of a model. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly settings?: Partial<Settings>;
  /** `f32` if it is not given. */
  readonly precision?: Precision;
};

/** Tells programs apart; the name of the file that holds a compiled one. */
export const keyOf = ({
  file,
  name,
  sizes = {},
  settings = {},
  precision = "f32",
}: ProgramSpec): string =>
  [
    file.replace(/\.dlm$/, ""),
    name,
    ...[...Object.entries(sizes), ...Object.entries(settings)].map(([key, value]) => key + value),
    ...(precision === "f32" ? [] : [precision]),
  ].join("-");
