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
  /** Of the run that is on, by position: looking an array up by its name takes as long as checking it. */
  readonly #values: TensorData[] = [];
  /** That of the last run. */
  heap: Heap | null = null;
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
    const { data } = this.program;
    for (let i = 0; i < data.length; i++) checkIndices(data[i]!, this.#values[i]!);
    this.#execute(step, draw, binding);
    return binding;
  }

  /** Repeats a run in another layout. */
  rerun(inputs: NamedArrays, step: number, draw: number, binding: Binding): void {
    this.#store.reserve(binding.layout.end);
    this.#take(inputs);
    this.#execute(step, draw, binding);
  }

  /** Where the inputs lie at these sizes; for a bool an array beside the heap. */
  inputs(given: GivenSizes): NamedArrays {
    const sizes = solveSizes(this.program, [], [], given);
    const layout = this.program.layout(sizes);
    this.#store.reserve(layout.end);
    this.#store.prepareFor(this.program);
    return Object.fromEntries(
      this.program.data.map((slot) => [slot.name, this.view(slot, { sizes, layout })]),
    );
  }

  #take(inputs: NamedArrays): void {
    this.program.data.forEach(({ name }, i) => (this.#values[i] = inputs[name] as TensorData));
  }

  #execute(step: number, draw: number, binding: Binding): void {
    const { data, scalars, draws, status } = this.program;
    const values = this.#values;
    const { layout, sizes } = binding;
    const { offsets } = layout;
    const before = this.#store.heap;
    const isOverwritten = this.#isOverwritten(offsets, before);
    if (isOverwritten) values.forEach((array, i) => (values[i] = array.slice()));
    const heap = (this.heap = this.#store.prepareFor(this.program) ? this.#store.heap : before);
    for (let i = 0; i < data.length; i++) {
      const offset = offsets[data[i]!.slot]!;
      if (!this.#liesAt(i, values[i]!, heap, offset)) writeWords(heap, offset, values[i]!);
      values[i] = nothing;
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
  #isOverwritten(offsets: readonly number[], heap: Heap): boolean {
    const { data } = this.program;
    const isPrepared = this.#store.isPreparedFor(this.program);
    for (let i = 0; i < data.length; i++) {
      const values = this.#values[i]!;
      // An array of its own begins at 0; asking for its buffer would make one.
      if (values.byteOffset === 0 && heap.f32.byteOffset > 0) continue;
      const isInPlace = this.#liesAt(i, values, heap, offsets[data[i]!.slot]!);
      if (isInPlace ? !isPrepared : !isApart(values, heap)) return true;
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
    const { seed } = this.#store;
    if (this.#keysSeed !== seed) {
      const [lo, hi] = splitSeed(seed);
      this.#keys = draws.map(({ stream }) => streamKey(stream, lo, hi));
      this.#keysSeed = seed;
    }
    for (let i = 0; i < draws.length; i++) {
      const at = offsets[draws[i]!.slot]!;
      [i32[at], i32[at + 1]] = this.#keys[i]!;
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

  /** An input, or an output of the last run, in place; for a bool an array beside the heap, which `copyBools` fills. */
  view(
    { slot, dtype, count }: DataSlot | OutputSlot,
    { layout, sizes }: Pick<Binding, "layout" | "sizes">,
  ): TensorData {
    const at = layout.offsets[slot]!;
    const length = count(sizes);
    if (dtype === "bool") return new Uint8Array(length);
    return this.#store.heap[dtype].subarray(at, at + length);
  }

  copyBools(output: OutputSlot, binding: Binding, into: Uint8Array): void {
    const at = binding.layout.offsets[output.slot]!;
    const words = this.#store.heap.i32;
    for (let i = 0; i < into.length; i++) into[i] = words[at + i]!;
  }

  /** Repeats of the same lengths reuse the layout. */
  #bind(inputs: NamedArrays, given: GivenSizes | undefined): Binding {
    const last = this.#binding;
    if (last?.given === false && given === undefined && this.#areAlike(inputs, last.lengths))
      return last;
    for (const slot of this.program.data) checkInput(this.program.name, slot, inputs);
    this.#refuseUnknown(inputs);
    this.#take(inputs);
    return (this.#binding = this.#layOut(inputs, given));
  }

  /** Whether these are arrays of the right types and of these lengths, and no others. */
  #areAlike(inputs: NamedArrays, lengths: readonly number[]): boolean {
    const { data } = this.program;
    for (let i = 0; i < this.#arrays.length; i++) {
      const values = inputs[this.#arrays[i]!.name] as TensorData | undefined;
      if (i < data.length) {
        if (!isOf(data[i]!.dtype, values)) return false;
        this.#values[i] = values;
      }
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
}

const nothing = new Float32Array(0);

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
