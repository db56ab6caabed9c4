// A recipe program → an object that trains: step, run, evaluate, its nets, and checkpoints.
import type {
  Backend,
  FieldSpec,
  ModelProgram,
  OutputSlot,
  Settings,
  TrainProgram,
} from "./abi.ts";
import {
  readCheckpoint,
  writeCheckpoint,
  type Copies,
  type Progress,
  type StepLog,
} from "./checkpoint.ts";
import { Entry, type NamedArrays } from "./entry.ts";
import { DlmError } from "./errors.ts";
import {
  keepScalars,
  logged,
  newEra,
  readLog,
  scalarOf,
  suspectIn,
  type Era,
  type Execution,
  type Sent,
} from "./execution.ts";
import type { DeviceOptions } from "./host.ts";
import { checkSeed, firstInferenceDraw, Model, openStore } from "./model.ts";
import { turnsOf, updatesOf, type Turn } from "./rounds.ts";
import type { GivenSizes } from "./sizes.ts";
import type { Store, TensorData } from "./store.ts";

export type TrainerOptions = DeviceOptions & {
  readonly backend?: Backend;
  /** Seed of weights, draws, shuffles and splits; the recipe's by default. */
  readonly seed?: number;
  /** Bytes of a checkpoint to go on from; its seed wins. */
  readonly checkpoint?: Uint8Array;
};

/** Batches in order, from memory or from elsewhere. */
export type CallOptions = {
  /** Sizes that the array lengths do not tell: `{ T: 64 }` for `int[B, T]`. */
  readonly sizes?: GivenSizes;
};

export type Batches<Batch> = Iterable<Batch> | AsyncIterable<Batch>;

/** A batch that was taken. */
export type Started<Log> = { readonly log: () => Promise<Log> };

/** As many as it takes for a device to have work while a log comes back. */
const mostAhead = 4;

/** Then logs are read though nobody asked: a loss that is not finite is found, and what is kept is bounded. */
const mostUnread = 64;

type StepEntries = { readonly whole: Entry; readonly partial: Entry | null };

/**
 * Emitted code extends it:
 * ```ts
 * export class MlpTrainer extends Trainer<MlpBatch, MlpLog, MlpMetrics> {
 *   readonly net = this.model<MlpInputs, Float32Array, MlpParam>("net");
 *   static create(options: TrainerOptions = {}): Promise<MlpTrainer> {
 *     return startTrainer(new MlpTrainer(program), options);
 *   }
 * }
 * ```
 * `Log` is `{ step, epoch, loss, penalty, ...metrics }`; with named steps `{ step, epoch, disc: { loss, penalty, ... }, ... }`.
 */
export class Trainer<Batch extends object, Log, Metrics> {
  readonly name: string;
  readonly settings: Settings;
  readonly fields: readonly FieldSpec[];
  /** Notes of the training loop, saved in checkpoints only. */
  readonly notes = new Map<string, string>();
  readonly #program: TrainProgram;
  readonly #store: Store;
  readonly #steps: readonly StepEntries[];
  readonly #turns: readonly Turn[];
  /** What the log of an execution tells. */
  readonly #logged: ReadonlyMap<Entry, readonly OutputSlot[]>;
  readonly #evaluation: Entry;
  readonly #logs = new Map<string, StepLog>();
  #progress: Progress = { executions: 0, epoch: 0, batch: 0 };
  /** Those of which nobody wanted the log so far, oldest first. */
  #unread: Sent<Log>[] = [];
  /** When all logs that are on their way are there, or have failed. */
  #arrived: Promise<void> = Promise.resolve();
  #era = newEra();
  /** The last one, until it is known why. */
  #ended: Era | null = null;
  #best: Copies | null = null;

