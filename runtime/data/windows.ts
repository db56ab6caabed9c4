// A long row of numbers, such as a text → examples that are windows of it, without copying it.
import type { FieldSpec } from "../abi.ts";
import { DlmError } from "../errors.ts";
import { splitSeed, streamKey, uniformAt } from "../random.ts";
import type { Dataset, Source } from "./dataset.ts";

export type Windows = {
  readonly tokens: Int32Array;
  /** The window, and for a second field the window one further on: what comes next. */
  readonly fields: readonly Pick<FieldSpec, "name">[];
  /** Tokens of a window. */
  readonly length: number;
};

/** Windows that follow each other from token `first`; with `count`, no more than that. */
export const windowsFrom = (windows: Windows, first = 0, count = Infinity): Dataset => {
  const { tokens: values, fields, length } = windows;
  const shape = [length];
  return {
    length: Math.min(count, wholeWindows(windows, first)),
    columns: new Map(
      fields.map(({ name }, ahead) => [
        name,
        { dtype: "i32", shape, values, windows: { first: first + ahead, stride: length } },
      ]),
    ),
  };
};

/** Tokens past the end of a window that its fields see. */
export const aheadOf = ({ fields }: Windows): number => fields.length - 1;

/** Windows that fit between token `first` and the end. */
export const wholeWindows = (windows: Windows, first = 0): number =>
  Math.max(0, Math.floor((windows.tokens.length - first - aheadOf(windows)) / windows.length));

/**
 * Every epoch cuts the tokens into as many windows, from a start of its own that the seed draws, so that borders fall
 * elsewhere.
 */
export const windowSource = (
  windows: Windows,
  seed: number,
): Extract<Source, { kind: "epochs" }> => {
  const { tokens, length } = windows;
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new DlmError("bad-option", `a window is a whole number of tokens from 1, got ${length}`);
  }
  if (wholeWindows(windows) === 0) {
    throw new DlmError(
      "bad-data",
      `${tokens.length} tokens are too few for a window of ${length + aheadOf(windows)}`,
    );
  }
  const count = Math.max(1, wholeWindows(windows, length - 1));
  const starts = tokens.length - aheadOf(windows) - count * length + 1;
  const key = streamKey("windows", ...splitSeed(seed));
  return {
    kind: "epochs",
    at: (epoch) => windowsFrom(windows, Math.floor(uniformAt(...key, 0, epoch) * starts), count),
  };
};
