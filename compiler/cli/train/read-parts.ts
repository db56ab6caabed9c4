// What the command line says about data into the parts that a run learns from, chooses by and is tested on.

import { noteTokens } from "../../../runtime/data/tokens.ts";
import type { TokenKind } from "../../../runtime/data/tokens.ts";
import { UserError } from "../exit-code.ts";
import type { Holdout } from "../option-values.ts";
import type { Terminal } from "../terminal.ts";
import type { Parts } from "./examples.ts";
import { readRecipeData } from "./open-recipe.ts";
import type { Recipe } from "./open-recipe.ts";
import { holdOut } from "./split.ts";
import { isText, readWindows } from "./text-data.ts";
import { textInOrder, textParts } from "./text-parts.ts";

export type PartsOptions = {
  readonly data?: readonly string[];
  readonly test?: readonly string[];
  readonly header?: boolean;
  readonly holdout?: Holdout;
  readonly tokens?: TokenKind;
};

const onlyOne = ({ test, holdout }: PartsOptions): void => {
  if (test !== undefined && holdout !== undefined)
    throw new UserError("--test and --holdout both say what the final test uses", "drop one");
};

/** Text as windows; its vocabulary goes where it is saved with the nets. */
const readTextParts = (
  terminal: Terminal,
  recipe: Recipe,
  { data = [], test, holdout, tokens = "characters" }: PartsOptions,
  say: (line: string) => void,
): Parts => {
  const text = readWindows(terminal, recipe, data, tokens);
  for (const note of text.notes) say(note);
  const other = test === undefined ? null : readWindows(terminal, recipe, test, text.tokens);
  for (const note of other === null ? [] : textInOrder(other).notes) say(`test: ${note}`);
  noteTokens(recipe.trainer.metadata, text.tokens);
  return textParts(recipe.trainer, text, other, holdout);
};

/** `say` gets what the user should know of the data. */
export const readParts = async (
  terminal: Terminal,
  recipe: Recipe,
  options: PartsOptions,
  say: (line: string) => void,
): Promise<Parts> => {
  onlyOne(options);
  if (isText(recipe.program, options.data, options.tokens))
    return readTextParts(terminal, recipe, options, say);
  const { examples, notes } = await readRecipeData(
    terminal,
    recipe,
    "--data",
    options.data,
    options,
  );
  for (const note of notes) say(note);
  const whole = { validation: null, sizes: undefined };
  if (options.test !== undefined) {
    const test = await readRecipeData(terminal, recipe, "--test", options.test, options);
    return { train: examples, test: test.examples, ...whole };
  }
  if (options.holdout === undefined) return { train: examples, test: null, ...whole };
  return { ...holdOut(examples, options.holdout, recipe.trainer.seed), ...whole };
};
