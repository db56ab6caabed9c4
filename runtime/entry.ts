// One entry point of a program: named arrays in, checked and copied to the heap, one run, values out.
import type {
  DataSlot,
  EntryProgram,
  FieldSpec,
  Heap,
  Layout,
  OutputSlot,
  ProbeSlot,
  Site,
  SizeSpec,
  SizeValues,
} from "./abi.ts";
import { DlmError } from "./errors.ts";
import type { Words } from "./host.ts";
import { splitSeed, streamKey } from "./random.ts";
import { describeArray, place, solveSizes, type GivenSizes, type SizedArray } from "./sizes.ts";
import {
  checkArray,
  copyWords,
  isOf,
  liesAt,
  writeWords,
  type Store,
  type TensorData,
} from "./store.ts";

/** Arrays by name; what they hold is checked. */
export type NamedArrays = Readonly<Record<string, unknown>>;

/** An entry laid out for one set of sizes. */
export type Binding = {
  readonly sizes: SizeValues;
  readonly layout: Layout;
  /** Lengths of the arrays that led to these sizes. */
  readonly lengths: readonly number[];
  /** Whether the caller had to name sizes: then the lengths alone do not tell them. */
  readonly given: boolean;
};

/** An input in its place on the heap. */
type Lying = { readonly values: TensorData; readonly heap: Heap; readonly offset: number };

export class Entry {
  readonly program: EntryProgram;
  readonly #store: Store;
  /** The entry's own arrays first, then those that only tell sizes. */
  readonly #arrays: readonly SizedArray[];
  readonly #accepted: ReadonlySet<string>;
  readonly #indices: readonly DataSlot[];
  #binding: Binding | null = null;
  #keys: readonly (readonly [number, number])[] = [];
  #keysSeed: number | null = null;
  /** Inputs that lay in their places, by position: asking an array for its buffer takes as long as a small network. */
  readonly #lying: Lying[] = [];

