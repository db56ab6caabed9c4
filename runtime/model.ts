// A model program → an object with forward, predict, params, save and load.
import type { Backend, EntryProgram, Heap, ModelProgram, OutputSlot, StoredSpec } from "./abi.ts";
import { Entry, type Binding, type NamedArrays } from "./entry.ts";
import { DlmError } from "./errors.ts";
import type { DeviceOptions, OpenHost } from "./host.ts";
import { typescriptHost } from "./hosts/typescript.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import type { GivenSizes } from "./sizes.ts";
import { Store, type StoreProgram, type TensorData } from "./store.ts";
import { readWeights, weightsUnder, writeWeights, type FileSpecs } from "./weights.ts";

export type CreateOptions = DeviceOptions & {
  readonly backend?: Backend;
  /** Seed of the initial weights and of every draw. */
  readonly seed?: number;
  /** Bytes of a safetensors file, in place of drawn weights. */
  readonly weights?: Uint8Array;
  /**
   * Runs the model on zeros first, for half a second at most, so that the engine has compiled it well when it is called.
   * Sizes that are open are 1, or as they are here. Results are kept nowhere.
   */
  readonly warmup?: boolean | GivenSizes;
};

export type ForwardOptions = {
  /** Number of the random draws; without it, calls are counted. */
  readonly draw?: number;
  /** Sizes that the array lengths do not tell. */
  readonly sizes?: GivenSizes;
};

/** A tensor that the module owns. */
export type ParamHandle = {
  readonly shape: readonly number[];
  /** A copy. */
  readonly read: () => Promise<Float32Array>;
  readonly write: (values: Float32Array) => void;
};

/** Draws in inference start here, away from those of training. */
export const firstInferenceDraw = 2 ** 31;

/** Opens the memory of a program. Emitted classes get it from `Model` and `Trainer`. */
export const openStore = (
  program: StoreProgram,
  openHost: OpenHost = program.open ?? typescriptHost,
): Store => new Store(program, openHost);

/**
 * Emitted code extends it:
 * ```ts
 * export class Mlp extends Model<MlpInputs, Float32Array, MlpParam> {
 *   static create(options: CreateOptions = {}): Promise<Mlp> {
 *     return startModel(new Mlp(program), options);
 *   }
 * }
 * ```
 * `Output` is an array, or an object of arrays when results are named.
 */
export class Model<Inputs extends object, Output, Path extends string = string> {
  readonly name: string;
  /** Weights by path. */
  readonly params: Readonly<Record<Path, ParamHandle>>;
  readonly #store: Store;
  readonly #ownsStore: boolean;
  readonly #entry: Entry;
  readonly #weights: FileSpecs;
  #calls = 0;
  #disposed = false;
  #views: Views<Output> | null = null;

