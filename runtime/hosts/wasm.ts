// The host of the WebAssembly target: the heap is the memory of an instance, an entry is one call.
import type { Heap, LaunchList, WasmProgram } from "../abi.ts";
import { DlmError } from "../errors.ts";
import type { OpenHost } from "../host.ts";
import { bytesOf, canFuse, fuse } from "./fuse.ts";

const pageBytes = 65_536;

/** What WebAssembly has not: the remainder with the sign of the divisor. */
const floorMod = (a: number, b: number): number => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};

type Compiled = { readonly module: WebAssembly.Module; readonly name: string };

const compiledOf = ({ bytes, fused }: WasmProgram): Compiled => {
  const binary = bytesOf(bytes);
  const isFused = fused !== "" && canFuse();
  if (isFused) fuse(binary, bytesOf(fused));
  const name = isFused ? "WebAssembly, fused" : "WebAssembly";
  return { module: new WebAssembly.Module(binary), name };
};

type Exports = { readonly memory: WebAssembly.Memory } & Readonly<Record<string, () => void>>;

export const wasmHost = (program: WasmProgram): OpenHost => {
  const { table: tableAt, start } = program;
  let compiled: Compiled | null = null;
  return (storedWords) => {
    compiled ??= compiledOf(program);
    const instance = new WebAssembly.Instance(compiled.module, { host: { floorMod } });
    const { memory, ...entries } = instance.exports as Exports;
    const runs = Object.keys(entries).map((_, k) => entries[`entry ${k}`]!);
    const viewOf = (): Heap => ({
      f32: new Float32Array(memory.buffer, start),
      i32: new Int32Array(memory.buffer, start),
    });
    let heap = viewOf();
    let table = new Int32Array(memory.buffer, tableAt);
    let written: readonly number[] | null = null;
    const reserve = (words: number): void => {
      const missing = start + 4 * words - memory.buffer.byteLength;
      if (missing <= 0) return;
      try {
        memory.grow(Math.ceil(missing / pageBytes));
      } catch (cause) {
        const megabytes = Math.ceil((4 * words) / 2 ** 20);
        throw new DlmError("out-of-memory", `cannot get ${megabytes} MB of memory`, { cause });
      }
      heap = viewOf();
      table = new Int32Array(memory.buffer, tableAt);
    };
    const launches: LaunchList = {
      launch: refuse,
      commit: refuse,
      enter: (entry, offsets, sizes) => {
        if (written !== offsets) {
          for (let k = 0; k < offsets.length; k++) table[k] = start + 4 * offsets[k]!;
          for (let k = 0; k < sizes.length; k++) table[offsets.length + k] = sizes[k]!;
          written = offsets;
        }
        runs[entry]!();
      },
    };
    reserve(storedWords);
    return {
      name: compiled.name,
      remote: null,
      get heap() {
        return heap;
      },
      reserve,
      run(entry, { offsets }, sizes) {
        entry.run(heap, offsets, sizes, launches);
      },
      dispose() {
        heap = { f32: new Float32Array(0), i32: new Int32Array(0) };
      },
    };
  };
};

const refuse = (): never => {
  throw new DlmError("bad-option", "this was compiled for WebAssembly");
};