  /** `fields` are all arrays that callers pass, also those that this entry does not read. */
  constructor(program: EntryProgram, store: Store, fields: readonly FieldSpec[] = []) {
    this.program = program;
    this.#store = store;
    this.#accepted = new Set([...program.data, ...fields].map((array) => array.name));
    this.#indices = program.data.filter(({ below }) => below !== null);
    const own = new Set(program.data.map((slot) => slot.name));
    this.#arrays = [
      ...program.data,
      ...fields.filter((field) => !own.has(field.name)).flatMap((f) => sizedField(f, program)),
    ];
  }

  /**
   * Checks everything before the first word is written. On a device the outputs are there once `arrive` is. `step` is
   * the number of the update, from 1, that host scalars are computed from; `draw` the execution number of the random
   * draws.
   */
  run(inputs: NamedArrays, step: number, draw: number, given?: GivenSizes): Binding {
    const binding = this.#bind(inputs, given);
    for (const slot of this.#indices) checkIndices(slot, inputs[slot.name] as TensorData);
    this.#execute(inputs, step, draw, binding);
    return binding;
  }

  /** Repeats a run in another layout. */
  rerun(inputs: NamedArrays, step: number, draw: number, binding: Binding): void {
    this.#store.reserve(binding.layout.end);
    this.#execute(inputs, step, draw, binding);
  }

  /** Where the inputs lie at these sizes; for a bool an array beside the heap. */
  inputs(given: GivenSizes): NamedArrays {
    const sizes = solveSizes(this.program, [], [], given);
    const { offsets, end } = this.program.layout(sizes);
    this.#store.reserve(end);
    this.#store.prepareFor(this.program);
    const { heap } = this.#store;
    const viewOf = ({ dtype, count, slot }: DataSlot): TensorData =>
      dtype === "bool"
        ? new Uint8Array(count(sizes))
        : heap[dtype].subarray(offsets[slot]!, offsets[slot]! + count(sizes));
    return Object.fromEntries(this.program.data.map((slot) => [slot.name, viewOf(slot)]));
  }

  #execute(inputs: NamedArrays, step: number, draw: number, binding: Binding): void {
    const { data, scalars, draws, status } = this.program;
    const { layout, sizes } = binding;
    const { offsets } = layout;
    const before = this.#store.heap;
    const arrays = this.#isOverwritten(inputs, offsets, before) ? copied(inputs) : inputs;
    const heap = this.#store.prepareFor(this.program) ? this.#store.heap : before;
    for (let i = 0; i < data.length; i++) {
      const { name, slot } = data[i]!;
      const values = arrays[name] as TensorData;
      const offset = offsets[slot]!;
      if (!this.#liesAt(i, values, heap, offset)) writeWords(heap, offset, values);
    }
    for (const scalar of scalars) {
      const words = scalar.dtype === "f32" ? heap.f32 : heap.i32;
      words[offsets[scalar.slot]!] = Number(scalar.value(step, sizes));
    }
    if (draws.length > 0) this.#writeDraws(heap, offsets, draw);
    if (status !== null) heap.i32[offsets[status.slot]!] = 0;
    this.#store.run(this.program, layout, sizes);
    if (this.#store.remote === null) this.#checkStatus(binding);
  }

  /** Whether an input lies on the heap where something else is written before it is read. */
  #isOverwritten(inputs: NamedArrays, offsets: readonly number[], heap: Heap): boolean {
    const { data } = this.program;
    const isPrepared = this.#store.isPreparedFor(this.program);
    for (let i = 0; i < data.length; i++) {
      const { name, slot } = data[i]!;
      const values = inputs[name] as TensorData;
      // An array of its own begins at 0; asking for its buffer would make one.
      if (values.byteOffset === 0 && heap.f32.byteOffset > 0) continue;
      if (this.#liesAt(i, values, heap, offsets[slot]!) ? !isPrepared : !isApart(values, heap)) {
        return true;
      }
    }
    return false;
  }

  /** Whether an input is what stands on the heap there. */
  #liesAt(position: number, values: TensorData, heap: Heap, offset: number): boolean {
    const last = this.#lying[position];
    if (last?.values === values && last.heap === heap && last.offset === offset) return true;
    if (!liesAt(heap, offset, values)) return false;
    this.#lying[position] = { values, heap, offset };
    return true;
  }

  #writeDraws({ i32 }: Heap, offsets: readonly number[], draw: number): void {
    const { draws } = this.program;
    const keys = this.#drawKeys();
    for (let i = 0; i < draws.length; i++) {
      const at = offsets[draws[i]!.slot]!;
      i32[at] = keys[i]![0];
      i32[at + 1] = keys[i]![1];
      i32[at + 2] = draw;
    }
  }

  /** Waits for outputs of the last run on a device; where that met an index outside of its axis it throws. */
  async arrive(
    binding: Binding,
    slots: readonly (OutputSlot | ProbeSlot)[] = this.program.outputs,
  ): Promise<void> {
    const { layout, sizes } = binding;
    const { status } = this.program;
    const wordsOf = (slot: number, count: number): Words => ({
      start: layout.offsets[slot]!,
      count,
    });
    const wanted = slots.map(({ slot, count }) => wordsOf(slot, count(sizes)));
    if (status !== null) wanted.push(wordsOf(status.slot, 1));
    await this.#store.remote?.fetch(wanted, layout);
    this.#checkStatus(binding);
  }

  #checkStatus({ layout: { offsets } }: Binding): void {
    const { status } = this.program;
    if (status !== null) checkStatus(status.sites, this.#store.heap.i32[offsets[status.slot]!]!);
  }

  /** A copy of an output of the last run. */
  read(output: OutputSlot, binding: Binding): TensorData {
    const at = binding.layout.offsets[output.slot]!;
    return copyWords(this.#store.heap, output.dtype, at, output.count(binding.sizes));
  }

  /** An output of the last run in place; for a bool an array that `copyBools` fills. */
  view(output: OutputSlot, binding: Binding): TensorData {
    const at = binding.layout.offsets[output.slot]!;
    const count = output.count(binding.sizes);
    if (output.dtype === "bool") return new Uint8Array(count);
    return this.#store.heap[output.dtype].subarray(at, at + count);
  }

  copyBools(output: OutputSlot, binding: Binding, into: Uint8Array): void {
    const at = binding.layout.offsets[output.slot]!;
    const words = this.#store.heap.i32;
    for (let i = 0; i < into.length; i++) into[i] = words[at + i]!;
  }

  /** Repeats of the same lengths reuse the layout. */
  #bind(inputs: NamedArrays, given: GivenSizes | undefined): Binding {
    const last = this.#binding;
    const tellsSizes = last !== null && !last.given && given === undefined;
    if (tellsSizes && this.#areAlike(inputs, last.lengths)) return last;
    for (const slot of this.program.data) checkInput(this.program.name, slot, inputs);
    this.#refuseUnknown(inputs);
    return (this.#binding = this.#layOut(inputs, given));
  }

  /** Whether these are arrays of the right types and of these lengths, and no others. */
  #areAlike(inputs: NamedArrays, lengths: readonly number[]): boolean {
    const { data } = this.program;
    for (let i = 0; i < this.#arrays.length; i++) {
      const values = inputs[this.#arrays[i]!.name] as TensorData | undefined;
      if (i < data.length && !isOf(data[i]!.dtype, values)) return false;
      if ((values?.length ?? -1) !== lengths[i]) return false;
    }
    for (const name in inputs) if (!this.#accepted.has(name)) return false;
    return true;
  }

  #layOut(inputs: NamedArrays, given: GivenSizes | undefined): Binding {
    const present = this.#arrays.filter((array) => Object.hasOwn(inputs, array.name));
    const lengthOf = (array: SizedArray): number =>
      (inputs[array.name] as TensorData | undefined)?.length ?? -1;
    const sizes = solveSizes(this.program, present, present.map(lengthOf), given);
    const layout = this.program.layout(sizes);
    this.#store.reserve(layout.end);
    return { sizes, layout, lengths: this.#arrays.map(lengthOf), given: given !== undefined };
  }

  #refuseUnknown(inputs: NamedArrays): void {
    for (const name in inputs) {
      if (this.#accepted.has(name)) continue;
      const own = [...this.#accepted].filter((accepted) => !accepted.includes(":"));
      const known = own.map((accepted) => `\`${accepted}\``).join(", ");
      throw new DlmError(
        "unknown-input",
        `\`${this.program.name}\` takes no \`${name}\` (it takes ${known || "nothing"})`,
      );
    }
  }

  #drawKeys(): readonly (readonly [number, number])[] {
    const { seed } = this.#store;
    if (this.#keysSeed !== seed) {
      const [lo, hi] = splitSeed(seed);
      this.#keys = this.program.draws.map((draw) => streamKey(draw.stream, lo, hi));
      this.#keysSeed = seed;
    }
    return this.#keys;
  }
}

const copied = (inputs: NamedArrays): NamedArrays =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, values]) => [name, (values as TensorData).slice()]),
  );