  /** With a `store`, a net inside a recipe: its stored paths start with `prefix`. */
  constructor(program: ModelProgram, store?: Store, prefix = "") {
    this.name = program.name;
    this.#ownsStore = store === undefined;
    this.#store = store ?? openStore(program);
    this.#entry = new Entry(program.forward, this.#store);
    this.#weights = weightsUnder(program.stored, prefix);
    this.params = Object.fromEntries(
      [...this.#weights]
        .filter(([, spec]) => spec.storage === "param")
        .map(([path, spec]) => [path, this.#handle(spec)]),
    ) as Record<Path, ParamHandle>;
  }

  /** Notes saved with the weights, for example how inputs were normalised. */
  get metadata(): Map<string, string> {
    return this.#store.metadata;
  }

  /** The results, in arrays of their own. */
  async forward(inputs: Inputs, options: ForwardOptions = {}): Promise<Output> {
    return this.#store.exclusive(async () => {
      const binding = this.#run(inputs, options);
      if (this.#isRemote) await this.#entry.arrive(binding);
      return this.collect(this.#entry, (output) => this.#entry.read(output, binding));
    });
  }

  /** The results at once, as views of the heap: the next call overwrites them. Not of what runs on a device. */
  predict(inputs: Inputs, options: ForwardOptions = noOptions): Output {
    this.#store.remote?.refuse("predict");
    const binding = this.#run(inputs, options);
    const { heap } = this.#entry;
    let views = this.#views;
    if (views?.binding !== binding || views.heap !== heap) {
      const bools: BoolView[] = [];
      const output = this.collect(this.#entry, (slot) => {
        const values = this.#entry.view(slot, binding);
        if (values instanceof Uint8Array) bools.push({ slot, values });
        return values;
      });
      views = this.#views = { binding, heap, output, bools };
    }
    for (const { slot, values } of views.bools) this.#entry.copyBools(slot, binding, values);
    return views.output;
  }

  /**
   * Where inputs of these sizes lie on the heap, to be written in place: `predict` and `forward` copy no array that
   * already lies there. A call may use their memory, so all of them are written before each. Views of before memory has
   * grown are empty or copied: ask again after calls with larger sizes. Bools lie beside the heap and are copied.
   */
  inputs(sizes: GivenSizes = {}): Inputs {
    this.checkLive();
    this.#store.remote?.refuse("inputs");
    return this.#entry.inputs(sizes) as Inputs;
  }

  /** See `CreateOptions`. What runs on a device needs none. */
  warmUp(given: GivenSizes = {}): void {
    this.checkLive();
    if (this.#isRemote) return;
    const sizes = { ...given };
    for (const name of this.#entry.program.sizes) sizes[name] ??= 1;
    const views = this.inputs(sizes);
    const begun = performance.now();
    for (let n = 0; n < warmRuns && performance.now() - begun < warmTime; n++) {
      for (const view of Object.values(views) as TensorData[]) view.fill(0);
      this.predict(views, { sizes, draw: firstInferenceDraw });
    }
  }

  /** Weights and buffers as a safetensors file. */
  async save(): Promise<Uint8Array> {
    this.checkLive();
    return this.#store.exclusive(async () => {
      if (this.#isRemote) await this.#store.fetch(this.#weights.map(([, spec]) => spec));
      return writeSafetensors(readWeights(this.#store, this.#weights), this.#store.metadata);
    });
  }

  /** Strict: exactly the tensors of this model, or `weights-mismatch` and nothing changes. */
  async load(bytes: Uint8Array): Promise<void> {
    this.checkLive();
    return this.#store.exclusive(async () => {
      const { tensors, metadata } = readSafetensors(bytes);
      writeWeights(this.#store, this.#weights, tensors);
      this.#store.metadata.clear();
      for (const [key, value] of metadata) this.#store.metadata.set(key, value);
    });
  }

  /** Gets what it runs on ready; `create` has done so. */
  async ready(options: DeviceOptions): Promise<void> {
    this.checkLive();
    if (this.#ownsStore) await this.#store.ready(options);
  }

  /** Draws the weights afresh; those of a recipe are the trainer's to draw. */
  initialise(seed: number): void {
    this.checkLive();
    if (!this.#ownsStore) throw new DlmError("bad-option", "initialise the trainer, not its net");
    this.#store.initialise(seed);
  }

  /** Frees the memory; a net of a trainer leaves that to the trainer. */
  dispose(): void {
    this.#disposed = true;
    if (this.#ownsStore) this.#store.dispose();
  }

  #run(inputs: Inputs, options: ForwardOptions): Binding {
    this.checkLive();
    // A number as large as a draw's takes memory each time.
    const draws = this.#entry.program.draws.length > 0;
    const draw = options.draw ?? (draws ? firstInferenceDraw + this.#calls++ : 0);
    return this.#entry.run(inputs as NamedArrays, 1, draw, options.sizes);
  }

  /** Another entry point on the memory of this model. */
  protected openEntry(program: EntryProgram): Entry {
    return new Entry(program, this.#store);
  }

  /** The results of an entry that the caller knows of, as the caller wants them: names with a colon are the runtime's. */
  protected collect(entry: Entry, valueOf: (output: OutputSlot) => TensorData): Output {
    const results = entry.program.outputs.filter(
      ({ kind, name }) => kind === "result" && !name.includes(":"),
    );
    const [only] = results;
    if (only?.name === "") return valueOf(only) as Output;
    return Object.fromEntries(results.map((output) => [output.name, valueOf(output)])) as Output;
  }

  get #isRemote(): boolean {
    return this.#store.remote !== null;
  }

  #handle(spec: StoredSpec): ParamHandle {
    return {
      shape: spec.shape,
      read: async () => {
        this.checkLive();
        return this.#store.exclusive(async () => {
          if (this.#isRemote) await this.#store.fetch([spec]);
          return this.#store.read(spec) as Float32Array;
        });
      },
      write: (values) => {
        this.checkLive();
        this.#store.writeInTurn(spec, values);
      },
    };
  }

  protected refuseDevice(method: string): void {
    this.#store.remote?.refuse(method);
  }

  protected checkLive(): void {
    if (this.#disposed) throw new DlmError("disposed", `\`${this.name}\` was disposed`);
  }
}

const noOptions: ForwardOptions = {};

const warmRuns = 500;
/** Milliseconds. */
const warmTime = 500;

/** What `predict` returns for as long as neither sizes nor memory change. */
type Views<Output> = {
  readonly binding: Binding;
  readonly heap: Heap | null;
  readonly output: Output;
  /** Bools take a word on the heap and a byte outside, so they are copied after each run. */
  readonly bools: readonly BoolView[];
};

type BoolView = { readonly slot: OutputSlot; readonly values: Uint8Array };

type Startable = Pick<Model<object, unknown>, "initialise" | "ready" | "load" | "warmUp">;

/** Gives a new model its weights: those of `options.weights`, or drawn from `options.seed`. */
export const startModel = async <M extends Startable>(
  model: M,
  options: CreateOptions,
): Promise<M> => {
  model.initialise(checkSeed(options.seed ?? 0));
  await model.ready(options);
  if (options.weights !== undefined) await model.load(options.weights);
  const { warmup } = options;
  if (warmup) model.warmUp(warmup === true ? {} : warmup);
  return model;
};

/** Seeds are whole numbers from 0, exact in a double. */
export const checkSeed = (seed: number): number => {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new DlmError("bad-option", `a seed is a whole number from 0 to 2^53 - 1, got ${seed}`);
};
