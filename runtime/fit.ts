// A trainer and a source of examples → a trained network: epochs, validation, early stopping, checkpoints, resuming.
import type { Settings } from "./abi.ts";
import { batchesOf, type BatchOptions } from "./data/batches.ts";
import { selectFields, type ArrayBatch, type Source } from "./data/dataset.ts";
import { mapSource } from "./data/filter.ts";
import { DlmError } from "./errors.ts";
import type { GivenSizes } from "./sizes.ts";
import type { CallOptions, Started, Trainer } from "./trainer.ts";

/** Settings of the loop; the recipe's by default. */
export type FitSettings = Pick<
  Settings,
  | "batch"
  | "epochs"
  | "steps"
  | "shuffle"
  | "dropLast"
  | "validation"
  | "earlyStop"
  | "logEvery"
  | "checkpointEvery"
>;

export type EpochReport<Log, Metrics> = {
  /** Epochs done. */
  readonly epoch: number;
  readonly rounds: number;
  readonly log: Log | null;
  readonly validation: Metrics | null;
  /** Whether the validation loss is the lowest so far. */
  readonly best: boolean;
};

export type FitOptions<Log, Metrics> = {
  readonly data: Source;
  /** In place of a share of `data`. */
  readonly validation?: Source;
  readonly settings?: Partial<FitSettings>;
  /** Sizes that the array lengths do not tell: `{ T: 64 }` for `int[B, T]`. */
  readonly sizes?: GivenSizes;
  /** Every `logEvery` rounds. On a device the trainer may be some executions ahead of the log. */
  readonly onLog?: (log: Log) => void;
  readonly onEpoch?: (report: EpochReport<Log, Metrics>) => void;
  /** Every `checkpointEvery` rounds (0: after each epoch), and when the loop ends. */
  readonly onCheckpoint?: (checkpoint: Uint8Array) => Promise<void>;
  /** Ends the loop after the execution that runs, on a device those that were sent, with a checkpoint. */
  readonly signal?: AbortSignal;
};

export type FitReport<Metrics> = {
  readonly reason: "epochs" | "steps" | "early-stop" | "aborted";
  /** Epochs and rounds done, those before resuming included. */
  readonly epochs: number;
  readonly rounds: number;
  /** Of the weights that the trainer now holds; `null` without a validation set and after an abort. */
  readonly validation: Metrics | null;
};

/** Examples per batch when neither recipe nor caller says. */
export const defaultBatch = 32;

/** Early stopping's memory, kept in checkpoints. */
type Standing = { readonly bestLoss: number | null; readonly waited: number };

const standingNote = "fit";

/** Trains until a limit is reached. A trainer made from a checkpoint goes on where that one stood. */
export const fit = async <Log, Metrics extends object>(
  trainer: Trainer<never, Log, Metrics>,
  options: FitOptions<Log, Metrics>,
): Promise<FitReport<Metrics>> => {
  const loop = prepare(trainer, options);
  const { settings, validate, checkpoint } = loop;
  let standing = readStanding(trainer.notes.get(standingNote));
  let validation: Metrics | null = null;
  let limit: FitReport<Metrics>["reason"] | null = limitReached(trainer, settings, standing);
  while (limit === null) {
    validation = null;
    const { end, log } = await runEpoch(trainer, options, loop);
    limit = end;
    if (limit !== null) break;
    trainer.endEpoch();
    let best = false;
    if (validate !== null) {
      validation = await validate();
      const { loss = NaN } = validation as { readonly loss?: number };
      best = loss < (standing.bestLoss ?? Infinity);
      standing = best
        ? { bestLoss: loss, waited: 0 }
        : { bestLoss: standing.bestLoss, waited: standing.waited + 1 };
      if (best && settings.earlyStop > 0) await trainer.keepBest();
      trainer.notes.set(standingNote, JSON.stringify(standing));
    }
    const { rounds } = trainer;
    options.onEpoch?.({ epoch: trainer.progress.epoch, rounds, log, validation, best });
    if (settings.checkpointEvery === 0) await checkpoint();
    limit = limitReached(trainer, settings, standing);
  }
  await checkpoint();
  if (limit !== "aborted") {
    if (settings.earlyStop > 0) {
      trainer.restoreBest();
      validation = null;
    }
    if (validate !== null) validation ??= await validate();
  }
  return { reason: limit, epochs: trainer.progress.epoch, rounds: trainer.rounds, validation };
};

type Loop<Metrics> = {
  readonly settings: FitSettings;
  /** The batches of the epoch that the trainer stands in, without those that are done. */
  readonly batches: () => AsyncIterable<ArrayBatch>;
  readonly batch: number;
  readonly sizing: CallOptions;
  /** `null` without a validation set. */
  readonly validate: (() => Promise<Metrics>) | null;
  /** Does nothing when nothing has happened since the last one. */
  readonly checkpoint: () => Promise<void>;
  readonly pause: () => Promise<void>;
};

