// `dlm train`: a recipe and data into a trained, measured and saved network.

import { readTokens } from "../../../runtime/data/tokens.ts";
import type { FitReport } from "../../../runtime/fit.ts";
import { countOf } from "../../../runtime/store.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { shownPath } from "../files.ts";
import { colorsOf } from "../terminal.ts";
import type { BackendOptions } from "../backends.ts";
import type { Terminal } from "../terminal.ts";
import { chooseView } from "../train/choose-view.ts";
import { evaluateOn } from "../train/evaluate-on.ts";
import { asideCount, normaliseExamples } from "../train/examples.ts";
import type { Parts } from "../train/examples.ts";
import { writeJsonEvent } from "../train/json-view.ts";
import { normalisationFor } from "../train/normalise.ts";
import { duration, withCommas } from "../train/numbers.ts";
import { openRecipe } from "../train/open-recipe.ts";
import type { Recipe } from "../train/open-recipe.ts";
import { readParts } from "../train/read-parts.ts";
import type { PartsOptions } from "../train/read-parts.ts";
import { resultLines } from "../train/result-lines.ts";
import type { ResultRow } from "../train/result-lines.ts";
import { runFit } from "../train/run-fit.ts";
import { checkTokens } from "../train/text-data.ts";
import type { RoundNumbers } from "../train/view.ts";
import {
  checkpointPath,
  fitting,
  loadNets,
  makeFolder,
  readBytesOf,
  saveNets,
} from "../train/weights-file.ts";

export type TrainOptions = PartsOptions &
  BackendOptions & {
    readonly normalize: string;
    readonly epochs?: number;
    readonly steps?: number;
    readonly batch?: number;
    readonly seed?: number;
    readonly name?: string;
    readonly out?: string;
    readonly weights?: string;
    readonly resume?: string | true;
    readonly json?: boolean;
    readonly quiet?: boolean;
  };

/** There is one place to start from. */
const onlyStart = ({ weights, resume: from }: TrainOptions): void => {
  if (weights !== undefined && from !== undefined)
    throw new UserError("--weights and --resume both say where to start", "drop one");
};

const resume = async (
  terminal: Terminal,
  { trainer }: Recipe,
  { resume: from, out }: TrainOptions,
): Promise<boolean> => {
  if (from === undefined) return false;
  if (from === true && out === undefined)
    throw new UserError("--resume does not know where from", "name the checkpoint, or add --out");
  const path = from === true ? checkpointPath(out ?? "") : from;
  const bytes = await readBytesOf(terminal, path, "`dlm train … --out FOLDER` writes one");
  const tokens = readTokens(trainer.metadata);
  await fitting(path, "was it written for this .dlm file as it is now?", () => trainer.load(bytes));
  checkTokens(path, tokens, readTokens(trainer.metadata));
  return true;
};

const measure = async (
  { trainer, batch }: Recipe,
  parts: Parts,
  validation: RoundNumbers | null,
): Promise<readonly ResultRow[]> => {
  const { train, test, sizes } = parts;
  const share = parts.validation === null ? trainer.settings.validation : 0;
  const aside = asideCount(train, share, trainer.seed);
  const remark = (count: number): string => `(${withCommas(count)} examples)`;
  const part = share === 0 ? "all" : "train";
  return [
    // A long text is not gone through once more where other parts tell more.
    ...(train.source.kind === "epochs" && (test !== null || validation !== null)
      ? []
      : [
          {
            part: "train",
            metrics: await evaluateOn(trainer, train.source, batch, part, sizes),
            remark: remark(train.length - aside),
          },
        ]),
    ...(validation === null
      ? []
      : [
          {
            part: "validation",
            metrics: validation,
            remark: remark(parts.validation?.length ?? aside),
          },
        ]),
    ...(test === null
      ? []
      : [
          {
            part: "test",
            metrics: await evaluateOn(trainer, test.source, batch, "all", sizes),
            remark: remark(test.length),
          },
        ]),
  ];
};

const paramCount = ({ program }: Recipe): number =>
  program.stored
    .filter(({ storage }) => storage === "param")
    .reduce((sum, { shape }) => sum + countOf(shape), 0);

