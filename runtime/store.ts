// What a module keeps between runs: its stored tensors on a heap, the seed of its draws, and notes saved with it.
import type {
  DType,
  EntryProgram,
  Heap,
  Layout,
  SizeValues,
  StoredProgram,
  StoredSpec,
} from "./abi.ts";
import { DlmError } from "./errors.ts";
import type { DeviceOptions, Host, OpenHost, Remote, Words } from "./host.ts";
import { initialValues } from "./init.ts";

/** Arrays as callers see them: f32, i32, bool (0 or 1). */
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** The part of a program that a store needs. */
export type StoreProgram = StoredProgram & { readonly name: string };

export class Store {
  readonly name: string;
  readonly stored: readonly StoredSpec[];
  /** Saved with the weights as `__metadata__`, for example how inputs were normalised. */
  readonly metadata = new Map<string, string>();
  /** Null where programs run on the heap itself. */
  readonly remote: Remote | null;
  seed = 0;
  #host: Host | null;
  readonly #prepare: EntryProgram | null;
  /** Whether what was prepared is that of the weights as they are. */
  #isPrepared = false;

  constructor(program: StoreProgram, openHost: OpenHost) {
    this.#prepare = program.prepare ?? null;
    this.name = program.name;
    this.stored = program.stored;
    const host = openHost(program.storedWords);
    this.#host = host;
    this.remote = host.remote;
  }

  get heap(): Heap {
    return this.#live().heap;
  }

  /** What programs run on; null for plain code of this thread. */
  get device(): string | null {
    const { name = null, remote } = this.#live();
    return remote?.name ?? name;
  }

  /** Gets what it runs on ready. */
  async ready(options: DeviceOptions): Promise<void> {
    const host = this.#live();
    if (!host.ready && Number(options.threads) > 1)
      throw new DlmError("bad-option", "threads: only WebAssembly has any");
    await (host.remote ?? host).ready?.(options);
  }

  /** Alone on a device; on the heap others are done. */
  exclusive<T>(body: () => Promise<T>): Promise<T> {
    return this.remote?.exclusive(body) ?? body();
  }

  reserve(words: number): void {
    this.#live().reserve(words);
  }

  /** Brings what a device holds of tensors to the heap, before they are read. */
  async fetch(specs: readonly StoredSpec[] = this.stored): Promise<void> {
    await this.remote?.fetch(specs.map(wordsOf));
  }

  /** Whether `prepareFor` would run nothing. */
  isPreparedFor(entry: EntryProgram): boolean {
    return entry.prepared !== true || this.#prepare === null || this.#isPrepared;
  }

  /** Must come before the memory of an entry is written: it may run `prepare` there. Whether it did. */
  prepareFor(entry: EntryProgram): boolean {
    if (entry.prepared !== true) this.#isPrepared = false;
    if (this.isPreparedFor(entry)) return false;
    const prepare = this.#prepare!;
    const layout = prepare.layout([]);
    this.reserve(layout.end);
    this.run(prepare, layout, []);
    return (this.#isPrepared = true);
  }

  run(entry: EntryProgram, layout: Layout, sizes: SizeValues): void {
    this.#live().run(entry, layout, sizes);
  }

  /** Draws every stored tensor afresh. */
  initialise(seed: number): void {
    this.seed = seed;
    for (const spec of this.stored) this.draw(spec);
  }

  /** One of them. */
  draw(spec: StoredSpec): void {
    const values = initialValues(spec, this.seed);
    this.#isPrepared = false;
    this.heap[spec.dtype === "f32" ? "f32" : "i32"].set(values, spec.offset);
    this.remote?.send(wordsOf(spec));
  }

  /** A copy; a device has to be asked first: `fetch`. */
  read(spec: StoredSpec): TensorData {
    return copyWords(this.heap, spec.dtype, spec.offset, countOf(spec.shape));
  }

  write(spec: StoredSpec, values: TensorData): void {
    this.#check(spec, values);
    this.#isPrepared = false;
    writeWords(this.heap, spec.offset, values);
    this.remote?.send(wordsOf(spec));
  }

  /** After all calls that were made before, which may still wait for a device. */
  writeInTurn(spec: StoredSpec, values: TensorData): void {
    this.#check(spec, values);
    const kept = values.slice();
    // What fails after `dispose` is nothing that anybody waits for.
    this.exclusive(async () => this.write(spec, kept)).catch(() => {});
  }

  #check(spec: StoredSpec, values: TensorData): void {
    checkArray(() => `\`${spec.path}\``, spec.dtype, values);
    const count = countOf(spec.shape);
    if (values.length !== count) {
      throw new DlmError(
        "wrong-length",
        `\`${spec.path}\` is [${spec.shape.join(", ")}]: it needs ${count} elements, got ${values.length}`,
      );
    }
  }

  /** Every later use throws `disposed`. */
  dispose(): void {
    this.#host?.dispose();
    this.#host = null;
  }

  #live(): Host {
    return this.#host ?? disposed(this.name);
  }
}

const disposed = (name: string): never => {
  throw new DlmError("disposed", `\`${name}\` was disposed`);
};

const wordsOf = ({ offset, shape }: StoredSpec): Words => ({
  start: offset,
  count: countOf(shape),
});

/** Refuses arrays of another element type than `dtype`; `what` is asked for only then, as it is made anew each time. */
export function checkArray(
  what: () => string,
  dtype: DType,
  values: unknown,
): asserts values is TensorData {
  if (isOf(dtype, values)) return;
  const wanted = { f32: "Float32Array", i32: "Int32Array", bool: "Uint8Array" }[dtype];
  throw new DlmError("wrong-dtype", `${what()} needs a ${wanted}, got ${describe(values)}`);
}

export const isOf = (dtype: DType, values: unknown): values is TensorData =>
  dtype === "f32"
    ? values instanceof Float32Array
    : dtype === "i32"
      ? values instanceof Int32Array
      : values instanceof Uint8Array;

const describe = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? `a value of class ${value.constructor?.name ?? "Object"}`
    : String(value);

/** Whether it is what stands on the heap there; what begins with its buffer counts as apart, so as not to ask for that. */
export const liesAt = ({ f32 }: Heap, offset: number, values: TensorData): boolean =>
  values.byteOffset > 0 &&
  values.byteOffset === f32.byteOffset + 4 * offset &&
  values.buffer === f32.buffer &&
  values.BYTES_PER_ELEMENT === 4;

/** Copies an array into the heap; each element takes a word. */
export const writeWords = (heap: Heap, offset: number, values: TensorData): void => {
  if (values instanceof Float32Array) {
    put(heap.f32, offset, values);
  } else if (values instanceof Int32Array) {
    put(heap.i32, offset, values);
  } else {
    for (let i = 0; i < values.length; i++) heap.i32[offset + i] = values[i] === 0 ? 0 : 1;
  }
};

/** A loop over a few elements is done before `set` has begun. */
const put = <T extends Float32Array | Int32Array>(words: T, offset: number, values: T): void => {
  if (values.length > 32) words.set(values, offset);
  else for (let i = 0; i < values.length; i++) words[offset + i] = values[i]!;
};

export const copyWords = (heap: Heap, dtype: DType, offset: number, count: number): TensorData => {
  if (dtype === "f32") return heap.f32.slice(offset, offset + count);
  const words = heap.i32.subarray(offset, offset + count);
  return dtype === "i32" ? words.slice() : Uint8Array.from(words);
};

export const countOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);
