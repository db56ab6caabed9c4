// `dlm evaluate`: loss and metrics of a saved model on data.

import { readNormalisation } from "../../../runtime/data/normalise.ts";
import { exitCode } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { withCommas } from "../train/numbers.ts";
import type { Holdout } from "../option-values.ts";
import type { Terminal } from "../terminal.ts";
import { evaluateOn } from "../train/evaluate-on.ts";
import { normaliseExamples } from "../train/examples.ts";
import { openRecipe, readRecipeData } from "../train/open-recipe.ts";
import { resultLines } from "../train/result-lines.ts";
import { holdOut } from "../train/split.ts";
import { loadNets } from "../train/weights-file.ts";

export type EvaluateOptions = {
  readonly weights: string;
  readonly data?: readonly string[];
  readonly header?: boolean;
  readonly batch?: number;
  readonly name?: string;
  readonly holdout?: Holdout;
  readonly seed?: number;
  readonly json?: boolean;
};

export const runEvaluate = async (
  terminal: Terminal,
  file: string,
  options: EvaluateOptions,
): Promise<ExitCode> => {
  const { json = false } = options;
  const recipe = await openRecipe(terminal, file, options);
  const { trainer } = recipe;
  const read = await readRecipeData(
    terminal,
    recipe,
    "--data",
    options.data,
    options,
    "dlm evaluate",
  );
  await loadNets(terminal, trainer.nets, options.weights);
  const data =
    options.holdout === undefined
      ? read.examples
      : holdOut(read.examples, options.holdout, trainer.seed).test;
  const metrics = await evaluateOn(
    trainer,
    normaliseExamples(readNormalisation(trainer.metadata), data).source,
    recipe.batch,
  );
  if (json) terminal.out(`${JSON.stringify({ examples: data.length, ...metrics })}\n`);
  else {
    for (const note of read.notes) terminal.err(`${note}\n`);
    const rows = [{ part: "data", metrics, remark: `(${withCommas(data.length)} examples)` }];
    for (const line of resultLines(rows)) terminal.out(`${line}\n`);
  }
  return exitCode.ok;
};
