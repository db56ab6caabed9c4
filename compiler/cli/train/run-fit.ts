// One training run, told to a view round by round.

import type { Source } from "../../../runtime/data/dataset.ts";
import { fit } from "../../../runtime/fit.ts";
import type { FitReport } from "../../../runtime/fit.ts";
import { DlmError } from "../../../runtime/errors.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";
import { asideCount } from "./examples.ts";
import type { Parts } from "./examples.ts";
import type { Recipe } from "./open-recipe.ts";
import { roundNumbers } from "./recipe-trainer.ts";
import type { RoundNumbers, RunPlan, TrainingView } from "./view.ts";
import { saveCheckpoint } from "./weights-file.ts";

const planOf = ({ program, trainer, batch }: Recipe, { train, validation }: Parts): RunPlan => {
  const { epochs, steps, accumulate, dropLast, logEvery } = trainer.settings;
  const share = validation === null ? trainer.settings.validation : 0;
  const learned = train.length - asideCount(train, share, trainer.seed);
  const batches = dropLast ? Math.floor(learned / batch) : Math.ceil(learned / batch);
  const turns = program.steps.reduce((sum, { repeat }) => sum + repeat, 0) * accumulate;
  const perEpoch = Math.max(1, batches / turns);
  const rounds = Math.min(steps ?? Infinity, Math.floor(epochs * perEpoch));
  return {
    rounds,
    startRound: trainer.rounds,
    epochs: Math.min(epochs, Math.ceil(rounds / perEpoch)),
    roundsPerEpoch: Math.ceil(perEpoch),
    logEvery,
  };
};

/** Means over the rounds since the last `take`. */
const createMeans = (): {
  readonly add: (numbers: RoundNumbers) => void;
  readonly current: () => RoundNumbers;
  readonly take: () => RoundNumbers;
} => {
  let sums = new Map<string, number>();
  let count = 0;
  const current = (): RoundNumbers =>
    Object.fromEntries([...sums].map(([name, sum]) => [name, sum / count]));
  return {
    add: (numbers) => {
      count++;
      for (const [name, value] of Object.entries(numbers))
        sums.set(name, (sums.get(name) ?? 0) + value);
    },
    current,
    take: () => {
      const means = current();
      sums = new Map();
      count = 0;
      return means;
    },
  };
};

const notFinite = (error: DlmError): UserError =>
  new UserError(
    error.message,
    "try a smaller learning rate, `clip 1.0` after the optimizer, or `--normalize standard`",
    exitCode.problems,
  );

/** "label is 1 to 10": what the whole numbers of the data range over. */
const integerRanges = (source: Source): string => {
  if (source.kind !== "table") return "";
  const ranges = [...source.data.columns]
    .filter(([, { dtype }]) => dtype === "i32")
    .map(([name, { values }]) => {
      let [least, greatest] = [Infinity, -Infinity];
      for (const value of values) {
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
      }
      return `\`${name}\` is ${least} to ${greatest}`;
    })
    .join(", ");
  return `in this data ${ranges}; `;
};

const outOfRange = (error: DlmError, source: Source): UserError =>
  new UserError(
    error.message,
    `${integerRanges(source)}classes are counted from 0, and the network must have one for each`,
    exitCode.problems,
  );

/** `folder`: where checkpoints go after each epoch and at the end, null for nowhere. */
export const runFit = async (
  terminal: Terminal,
  recipe: Recipe,
  parts: Parts,
  view: TrainingView,
  folder: string | null,
): Promise<FitReport<RoundNumbers>> => {
  const { trainer, batch } = recipe;
  const { train, validation, sizes } = parts;
  const plan = planOf(recipe, parts);
  const perRound = train.length === 0 ? 0 : train.length / plan.roundsPerEpoch;
  const means = createMeans();
  const examplesAt = (rounds: number): number =>
    Math.round((rounds - plan.startRound) * Math.min(batch, perRound));
  view.start(plan);
  try {
    return await fit(trainer, {
      data: train.source,
      ...(validation === null ? {} : { validation: validation.source }),
      ...(sizes === undefined ? {} : { sizes }),
      settings: { batch, logEvery: 1 },
      signal: terminal.interrupt,
      onLog: (log) => {
        means.add(roundNumbers(log));
        view.round({
          round: log.step,
          epoch: log.epoch + 1,
          numbers: means.current(),
          examples: examplesAt(log.step),
        });
      },
      onEpoch: (report) =>
        view.epoch({
          epoch: report.epoch,
          round: report.rounds,
          train: means.take(),
          validation: report.validation,
          examples: examplesAt(report.rounds),
        }),
      ...(folder === null
        ? {}
        : { onCheckpoint: (): Promise<void> => saveCheckpoint(trainer, folder) }),
    });
  } catch (error) {
    if (error instanceof DlmError && error.code === "not-finite") throw notFinite(error);
    if (error instanceof DlmError && error.code === "DLM0412")
      throw outOfRange(error, train.source);
    throw error;
  } finally {
    view.end();
  }
};
