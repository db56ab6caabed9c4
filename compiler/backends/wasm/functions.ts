// Functions of a module as they are found to be needed: an index first, the code when it is there.

import { CompilerBug } from "../../../grammar/bug.ts";
import type { Local, ValueType } from "./instructions.ts";
import type { Signature, WasmFunction, WasmImport } from "./module-bytes.ts";

export type Written = Pick<WasmFunction, "locals" | "body" | "paramNames">;

export type Functions = {
  /** Its index; `write` is called once for each name, with the index known. */
  readonly add: (
    name: string,
    signature: Signature,
    isExported: boolean,
    write: () => Written,
  ) => number;
  readonly all: () => readonly WasmFunction[];
};

export const createFunctions = (imports: readonly WasmImport[]): Functions => {
  const indices = new Map<string, number>();
  const written: (WasmFunction | null)[] = [];
  return {
    add: (name, signature, isExported, write) => {
      const known = indices.get(name);
      if (known !== undefined) return known;
      const position = written.push(null) - 1;
      const index = imports.length + position;
      indices.set(name, index);
      written[position] = { name, signature, isExported, ...write() };
      return index;
    },
    all: () =>
      written.map((one) => {
        if (one === null) throw new CompilerBug("a function of the module has no code");
        return one;
      }),
  };
};

export type Locals = {
  readonly params: readonly Local[];
  readonly fresh: (type: ValueType) => Local;
  /** All but the parameters. */
  readonly own: () => readonly Local[];
};

export const createLocals = (params: readonly ValueType[]): Locals => {
  const own: Local[] = [];
  return {
    params: params.map((type, at) => ({ type, at })),
    fresh: (type) => {
      const local = { type, at: params.length + own.length };
      own.push(local);
      return local;
    },
    own: () => own,
  };
};
