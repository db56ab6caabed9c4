// A model that also runs one position at a time: results at a position from the inputs there and the state before.
import type { DataSlot, ModelProgram, SizeValues, SteppingProgram } from "./abi.ts";
import { checkInput, type Binding, type Entry, type NamedArrays } from "./entry.ts";
import { DlmError } from "./errors.ts";
import { Model } from "./model.ts";
import { describeArray, place, solveSizes, type GivenSizes } from "./sizes.ts";
import type { Store, TensorData } from "./store.ts";

/** Values of the states by name. */
type Arrays = Readonly<Record<string, TensorData>>;

type Content = {
  readonly owner: object;
  /** Without those that start filled, as long as nothing was stepped. */
  readonly arrays: Arrays;
  /** Sizes of the steps before; null as long as there was none. */
  readonly sizes: SizeValues | null;
  /** Sizes that the caller had to say. */
  readonly given: GivenSizes | undefined;
};

/** Where a sequence stands. It never changes: a step gives another one, so going on twice from one state is fine. */
export class StepState {
  /** Positions stepped through so far. */
  readonly position: number;
  readonly #content: Content;

  constructor(position: number, content: Content) {
    this.position = position;
    this.#content = content;
  }

  /** What only the model that made the state may see. */
  static open(state: StepState, owner: object): Content {
    if (state instanceof StepState && state.#content.owner === owner) return state.#content;
    throw new DlmError("bad-option", "a model goes on only from a state of its own");
  }
}

/** What `start` computes from has to be given: then there is no first step without a state. */
type StateArgument<Context> = keyof Context extends never
  ? [state?: StepState]
  : [state: StepState];

/**
 * Emitted code extends it for models causal in a size T. `StepInputs` are the inputs without T; `Context` those that
 * never had it.
 */
export class SteppedModel<
  Inputs extends object,
  Output,
  Path extends string,
  StepInputs extends object,
  Context extends object = Record<never, never>,
> extends Model<Inputs, Output, Path> {
  readonly #stepping: SteppingProgram;
  readonly #step: Entry;
  readonly #start: Entry | null;
  /** The inputs of a step that callers pass. */
  readonly #inputs: readonly DataSlot[];

  constructor(program: ModelProgram, store?: Store, prefix = "") {
    super(program, store, prefix);
    const { stepping } = program;
    if (stepping === undefined)
      throw new DlmError("bad-option", `\`${program.name}\` was compiled without steps`);
    this.#stepping = stepping;
    this.#step = this.openEntry(stepping.step);
    this.#start = stepping.start === null ? null : this.openEntry(stepping.start);
    this.#inputs = stepping.step.data.filter(({ name }) => !name.includes(":"));
  }

  /** The state before the first position. */
  start(context: Context, options: { readonly sizes?: GivenSizes } = {}): StepState {
    this.checkLive();
    this.refuseDevice("start");
    const start = this.#start;
    const { sizes: given } = options;
    const content = { owner: this, arrays: {}, sizes: null, given };
    if (start === null || start.program.data.length === 0) return new StepState(0, content);
    const arrays = this.#begin(start, context as NamedArrays, given);
    return new StepState(0, { ...content, arrays, given: sizesOf(this.#step, given) });
  }

  /**
   * Results at the next position, and the state after it. The first step of a model without context needs no state.
   * Throws `DLM0411` past the bound of the size that is walked along.
   */
  step(
    inputs: StepInputs,
    ...[state]: StateArgument<Context>
  ): { readonly y: Output; readonly state: StepState } {
    this.checkLive();
    this.refuseDevice("step");
    const { size, limit, step, states } = this.#stepping;
    const from = state ?? this.#first();
    const content = StepState.open(from, this);
    const { position } = from;
    if (limit !== null && position >= limit) {
      throw new DlmError(
        "DLM0411",
        `${size} is at most ${limit}, and this state is at ${position}`,
      );
    }
    const given = inputs as NamedArrays;
    for (const slot of this.#inputs) this.#checkInput(slot, given, content);
    const before = content.sizes === null ? this.#filled(given, content) : content.arrays;
    const all = { ...given, ...before, "step:position": Int32Array.of(position) };
    const binding = this.#step.run(all, 1, 0, content.given);
    const results = new Map(step.outputs.map((output) => [output.name, output]));
    const read = (name: string): TensorData => {
      const output = results.get(name);
      return output === undefined ? before[name]! : this.#step.read(output, binding);
    };
    const arrays = Object.fromEntries(states.map(({ name }) => [name, read(name)]));
    return {
      y: this.collect(this.#step, (output) => this.#step.read(output, binding)),
      state: new StepState(position + 1, { ...content, arrays, sizes: binding.sizes }),
    };
  }

  #first(): StepState {
    const context = this.#start?.program.data ?? [];
    if (context.length === 0) return this.start({} as Context);
    const names = context.map(({ name }) => `\`${name}\``).join(", ");
    throw new DlmError("missing-input", `\`${this.name}\` starts from ${names}: call \`start\``);
  }

  #checkInput(slot: DataSlot, inputs: NamedArrays, { sizes }: Content): void {
    checkInput(this.#step.program.name, slot, inputs);
    if (sizes === null) return;
    const { length } = inputs[slot.name] as TensorData;
    const count = slot.count(sizes);
    if (length === count) return;
    throw new DlmError(
      "wrong-length",
      `${describeArray(slot)} was given ${length} elements, ${count} in the steps before${place(slot.at)}`,
    );
  }

  /** The results of the start entry. */
  #begin(start: Entry, context: NamedArrays, sizes: GivenSizes | undefined): Arrays {
    const binding: Binding = start.run(context, 1, 0, sizes);
    return Object.fromEntries(
      start.program.outputs.map((output) => [output.name, start.read(output, binding)]),
    );
  }

  /** All states before the first step, whose inputs tell the sizes. */
  #filled(inputs: NamedArrays, { arrays, given }: Content): Arrays {
    const { step, start, states } = this.#stepping;
    const told = step.data.filter(({ name }) => Object.hasOwn(inputs, name) || name in arrays);
    const lengths = told.map(({ name }) => ((inputs[name] ?? arrays[name]) as TensorData).length);
    const sizes = solveSizes(step, told, lengths, given);
    const named = Object.fromEntries(step.sizes.map((name, i) => [name, sizes[i]!]));
    const needed = start?.sizes.map((name) => [name, named[name]!] as const) ?? [];
    const begun =
      this.#start !== null && start?.data.length === 0
        ? this.#begin(this.#start, {}, Object.fromEntries(needed))
        : arrays;
    const filled = states.flatMap(({ name, fill }) => {
      const slot = step.data.find((candidate) => candidate.name === name);
      if (fill === null || slot === undefined) return [];
      return [[name, new arrayTypes[slot.dtype](slot.count(sizes)).fill(fill)] as const];
    });
    return { ...begun, ...Object.fromEntries(filled) };
  }
}

/** Those of the given sizes that an entry has. */
const sizesOf = ({ program }: Entry, given: GivenSizes | undefined): GivenSizes | undefined =>
  given &&
  Object.fromEntries(Object.entries(given).filter(([name]) => program.sizes.includes(name)));

const arrayTypes = { f32: Float32Array, i32: Int32Array, bool: Uint8Array } as const;