const prepare = <Log, Metrics extends object>(
  trainer: Trainer<never, Log, Metrics>,
  options: FitOptions<Log, Metrics>,
): Loop<Metrics> => {
  const settings: FitSettings = { ...trainer.settings, ...options.settings };
  checkSettings(settings, options);
  const data = checkedSource(options.data, trainer);
  const held = options.validation && checkedSource(options.validation, trainer);
  const share = held === undefined ? settings.validation : 0;
  const training: BatchOptions = {
    batch: settings.batch ?? defaultBatch,
    shuffle: settings.shuffle,
    dropLast: settings.dropLast,
    seed: trainer.seed,
    epoch: 0,
    skip: 0,
    part: share > 0 ? "train" : "all",
    share,
  };
  const part = held === undefined ? "validation" : "all";
  const validating: BatchOptions = { ...training, shuffle: false, dropLast: false, part };
  const sizing = options.sizes === undefined ? {} : { sizes: options.sizes };
  let saved: number | null = null;
  return {
    settings,
    sizing,
    batches: () => {
      const { epoch, batch: skip } = trainer.progress;
      return batchesOf(data, { ...training, epoch, skip });
    },
    batch: training.batch,
    validate:
      held === undefined && share === 0
        ? null
        : () =>
            trainer.evaluate(batchesOf(held ?? data, validating) as AsyncIterable<never>, sizing),
    checkpoint: async () => {
      const { executions, epoch } = trainer.progress;
      if (options.onCheckpoint === undefined || saved === executions + epoch) return;
      saved = executions + epoch;
      await options.onCheckpoint(await trainer.save());
    },
    pause: pauser(),
  };
};

/** Trains to the end of the epoch (`end` is null) or to what ends the loop within it. */
const runEpoch = async <Log, Metrics extends object>(
  trainer: Trainer<never, Log, Metrics>,
  { signal, onLog }: FitOptions<Log, Metrics>,
  { settings, batches, batch: size, sizing, checkpoint, pause }: Loop<Metrics>,
): Promise<{ readonly end: "aborted" | "steps" | null; readonly log: Log | null }> => {
  const fresh = trainer.progress.batch === 0;
  const logs = logsInOrder<Log>((log, round) => {
    if (round !== null && round % settings.logEvery === 0) onLog?.(log);
  });
  for await (const batch of batches()) {
    if (signal?.aborted) return { end: "aborted", log: await logs.last() };
    const { log } = await trainer.enqueue(batch as never, sizing).catch(async (error: unknown) => {
      await logs.last();
      throw error;
    });
    const { rounds, atRoundEnd, ahead } = trainer;
    await logs.add({ log, round: atRoundEnd ? rounds : null }, ahead);
    if (atRoundEnd) {
      if (settings.checkpointEvery > 0 && rounds % settings.checkpointEvery === 0) {
        await logs.last();
        await checkpoint();
      }
      if (settings.steps !== null && rounds >= settings.steps)
        return { end: "steps", log: await logs.last() };
    }
    await pause();
  }
  const log = await logs.last();
  if (log === null && fresh) {
    throw new DlmError("bad-data", `the data has no batch of ${size} examples`);
  }
  return { end: null, log };
};

/** An execution, and the round that it ended. */
type Waiting<Log> = Started<Log> & { readonly round: number | null };

/** Milliseconds that reading logs together may take, and how many at most. */
const [patience, mostTogether] = [30, 32];

type Logs<Log> = {
  /**
   * Waits where too many are on their way, until no more than `ahead` are. The faster they come, the more are waited for
   * together.
   */
  readonly add: (one: Waiting<Log>, ahead: number) => Promise<void>;
  /** Waits for all; null where there was none. */
  readonly last: () => Promise<Log | null>;
};

/** Tells logs one after the other, as they come. */
const logsInOrder = <Log>(tell: (log: Log, round: number | null) => void): Logs<Log> => {
  const waiting: Waiting<Log>[] = [];
  let latest: Log | null = null;
  let most = 0;
  const settle = async (most: number): Promise<void> => {
    while (waiting.length > most) {
      const { log, round } = waiting.shift()!;
      latest = await log();
      tell(latest, round);
    }
  };
  return {
    add: async (one, ahead) => {
      waiting.push(one);
      if (waiting.length <= Math.max(most, ahead)) return;
      const begun = performance.now();
      await settle(ahead);
      const fast = performance.now() - begun < patience;
      most = ahead > 0 && fast ? Math.min(Math.max(2 * most, 2 * ahead), mostTogether) : 0;
    },
    last: async () => {
      await settle(0);
      return latest;
    },
  };
};

type AnyTrainer = Pick<Trainer<never, unknown, unknown>, "fields" | "name" | "progress" | "rounds">;

const limitReached = (
  trainer: AnyTrainer,
  settings: FitSettings,
  standing: Standing,
): "epochs" | "steps" | "early-stop" | null => {
  if (settings.earlyStop > 0 && standing.waited >= settings.earlyStop) return "early-stop";
  if (settings.steps !== null && trainer.rounds >= settings.steps) return "steps";
  return trainer.progress.epoch >= settings.epochs ? "epochs" : null;
};

const checkSettings = (settings: FitSettings, options: { readonly validation?: Source }): void => {
  const whole = (name: keyof FitSettings, least: number): void => {
    const value = settings[name];
    if (value === null || value === Infinity) return;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return;
    throw new DlmError("bad-option", `${name} must be a whole number from ${least}, got ${value}`);
  };
  whole("batch", 1);
  whole("epochs", 0);
  whole("steps", 0);
  whole("earlyStop", 0);
  whole("logEvery", 1);
  whole("checkpointEvery", 0);
  if (!(settings.validation >= 0 && settings.validation < 1)) {
    throw new DlmError(
      "bad-option",
      `validation is a share from 0 to 1, got ${settings.validation}`,
    );
  }
  if (settings.earlyStop > 0 && settings.validation === 0 && options.validation === undefined) {
    throw new DlmError("bad-option", "earlyStop needs validation data");
  }
};

/** The fields of the trainer, checked as they come. */
const checkedSource = (source: Source, { fields }: AnyTrainer): Source =>
  mapSource(source, (data) => selectFields(data, fields));

const readStanding = (note: string | undefined): Standing => {
  if (note === undefined) return { bestLoss: null, waited: 0 };
  return JSON.parse(note) as Standing;
};

/** Lets timers, signals and the page have a turn, about ten times a second. */
const pauser = (): (() => Promise<void>) => {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 100) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
};