  constructor(program: TrainProgram) {
    const { accumulate } = program.settings;
    if (accumulate > 1 && program.steps.some((step) => step.partial === undefined)) {
      throw new DlmError("bad-option", `\`${program.name}\` was compiled without \`accumulate\``);
    }
    const store = openStore(program);
    const entryOf = (entry: TrainProgram["evaluate"]): Entry =>
      new Entry(entry, store, program.fields);
    this.name = program.name;
    this.settings = program.settings;
    this.fields = program.fields;
    this.#program = program;
    this.#store = store;
    this.#steps = program.steps.map(({ entry, partial }) => ({
      whole: entryOf(entry),
      partial: partial === undefined ? null : entryOf(partial),
    }));
    this.#turns = turnsOf(program.steps, accumulate);
    this.#logged = new Map(
      this.#steps
        .flatMap(({ whole, partial }) => (partial === null ? [whole] : [whole, partial]))
        .map((entry) => [entry, logged(entry)]),
    );
    this.#evaluation = entryOf(program.evaluate);
  }

  get seed(): number {
    return this.#store.seed;
  }

  /** The device that it runs on, or WebAssembly; null for plain code of this thread. */
  get device(): string | null {
    return this.#store.device;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Rounds done. */
  get rounds(): number {
    return Math.floor(this.#progress.executions / this.#turns.length);
  }

  /** Whether the last execution ended a round: then logs are complete, and stopping loses nothing. */
  get atRoundEnd(): boolean {
    return this.#progress.executions % this.#turns.length === 0;
  }

  /** Notes saved with the nets, for example how inputs were normalised. */
  get metadata(): Map<string, string> {
    return this.#store.metadata;
  }

  /** One execution on one batch. With named steps the log holds the latest values of each that has run. */
  async step(batch: Batch, options: CallOptions = {}): Promise<Log> {
    if (this.#isRemote) return this.#store.exclusive(() => this.#stepOnDevice(batch, options));
    const execution = this.#begin(batch, options);
    const { outputs, run, before } = execution;
    const log = readLog(
      outputs,
      outputs.map((output) => scalarOf(run.store, output, run.binding)),
    );
    const suspect = suspectIn(execution, log);
    if (suspect !== null) {
      this.#progress = before;
      throw await suspect();
    }
    return this.#tell(execution, log);
  }

  async #stepOnDevice(batch: Batch, options: CallOptions): Promise<Log> {
    await this.#drain();
    return this.#logOf(this.#send(batch, options), () => this.#drain());
  }

  #send(batch: Batch, options: CallOptions): Sent<Log> {
    const execution = this.#begin(batch, options);
    const sent: Sent<Log> = { execution, ask: keepScalars(execution), log: null };
    this.#unread.push(sent);
    return sent;
  }

  /**
   * Takes a batch, whose arrays may change at once. On a device the next one can be taken before the log of this one is
   * there. Where an execution fails, its log throws and those of all that was taken behind it, and none of these
   * executions counts; what is wrong with the batch itself is said at once.
   */
  async enqueue(batch: Batch, options: CallOptions = {}): Promise<Started<Log>> {
    if (this.ahead === 0) {
      const log = await this.step(batch, options);
      return { log: async () => log };
    }
    const kept = copyOf(batch);
    return this.#store.exclusive(async () => {
      if (this.#ended !== null) await this.#drain();
      const sent = this.#send(kept, options);
      if (this.#unread.length >= mostUnread) void this.#arrive(sent);
      return { log: () => this.#logOf(sent, () => this.#store.exclusive(() => this.#drain())) };
    });
  }

  /** How many executions may be on their way when the next batch is taken. */
  get ahead(): number {
    return this.#isRemote ? mostAhead : 0;
  }

  async #logOf(sent: Sent<Log>, drain: () => Promise<void>): Promise<Log> {
    const log = await this.#arrive(sent);
    if (log !== null) return log;
    const { era } = sent.execution;
    if (era.failure === null) await drain();
    throw era.failure;
  }

  #begin(batch: Batch, options: CallOptions): Execution {
    const before = this.#progress;
    const { executions } = before;
    const turn = this.#turns[executions % this.#turns.length]!;
    const { whole, partial } = this.#steps[turn.step]!;
    const entry = turn.updates ? whole : (partial ?? whole);
    const step = updatesOf(this.#turns, turn.step, executions) + 1;
    const arrays = batch as NamedArrays;
    const binding = entry.run(arrays, step, executions, options.sizes);
    const { name } = this.#program.steps[turn.step]!;
    const round = this.rounds + 1;
    this.#progress = { ...before, executions: executions + 1, batch: before.batch + 1 };
    const run = { store: this.#store, entry, binding, batch: arrays, step, draw: executions };
    return { step: name, outputs: this.#logged.get(entry)!, round, before, era: this.#era, run };
  }

  /** The log of what was sent to a device, after those before it; null where it does not count. */
  async #arrive(sent: Sent<Log>): Promise<Log | null> {
    while (sent.log === null) {
      const next = this.#unread.shift()!;
      next.log = this.#receive(next, this.#arrived);
      this.#arrived = next.log.then(() => {});
    }
    return sent.log;
  }

  async #receive({ execution, ask }: Sent<Log>, before: Promise<void>): Promise<Log | null> {
    const { outputs, era } = execution;
    try {
      const log = readLog(outputs, await ask());
      await before;
      if (era !== this.#era) return null;
      era.suspect = suspectIn(execution, log);
      if (era.suspect === null) return this.#tell(execution, log);
      this.#endEra(execution);
    } catch (error) {
      await before;
      if (era !== this.#era) return null;
      era.failure = error;
      this.#endEra(execution);
    }
    return null;
  }

  /** Neither it counts nor what began after it. */
  #endEra({ before }: Execution): void {
    this.#ended = this.#era;
    this.#era = newEra();
    this.#progress = before;
  }

  /** In a turn of its own: waits for all that is on its way, and finds out why a loss is not finite. */
  async #drain(): Promise<void> {
    const last = this.#unread.at(-1);
    if (last !== undefined) void this.#arrive(last);
    await this.#arrived;
    const ended = this.#ended;
    if (ended === null) return;
    this.#ended = null;
    if (ended.suspect !== null)
      ended.failure = await ended.suspect().catch((error: unknown) => error);
    this.#store.remote?.goOn();
  }

  #tell({ step, round, before: { epoch } }: Execution, log: StepLog): Log {
    if (step === "") return { step: round, epoch, ...log } as Log;
    this.#logs.set(step, log);
    return { step: round, epoch, ...Object.fromEntries(this.#logs) } as Log;
  }

  /** One pass over the batches: a log per round. */
  async *run(
    batches: Batches<Batch>,
    options: CallOptions = {},
  ): AsyncGenerator<Log, void, undefined> {
    for await (const batch of batches) {
      const log = await this.step(batch, options);
      if (this.atRoundEnd) yield log;
    }
    this.endEpoch();
  }

  /** The next batch is the first of the next epoch. */
  endEpoch(): void {
    this.#progress = { ...this.#progress, epoch: this.#progress.epoch + 1, batch: 0 };
  }

  /** Metrics over all batches together, with `training` false; averaged weights where the recipe keeps them. */
  async evaluate(batches: Batches<Batch>, options: CallOptions = {}): Promise<Metrics> {
    const outputs = this.#evaluation.program.outputs.filter(({ kind }) => kind === "accumulator");
    const totals = outputs.map(({ fold }) =>
      fold === "max" ? -Infinity : fold === "min" ? Infinity : 0,
    );
    let count = 0;
    for await (const batch of batches) {
      const draw = firstInferenceDraw + count++;
      const judge = async (): Promise<readonly number[]> => {
        const binding = this.#evaluation.run(batch as NamedArrays, 1, draw, options.sizes);
        if (this.#isRemote) await this.#evaluation.arrive(binding, outputs);
        return outputs.map((output) => scalarOf(this.#store, output, binding));
      };
      const values = await this.#store.exclusive(judge);
      outputs.forEach(({ fold }, i) => {
        const value = values[i]!;
        if (fold === "max") totals[i] = Math.max(totals[i]!, value);
        else if (fold === "min") totals[i] = Math.min(totals[i]!, value);
        else totals[i]! += value;
      });
    }
    if (count === 0) throw new DlmError("bad-data", "there is nothing to evaluate: no batches");
    return Object.fromEntries(
      this.#program.metrics.map(({ name, value }) => [name, value(totals)]),
    ) as Metrics;
  }

  /** Remembers the state of the nets; `restoreBest` goes back to it. Checkpoints hold it. */
  async keepBest(): Promise<void> {
    return this.#store.exclusive(() => this.#keepBest());
  }

  async #keepBest(): Promise<void> {
    if (this.#isRemote) await this.#store.fetch();
    const kept = new Map<string, TensorData>();
    for (const spec of this.#program.stored) {
      if (spec.storage !== "state") kept.set(spec.path, this.#store.read(spec));
    }
    this.#best = kept;
  }

  restoreBest(): void {
    if (this.#best === null) return;
    for (const spec of this.#program.stored) {
      const kept = this.#best.get(spec.path);
      if (kept !== undefined) this.#store.write(spec, kept);
    }
  }

  /** A checkpoint: going on from it gives the same bits as not having stopped. */
  async save(): Promise<Uint8Array> {
    return this.#store.exclusive(() => this.#save());
  }

  async #save(): Promise<Uint8Array> {
    if (this.#isRemote) {
      await this.#drain();
      await this.#store.fetch();
    }
    return writeCheckpoint(this.#store, {
      progress: this.#progress,
      logs: this.#logs,
      seed: this.#store.seed,
      notes: this.notes,
      best: this.#best,
    });
  }

  /** Throws and changes nothing when the checkpoint does not fit this recipe. */
  async load(bytes: Uint8Array): Promise<void> {
    return this.#store.exclusive(async () => {
      if (this.#isRemote) await this.#drain();
      this.#load(bytes);
    });
  }

  #load(bytes: Uint8Array): void {
    const state = readCheckpoint(this.#store, bytes);
    this.#store.seed = state.seed;
    this.#progress = state.progress;
    this.#best = state.best;
    this.#logs.clear();
    for (const [step, log] of state.logs) this.#logs.set(step, log);
    this.notes.clear();
    for (const [key, value] of state.notes) this.notes.set(key, value);
  }

  /** Starts over: fresh weights, counters at 0. Logs on their way fail. */
  initialise(seed: number): void {
    const over = new DlmError("bad-option", `\`${this.name}\` was started over while this ran`);
    for (const era of [this.#era, this.#ended]) if (era !== null) era.failure = over;
    [this.#era, this.#ended] = [newEra(), null];
    for (const sent of this.#unread) sent.log = Promise.resolve(null);
    this.#unread = [];
    this.#store.remote?.goOn();
    this.#store.initialise(seed);
    this.#progress = { executions: 0, epoch: 0, batch: 0 };
    this.#best = null;
    this.#logs.clear();
    this.notes.clear();
  }

  dispose(): void {
    this.#store.dispose();
  }

  /** A net of the recipe as a model on the recipe's heap. */
  model<Inputs extends object, Output, Path extends string = string>(
    name: string,
  ): Model<Inputs, Output, Path> {
    return new Model(...this.partsOf(name));
  }

  /** What makes a model of a net of the recipe, on the recipe's heap. */
  protected partsOf(name: string): [program: ModelProgram, store: Store, prefix: string] {
    const net = this.#program.nets.find((candidate) => candidate.name === name);
    if (net === undefined)
      throw new DlmError("bad-option", `\`${this.name}\` has no net \`${name}\``);
    const { format, target, storedWords, stored } = this.#program;
    const program = { ...net, format, target, storedWords, stored };
    return [program, this.#store, `${net.prefix}.`];
  }

  /** Gets what it runs on ready; `create` has done so. */
  async ready(options: DeviceOptions): Promise<void> {
    await this.#store.ready(options);
  }

  get #isRemote(): boolean {
    return this.#store.remote !== null;
  }
}

const copyOf = <Batch extends object>(batch: Batch): Batch =>
  Object.fromEntries(
    Object.entries(batch as NamedArrays).map(([name, values]) => [
      name,
      ArrayBuffer.isView(values) ? (values as TensorData).slice() : values,
    ]),
  ) as Batch;

/** Gives a new trainer its first state: drawn from the seed, or that of `options.checkpoint`. */
export const startTrainer = async <T extends Trainer<never, unknown, unknown>>(
  trainer: T,
  options: TrainerOptions,
): Promise<T> => {
  trainer.initialise(checkSeed(options.seed ?? trainer.settings.seed));
  await trainer.ready(options);
  if (options.checkpoint !== undefined) await trainer.load(options.checkpoint);
  return trainer;
};
