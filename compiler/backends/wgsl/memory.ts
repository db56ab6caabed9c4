// How a kernel reaches its buffers: one binding each, or all in one heap where there are more than a device has to have.

import type { Dim } from "../../ir/dim.ts";
import { add, mul, symbol } from "../../ir/dim.ts";
import { buffersOf } from "../../kernel/buffers.ts";
import type { BufferDecl, Kernel } from "../../kernel/kernel.ts";
import type { Names } from "../emit/names.ts";
import type { SizeText } from "./emit-size.ts";
import type { Place } from "./language.ts";
import { lanes, placeRows } from "./rows.ts";
import type { Rows } from "./rows.ts";

/** Storage buffers that every device has for a shader. */
const mostBindings = 8;

/** What the host binds, in the order of the bindings; numbers are a uniform. */
export type Binding =
  | { readonly kind: "buffer"; readonly buffer: string; readonly access: "read" | "read_write" }
  /** All buffers; an offset of each is among the numbers. */
  | { readonly kind: "heap" }
  | { readonly kind: "scratch"; readonly words: Dim }
  | { readonly kind: "numbers"; readonly count: number };

/** An i32 of the uniform: a size, or where on the heap a buffer begins. */
export type NumberGiven =
  | { readonly kind: "size"; readonly name: string }
  | { readonly kind: "offset"; readonly buffer: string };

export type Memory = {
  readonly bindings: readonly Binding[];
  readonly numbers: readonly NumberGiven[];
  /** Declarations at the top of the module. */
  readonly lines: readonly string[];
  /** Names that these declare. */
  readonly declared: readonly string[];
  /** Each buffer by its name there, each row by its own. */
  readonly names: readonly string[];
  /** The text of number k. */
  readonly number: (position: number) => string;
  /** Buffers that do not lie on the heap: their addresses begin at 0. */
  readonly apart: ReadonlySet<string>;
  readonly placesFor: (size: SizeText, lane: string) => ReadonlyMap<string, Place>;
  readonly rows: Rows;
};

export const layOutMemory = (kernel: Kernel, names: Names): Memory => {
  const rows = placeRows(kernel);
  const buffers = [...kernel.params, ...kernel.results];
  const scratchWords = add(rows.shared, mul(rows.perLane, lanes));
  const hasScratch = scratchWords !== 0;
  const onHeap = buffers.length + (hasScratch ? 1 : 0) > mostBindings;
  const numbers: readonly NumberGiven[] = [
    ...kernel.sizes.map((name) => ({ kind: "size", name }) as const),
    ...(onHeap ? buffers : []).map(({ name }) => ({ kind: "offset", buffer: name }) as const),
  ];
  const isParam = new Set<BufferDecl>(kernel.params);
  const bindings: readonly Binding[] = [
    ...(onHeap
      ? [{ kind: "heap" } as const]
      : buffers.map((b): Binding => ({
          kind: "buffer",
          buffer: b.name,
          access: isParam.has(b) ? "read" : "read_write",
        }))),
    ...(hasScratch ? [{ kind: "scratch", words: scratchWords } as const] : []),
    ...(numbers.length > 0 ? [{ kind: "numbers", count: numbers.length } as const] : []),
  ];
  const decls = new Map(buffersOf(kernel).map((b) => [b.name, b]));
  const wordOf = ({ dtype }: BufferDecl): "f32" | "i32" => (dtype === "f32" ? "f32" : "i32");
  const bound = bindings.map((b) => ({
    binding: b,
    name: names.fresh(b.kind === "buffer" ? b.buffer : b.kind),
  }));
  const inPrivate = [...rows.places].flatMap(([row, place]) =>
    place.kind === "private" ? [{ row, name: names.fresh(row), words: place.words }] : [],
  );
  const typeOf = (binding: Binding): string => {
    switch (binding.kind) {
      case "buffer": {
        const type = wordOf(decls.get(binding.buffer)!);
        return `var<storage, ${binding.access}> NAME: array<${type}>`;
      }
      case "heap":
        return "var<storage, read_write> NAME: array<i32>";
      case "scratch":
        return `var<storage, read_write> NAME: array<${rows.holds}>`;
      case "numbers":
        return `var<uniform> NAME: array<vec4i, ${Math.ceil(binding.count / 4)}>`;
    }
  };
  const lines = [
    ...bound.map(
      ({ binding, name }, k) =>
        `@group(0) @binding(${k}) ${typeOf(binding).replace("NAME", () => name)};`,
    ),
    ...inPrivate.map(
      ({ row, name, words }) =>
        `var<private> ${name}: array<${wordOf(decls.get(row)!)}, ${Math.max(words, 1)}>;`,
    ),
  ];
  const boundName = (kind: Binding["kind"]): string =>
    bound.find(({ binding }) => binding.kind === kind)!.name;
  const ownName = new Map([
    ...bound.flatMap(({ binding, name }) =>
      binding.kind === "buffer" ? [[binding.buffer, name] as const] : [],
    ),
    ...inPrivate.map(({ row, name }) => [row, name] as const),
  ]);
  const placesFor = (size: SizeText, lane: string): ReadonlyMap<string, Place> =>
    new Map(
      [...decls.values()].map((decl): readonly [string, Place] => {
        const own = ownName.get(decl.name);
        if (own !== undefined)
          return [decl.name, { holds: wordOf(decl), word: (at) => `${own}[${at}]` }];
        const row = rows.places.get(decl.name);
        if (row?.kind !== "scratch")
          return [decl.name, { holds: "i32", word: (at) => `${boundName("heap")}[${at}]` }];
        const first = (at: string): string => (row.at === 0 ? at : `${size(row.at)} + ${at}`);
        const start = rows.shared === 0 ? "" : `${size(rows.shared)} + `;
        const word = (at: string): string =>
          row.shared ? first(at) : `${start}(${first(at)}) * ${lanes} + ${lane}`;
        return [
          decl.name,
          { holds: rows.holds, word: (at) => `${boundName("scratch")}[${word(at)}]` },
        ];
      }),
    );
  return {
    bindings,
    numbers,
    lines,
    declared: [...bound.map(({ name }) => name), ...inPrivate.map(({ name }) => name)],
    names: [...decls.keys()].map((name) => ownName.get(name) ?? name),
    number: (k) => `${boundName("numbers")}[${Math.floor(k / 4)}].${"xyzw"[k % 4]}`,
    apart: new Set([...rows.places.keys(), ...(onHeap ? [] : buffers.map(({ name }) => name))]),
    placesFor,
    rows,
  };
};
