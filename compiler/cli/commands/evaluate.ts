// `dlm evaluate`: loss and metrics of a saved model on data.

import { readNormalisation } from "../../../runtime/data/normalise.ts";
import type { TokenKind } from "../../../runtime/data/tokens.ts";
import type { GivenSizes } from "../../../runtime/sizes.ts";
import type { BackendOptions } from "../backends.ts";
import { exitCode } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { withCommas } from "../train/numbers.ts";
import type { Holdout } from "../option-values.ts";
import type { Terminal } from "../terminal.ts";
import { evaluateOn } from "../train/evaluate-on.ts";
import { normaliseExamples } from "../train/examples.ts";
import type { Examples } from "../train/examples.ts";
import { openRecipe, readRecipeData } from "../train/open-recipe.ts";
import type { Recipe } from "../train/open-recipe.ts";
import { resultLines } from "../train/result-lines.ts";
import { holdOut } from "../train/split.ts";
import { isText, readWindows, savedTokens } from "../train/text-data.ts";
import { askedOf, cutEnd, textInOrder } from "../train/text-parts.ts";
import { loadNets } from "../train/weights-file.ts";

export type EvaluateOptions = BackendOptions & {
  readonly weights: string;
  readonly data?: readonly string[];
  readonly header?: boolean;
  readonly tokens?: TokenKind;
  readonly batch?: number;
  readonly name?: string;
  readonly holdout?: Holdout;
  readonly seed?: number;
  readonly json?: boolean;
};

type Measured = {
  readonly examples: Examples;
  readonly sizes: GivenSizes | undefined;
  readonly notes: readonly string[];
};

/** Numbers of a text mean what the saved model says, or bytes. */
const readMeasuredText = (
  terminal: Terminal,
  recipe: Recipe,
  { data = [], holdout, weights, tokens }: EvaluateOptions,
): Measured => {
  const text = readWindows(
    terminal,
    recipe,
    data,
    savedTokens(weights, recipe.trainer.metadata, tokens),
  );
  const { sizes } = text;
  const asked = holdout === undefined ? 0 : askedOf(holdout, text.windows.tokens.length);
  const part = cutEnd(text, asked, "--holdout")[1] ?? text;
  const { examples, notes } = textInOrder(part);
  return { examples, sizes, notes: [...text.notes, ...notes] };
};

const readMeasured = async (
  terminal: Terminal,
  recipe: Recipe,
  options: EvaluateOptions,
): Promise<Measured> => {
  const { data, holdout, tokens } = options;
  if (isText(recipe.program, data, tokens)) return readMeasuredText(terminal, recipe, options);
  const read = await readRecipeData(terminal, recipe, "--data", data, options, "dlm evaluate");
  const used =
    holdout === undefined
      ? read.examples
      : holdOut(read.examples, holdout, recipe.trainer.seed).test;
  const examples = normaliseExamples(readNormalisation(recipe.trainer.metadata), used);
  return { examples, sizes: undefined, notes: read.notes };
};

export const runEvaluate = async (
  terminal: Terminal,
  file: string,
  options: EvaluateOptions,
): Promise<ExitCode> => {
  const recipe = await openRecipe(terminal, file, options);
  try {
    return await evaluateRecipe(terminal, recipe, options);
  } finally {
    recipe.trainer.dispose();
  }
};

const evaluateRecipe = async (
  terminal: Terminal,
  recipe: Recipe,
  options: EvaluateOptions,
): Promise<ExitCode> => {
  const { json = false } = options;
  const { trainer } = recipe;
  await loadNets(terminal, trainer.nets, options.weights);
  const { examples, sizes, notes } = await readMeasured(terminal, recipe, options);
  const { length, source } = examples;
  const metrics = await evaluateOn(trainer, source, recipe.batch, "all", sizes);
  if (json) terminal.out(`${JSON.stringify({ examples: length, ...metrics })}\n`);
  else {
    for (const note of notes) terminal.err(`${note}\n`);
    const rows = [{ part: "data", metrics, remark: `(${withCommas(length)} examples)` }];
    for (const line of resultLines(rows)) terminal.out(`${line}\n`);
  }
  return exitCode.ok;
};
