// The host of the WebAssembly target: the heap is the memory of an instance, an entry is one call.
import type { Heap, LaunchList, WasmProgram } from "../abi.ts";
import { DlmError } from "../errors.ts";
import type { OpenHost } from "../host.ts";
import { bytesOf, canFuse, fuse } from "./fuse.ts";
import type { Threads } from "./wasm-threads.ts";

const pageBytes = 65_536;
const mostPages = 65_536;

/** What WebAssembly has not: the remainder with the sign of the divisor. */
const floorMod = (a: number, b: number): number => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};

type Compiled = { readonly module: WebAssembly.Module; readonly name: string };

const isFused = ({ fused }: WasmProgram): boolean => fused !== "" && canFuse();

const binaryOf = (program: WasmProgram): Uint8Array<ArrayBuffer> => {
  const binary = bytesOf(program.bytes);
  if (isFused(program)) fuse(binary, bytesOf(program.fused));
  return binary;
};

/** A module of one function that gives back a vector. */
const probe = "AGFzbQEAAAABBgFgAXsBewMCAQAKBgEEACAACw==";

const hasVectors = (): boolean =>
  typeof WebAssembly === "object" && WebAssembly.validate(bytesOf(probe));

/** Throws `no-wasm`. */
const compiledOf = (program: WasmProgram): Compiled => {
  if (!hasVectors())
    throw new DlmError("no-wasm", "this engine or processor has no WebAssembly with SIMD");
  return {
    module: new WebAssembly.Module(binaryOf(program)),
    name: isFused(program) ? "WebAssembly, fused" : "WebAssembly",
  };
};

const pagesOf = (bytes: number): number => Math.ceil(bytes / pageBytes);

/** Of `words` behind `start`. */
const get = <T>(words: number, body: () => T): T => {
  try {
    return body();
  } catch (cause) {
    const megabytes = Math.ceil((4 * words) / 2 ** 20);
    const limit = megabytes > 4096 ? ": WebAssembly has 4096 MB at most, TypeScript more" : "";
    throw new DlmError("out-of-memory", `cannot get ${megabytes} MB of memory${limit}`, { cause });
  }
};

/** An instance and views of its memory. */
type Opened = {
  readonly memory: WebAssembly.Memory;
  readonly entries: Readonly<Record<string, () => void>>;
  /** Null for one. */
  readonly threads: Threads | null;
};

export const wasmHost = (program: WasmProgram): OpenHost => {
  const { table: tableAt, start, threads: split } = program;
  let compiled: Compiled | null = null;
  return (storedWords) => {
    compiled ??= compiledOf(program);
    const initial = pagesOf(start + 4 * storedWords);
    const imported = get(
      storedWords,
      () => new WebAssembly.Memory({ initial, maximum: mostPages }),
    );
    const { exports } = new WebAssembly.Instance(compiled.module, {
      host: { memory: imported, floorMod },
    });
    let opened: Opened = {
      memory: imported,
      entries: exports as Opened["entries"],
      threads: null,
    };
    let most = storedWords;
    let heap!: Heap;
    let table!: Int32Array;
    let written: readonly number[] | null = null;
    let call!: () => void;
    const view = (): void => {
      const { buffer } = opened.memory;
      heap = { f32: new Float32Array(buffer, start), i32: new Int32Array(buffer, start) };
      table = new Int32Array(buffer, tableAt);
    };
    const launches: LaunchList = {
      launch: refuse,
      commit: refuse,
      enter: (entry, offsets, sizes) => {
        const { entries, threads } = opened;
        for (let k = 0; k < offsets.length; k++) table[k] = start + 4 * offsets[k]!;
        for (let k = 0; k < sizes.length; k++) table[offsets.length + k] = sizes[k]!;
        threads?.take(offsets, split!.isWorth[entry]!(sizes));
        call = entries[`entry ${entry}`]!;
        written = offsets;
      },
    };
    view();
    return {
      name: compiled.name,
      remote: null,
      get heap() {
        return heap;
      },
      reserve(words) {
        most = Math.max(most, words);
        const { memory, threads } = opened;
        const end = start + 4 * most;
        const missing = end + (threads?.panelBytes ?? 0) - memory.buffer.byteLength;
        if (missing > 0) {
          get(words, () => memory.grow(pagesOf(missing)));
          view();
        }
        threads?.putPanels(end);
      },
      run(entry, { offsets }, sizes) {
        // What is written stays for the next run of the same.
        if (written !== offsets) entry.run(heap, offsets, sizes, launches);
        if (opened.threads === null) call();
        else opened.threads.run(call);
      },
      async ready({ threads = 1 }) {
        if (threads === 1 || split === undefined || opened.threads !== null) return;
        const { openThreads } = await import("./wasm-threads.ts");
        const parts = { bytes: binaryOf(program), split, floorMod };
        const shared = await openThreads(parts, threads, start + 4 * most);
        if (shared === null) return;
        const from = new Int32Array(opened.memory.buffer, start, most);
        new Int32Array(shared.memory.buffer, start).set(from);
        opened = shared;
        written = null;
        view();
      },
      dispose() {
        opened.threads?.end();
        heap = { f32: new Float32Array(0), i32: new Int32Array(0) };
      },
    };
  };
};

const refuse = (): never => {
  throw new DlmError("bad-option", "this was compiled for WebAssembly");
};
