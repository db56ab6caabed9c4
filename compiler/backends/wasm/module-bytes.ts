// A module of WebAssembly: functions with what they call, a memory that the host gives, and names for people.

import { bytesOf, list, marked, sized, text, unsigned } from "./bytes.ts";
import type { Code } from "./bytes.ts";
import { intConst, typeByte } from "./instructions.ts";
import type { Local, ValueType } from "./instructions.ts";

export type Signature = {
  readonly params: readonly ValueType[];
  readonly result: ValueType | null;
};

export type WasmFunction = {
  readonly name: string;
  readonly signature: Signature;
  /** Those behind the parameters, in order. */
  readonly locals: readonly Local[];
  readonly body: Code;
  readonly isExported: boolean;
  /** Of its parameters, for people. */
  readonly paramNames?: readonly string[];
};

export type WasmImport = { readonly name: string; readonly signature: Signature };

export type WasmModule = {
  /** Functions of the host; they have the first indices. */
  readonly imports: readonly WasmImport[];
  readonly functions: readonly WasmFunction[];
  /** Of 64 KiB: what the memory has at least. */
  readonly pages: number;
  /** What the memory begins with. */
  readonly data: readonly number[];
  /** What variables of an instance begin as. */
  readonly globals?: readonly number[];
};

const mostPages = 65_536;

/** Of the import of the memory: what comes after it are its limits, flags first. */
const memoryImport: Code = [text("host"), text("memory"), 2];
const hasMaximum = 1;

/** Where the flags of the memory are in the bytes of a module: 3 in place of 1 makes it one that threads share. */
export const memoryFlagsAt = (bytes: Uint8Array): number => {
  const before = bytesOf(memoryImport);
  const at = bytes.findIndex((_, k) => before.every((byte, j) => bytes[k + j] === byte));
  return at + before.length;
};

export type WasmBinary = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** From each marked instruction to the next: 255 stands for so many bytes of a step that is longer. */
  readonly steps: readonly number[];
};

const stepsTo = (positions: readonly number[]): readonly number[] =>
  positions.flatMap((at, k) => {
    const step = at - (positions[k - 1] ?? 0);
    return [...new Array<number>(Math.floor(step / 255)).fill(255), step % 255];
  });

const signatureKey = ({ params, result }: Signature): string => `${params.join()}>${result}`;

/** Local variables next to each other of one type are declared together. */
const declarations = (locals: readonly Local[]): Code => {
  const runs: { type: ValueType; count: number }[] = [];
  for (const { type } of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  return list(runs.map(({ type, count }) => [unsigned(count), typeByte[type]]));
};

const nameMap = (names: readonly string[]): Code =>
  list(names.map((name, k) => [unsigned(k), text(name)]));

const mutable = 1;

const section = (id: number, content: Code): Code => [id, sized(content)];

export const moduleBytes = ({
  imports,
  functions,
  pages,
  data,
  globals = [],
}: WasmModule): WasmBinary => {
  const signatures = new Map<string, Signature>();
  const all = [...imports, ...functions];
  for (const { signature } of all) signatures.set(signatureKey(signature), signature);
  const keys = [...signatures.keys()];
  const typeOf = ({ signature }: WasmImport): Code =>
    unsigned(keys.indexOf(signatureKey(signature)));
  const types = [...signatures.values()].map(({ params, result }) => [
    0x60,
    list(params.map((p) => typeByte[p])),
    list(result === null ? [] : [typeByte[result]]),
  ]);
  const exports = functions.flatMap(({ name, isExported }, k) =>
    isExported ? [[text(name), 0, unsigned(imports.length + k)]] : [],
  );
  const codes = functions.map(({ locals, body }) => sized([declarations(locals), body, 0x0b]));
  const names = nameMap(all.map(({ name }) => name));
  const paramNames = functions.flatMap(({ paramNames: own }, k) =>
    own === undefined ? [] : [[unsigned(imports.length + k), nameMap(own)]],
  );
  const sections: readonly Code[] = [
    section(1, list(types)),
    section(
      2,
      list([
        [memoryImport, hasMaximum, unsigned(pages), unsigned(mostPages)],
        ...imports.map((i) => [text("host"), text(i.name), 0, typeOf(i)]),
      ]),
    ),
    section(3, list(functions.map(typeOf))),
    section(6, list(globals.map((value) => [typeByte.i32, mutable, intConst(value), 0x0b]))),
    section(7, list(exports)),
    section(10, list(codes)),
    section(11, list([[0, intConst(0), 0x0b, list(data)]])),
    section(0, [
      text("name"),
      section(1, names),
      ...(paramNames.length === 0 ? [] : [section(2, list(paramNames))]),
    ]),
  ];
  const written = bytesOf([[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], sections]);
  const marks = written.flatMap((byte, at) => (byte < marked ? [] : [at]));
  return { bytes: Uint8Array.from(written), steps: stepsTo(marks) };
};