const stopped = (
  terminal: Terminal,
  { file, trainer }: Recipe,
  folder: string | null,
  json: boolean,
): ExitCode => {
  const checkpoint = folder === null ? null : shownPath(terminal, checkpointPath(folder));
  if (json) {
    writeJsonEvent(terminal, "stopped", { steps: trainer.rounds, checkpoint });
    return exitCode.interrupted;
  }
  const at = `stopped after ${withCommas(trainer.rounds)} updates`;
  if (folder === null) {
    terminal.err(`${at}; nothing was saved: there is no --out folder\n`);
    return exitCode.interrupted;
  }
  const out = shownPath(terminal, folder);
  terminal.err(`${at}; saved in ${checkpoint}\n`);
  terminal.err(
    `go on with the same command and \`--resume\`: dlm train ${file} … --out ${out} --resume\n`,
  );
  return exitCode.interrupted;
};

const reasonText = (report: FitReport<RoundNumbers>): string => {
  const done = `${report.epochs} ${report.epochs === 1 ? "epoch" : "epochs"}, ${withCommas(report.rounds)} updates`;
  return report.reason === "early-stop" ? `${done}, stopped early` : done;
};

export const runTrain = async (
  terminal: Terminal,
  file: string,
  options: TrainOptions,
): Promise<ExitCode> => {
  onlyStart(options);
  const opened = performance.now();
  const recipe = await openRecipe(terminal, file, options);
  try {
    return await trainRecipe(terminal, recipe, options, opened);
  } finally {
    recipe.trainer.dispose();
  }
};

const trainRecipe = async (
  terminal: Terminal,
  recipe: Recipe,
  options: TrainOptions,
  opened: number,
): Promise<ExitCode> => {
  const { json = false, quiet = false } = options;
  const c = colorsOf(terminal);
  const say = (line: string): void => (json || quiet ? undefined : terminal.err(`${line}\n`));
  const { program, trainer } = recipe;
  if (options.weights !== undefined) await loadNets(terminal, trainer.nets, options.weights);
  const params = paramCount(recipe);
  say(
    `${c.bold(program.name)} from ${recipe.file}: ${withCommas(params)} parameters, compiled in ${duration((performance.now() - opened) / 1000)}${trainer.device === null ? "" : `, on ${trainer.device}`}`,
  );
  const raw = await readParts(terminal, recipe, options, say);
  const resumed = await resume(terminal, recipe, options);
  const scaling = await normalisationFor(program, trainer, raw.train, options.normalize, resumed);
  const parts: Parts = {
    ...raw,
    train: normaliseExamples(scaling, raw.train),
    test: raw.test === null ? null : normaliseExamples(scaling, raw.test),
  };
  const folder = options.out === undefined ? null : makeFolder(terminal, options.out);
  const kept = parts.test === null ? "" : `, ${withCommas(parts.test.length)} kept for the test`;
  say(`${withCommas(parts.train.length)} examples to learn from${kept}; seed ${trainer.seed}`);

  const started = performance.now();
  const view = chooseView(terminal, options);
  const report = await runFit(terminal, recipe, parts, view, folder);
  const seconds = (performance.now() - started) / 1000;
  if (report.reason === "aborted") return stopped(terminal, recipe, folder, json);

  const rows = await measure(recipe, parts, report.validation);
  const saved = folder === null ? [] : await saveNets(terminal, trainer, folder);
  if (json) {
    const results = Object.fromEntries(rows.map(({ part, metrics }) => [part, metrics]));
    const { reason, epochs, rounds } = report;
    writeJsonEvent(terminal, "done", {
      reason,
      epochs,
      steps: rounds,
      seconds,
      params,
      ...results,
      saved,
    });
    return exitCode.ok;
  }
  say(`\n${reasonText(report)} in ${duration(seconds)}`);
  for (const line of resultLines(rows)) terminal.out(`${line}\n`);
  say(
    saved.length > 0
      ? `saved ${saved.join(", ")}`
      : "not saved; `--out FOLDER` keeps the model and checkpoints",
  );
  return exitCode.ok;
};