/** A field whose sizes are numbers and names has a length that can be computed. */
const sizedField = (field: FieldSpec, { sizes: names }: EntryProgram): readonly SizedArray[] => {
  const { name, shape } = field;
  if (!shape.every((size) => typeof size === "number" || names.includes(size))) return [];
  const valueOf = (size: SizeSpec, sizes: SizeValues): number =>
    typeof size === "number" ? size : sizes[names.indexOf(size)]!;
  const count = (sizes: SizeValues): number =>
    shape.reduce<number>((product, size) => product * valueOf(size, sizes), 1);
  return [{ name, shape, count, at: "" }];
};

export const checkInput = (entry: string, slot: DataSlot, inputs: NamedArrays): void => {
  if (!Object.hasOwn(inputs, slot.name) || inputs[slot.name] === undefined) {
    throw new DlmError(
      "missing-input",
      `\`${entry}\` needs ${describeArray(slot)}${place(slot.at)}`,
    );
  }
  checkArray(() => describeArray(slot), slot.dtype, inputs[slot.name]);
};

const checkIndices = (slot: DataSlot, values: TensorData): void => {
  const { below, except = 0 } = slot;
  if (below === null) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if ((value >= 0 && value < below) || value === except) continue;
    const range = `0..${below - 1}${except === 0 ? "" : ` and not ${except}`}`;
    throw new DlmError(
      "DLM0412",
      `${describeArray(slot)} holds ${value} at position ${i}, outside ${range}${place(slot.at)}`,
    );
  }
};

/** Memory that threads share has another buffer of the same words each time it grows. */
const isApart = ({ buffer }: TensorData, { f32 }: Heap): boolean =>
  buffer !== f32.buffer && buffer instanceof ArrayBuffer;

export const checkStatus = (sites: readonly Site[], word: number): void => {
  const site = sites[word - 1];
  if (site === undefined) return;
  if (site.what === "divisor") throw new DlmError("DLM0313", `\`%\` by 0 at ${site.at}`);
  throw new DlmError("DLM0412", `an index lies outside its axis at ${site.at}`);
};
