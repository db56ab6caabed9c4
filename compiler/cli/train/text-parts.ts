// A text in windows into what a run learns from, what it chooses by, and its end for the final test.

import { aheadOf, wholeWindows, windowsFrom, windowSource } from "../../../runtime/data/windows.ts";
import { UserError } from "../exit-code.ts";
import type { Holdout } from "../option-values.ts";
import { examplesOf } from "./examples.ts";
import type { Examples, Parts } from "./examples.ts";
import { within } from "./read-data.ts";
import type { RecipeTrainer } from "./recipe-trainer.ts";
import type { TextData } from "./text-data.ts";

/** All of it in order, but for a last part that fills no window: told in a note. */
export const textInOrder = ({
  windows,
  tokens,
}: TextData): { readonly examples: Examples; readonly notes: readonly string[] } => {
  const { length } = windows.tokens;
  const count = wholeWindows(windows);
  const left = length - count * windows.length - aheadOf(windows);
  if (count === 0)
    throw new UserError(
      `${length} ${tokens.kind} are fewer than the ${windows.length + aheadOf(windows)} of a window`,
      "take a longer text",
    );
  return {
    examples: examplesOf(windowsFrom(windows)),
    notes: left > 0 ? [`the last ${left} ${tokens.kind} fill no window and are left out`] : [],
  };
};

/** `test`: another text in place of the end of this one. */
export const textParts = (
  { seed, settings }: RecipeTrainer,
  text: TextData,
  test: TextData | null,
  holdout: Holdout | undefined,
): Parts => {
  const asked = holdout === undefined ? 0 : askedOf(holdout, text.windows.tokens.length);
  const [learned, held] = cutEnd(text, asked, "--holdout");
  const share = Math.round(settings.validation * learned.windows.tokens.length);
  const [rest, chosen] = cutEnd(learned, share, "`validation`");
  const source = within("the text", "use a longer text or shorter windows", () =>
    windowSource(rest.windows, seed),
  );
  const kept = test ?? held;
  return {
    train: { length: source.at(0).length, source },
    validation: chosen === null ? null : textInOrder(chosen).examples,
    test: kept === null ? null : textInOrder(kept).examples,
    sizes: text.sizes,
  };
};

export const askedOf = (holdout: Holdout, length: number): number =>
  holdout.kind === "last" ? holdout.count : Math.round(holdout.share * length);

/** At most `asked` tokens at the end, in whole windows so that each is measured once; no window holds some of both. */
export const cutEnd = (
  text: TextData,
  asked: number,
  option: string,
): readonly [TextData, TextData | null] => {
  if (asked === 0) return [text, null];
  const { tokens, length } = text.windows;
  const { kind } = text.tokens;
  const ahead = aheadOf(text.windows);
  const window = length + ahead;
  const count = Math.floor((asked - ahead) / length);
  if (count < 1)
    throw new UserError(`${option} keeps ${asked} ${kind}, fewer than the ${window} of a window`);
  const border = tokens.length - (count * length + ahead);
  if (border < window)
    throw new UserError(
      `${option} keeps ${asked} ${kind} and leaves nothing to learn from: the text has ${tokens.length}`,
    );
  const part = (from: number, to: number): TextData => ({
    ...text,
    windows: { ...text.windows, tokens: tokens.subarray(from, to) },
  });
  return [part(0, border), part(border, tokens.length)];
};
