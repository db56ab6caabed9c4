// How the code of a kernel reaches its buffers, rows and numbers: declarations, and the text of an element.

import { CompilerBug } from "../../../grammar/bug.ts";
import { exactDiv } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { buffersOf } from "../../kernel/buffers.ts";
import type { BufferDecl, Kernel } from "../../kernel/kernel.ts";
import type { Names } from "../emit/names.ts";
import { elementIn } from "./combine-lanes.ts";
import type { Team } from "./combine-lanes.ts";
import type { Sharing } from "./sharing.ts";
import { bindingsOf } from "./bindings.ts";
import type { Binding, Bindings } from "./bindings.ts";
import type { SizeText } from "./emit-size.ts";
import { arrayTypes } from "./language.ts";
import type { Place, Word } from "./language.ts";
import { lanes, placeRows } from "./rows.ts";
import type { RowPlace, Rows } from "./rows.ts";
import { vectorWords } from "./vectors.ts";
import type { Vectors } from "./vectors.ts";

export type Memory = Bindings & {
  readonly rows: Rows;
  readonly vectors: Vectors;
  /** Declarations at the top of the module, and the names that they declare. */
  readonly lines: readonly string[];
  readonly declared: readonly string[];
  /** What stands for each buffer and row in a comment. */
  readonly names: readonly string[];
  /** The text of number k. */
  readonly number: (position: number) => string;
  /** Buffers and rows whose addresses begin at 0; others begin where a number says. */
  readonly apart: ReadonlySet<string>;
  readonly placesFor: (size: SizeText, lane: string) => ReadonlyMap<string, Place>;
};

/** `teams`: of rows, as of `placeRows`. */
export const layOutMemory = (
  kernel: Kernel,
  names: Names,
  sharing: Sharing,
  teams: ReadonlyMap<string, Team>,
  vectors: Vectors,
): Memory => {
  const rows = placeRows(kernel, teams);
  const { bindings, numbers } = bindingsOf(kernel, rows, sharing);
  const decls = buffersOf(kernel);
  const typeOf = (name: string): "f32" | "i32" => wordOf(decls.find((d) => d.name === name)!);
  const typeOfAll = (buffers: readonly string[]): Word => {
    const isHalf = (name: string): boolean =>
      sharing.halves[decls.findIndex((d) => d.name === name)] === true;
    if (buffers.every(isHalf)) return "half";
    if (buffers.some(isHalf)) throw new CompilerBug(`${buffers.join()} are not all halves`);
    return buffers.every((name) => typeOf(name) === "f32") ? "f32" : "i32";
  };
  const bound = bindings.map((binding) => ({
    binding,
    name: names.fresh(binding.kind === "piece" ? nameOfPiece(binding.buffers) : binding.kind),
  }));
  const arrays = [...rows.places].flatMap(([row, place]) =>
    place.kind === "scratch" ? [] : [{ row, name: names.fresh(row), place }],
  );
  const nameOf = (kind: Binding["kind"]): string =>
    bound.find(({ binding }) => binding.kind === kind)!.name;
  const own = new Map<string, Own>([
    ...bound.flatMap(({ binding, name }) =>
      binding.kind === "piece"
        ? binding.buffers.map((b) => [b, { name, holds: typeOfAll(binding.buffers) }] as const)
        : [],
    ),
    ...arrays.map(({ row, name, place }): [string, Own] => [
      row,
      { name, holds: typeOf(row), start: startOf(place) },
    ]),
  ]);
  const offsets = new Set(numbers.flatMap((n) => (n.kind === "offset" ? [n.buffer] : [])));
  const placeOf = (decl: BufferDecl, size: SizeText, lane: string): Place => {
    const array = own.get(decl.name);
    const row = rows.places.get(decl.name);
    if (array !== undefined && vectors.buffers.has(decl.name))
      return vectorPlace(array.name, array.holds, size);
    if (array !== undefined) {
      const start = array.start === undefined ? "" : `${array.start} + `;
      return { holds: array.holds, word: (at) => `${array.name}[${start}${at}]` };
    }
    if (row?.kind !== "scratch") throw new CompilerBug(`${decl.name} lies nowhere`);
    if (vectors.buffers.has(decl.name))
      return vectorPlace(nameOf("scratch"), rows.holds, size, row.at);
    const inScratch = scratchAddress(row, rows, size, lane);
    return { holds: rows.holds, word: (at) => `${nameOf("scratch")}[${inScratch(at)}]` };
  };
  return {
    bindings,
    numbers,
    rows,
    vectors,
    lines: [
      ...bound.map(
        ({ binding, name }, k) =>
          `@group(0) @binding(${k}) ${declaration(binding, name, rows, typeOfAll, vectors)};`,
      ),
      ...arrays.map(({ row, name, place }) => {
        const words = place.words * (place.kind === "workgroup" ? place.team.elements : 1);
        return `var<${place.kind}> ${name}: array<${typeOf(row)}, ${words}>;`;
      }),
    ],
    declared: [...bound, ...arrays].map(({ name }) => name),
    names: decls.map(({ name }) => (offsets.has(name) ? name : (own.get(name)?.name ?? name))),
    number: (k) => `${nameOf("numbers")}[${Math.floor(k / 4)}].${"xyzw"[k % 4]}`,
    apart: new Set([...own.keys(), ...rows.places.keys()].filter((name) => !offsets.has(name))),
    placesFor: (size, lane) => new Map(decls.map((d) => [d.name, placeOf(d, size, lane)])),
  };
};

/** Of a result over an operand that of the result. */
const nameOfPiece = (buffers: readonly string[]): string =>
  buffers.length > 2 ? "memory" : buffers.at(-1)!;

/** The array that a buffer lies in, and where in it, if not at 0. */
type Own = { readonly name: string; readonly holds: Word; readonly start?: string | undefined };

const startOf = (place: Exclude<RowPlace, { kind: "scratch" }>): string | undefined =>
  place.kind === "private" || place.team.elements === 1
    ? undefined
    : `i32(${elementIn(place.team)}) * ${place.words}`;

const wordOf = ({ dtype }: BufferDecl): "f32" | "i32" => (dtype === "f32" ? "f32" : "i32");

const declaration = (
  binding: Binding,
  name: string,
  rows: Rows,
  typeOf: (buffers: readonly string[]) => Word,
  vectors: Vectors,
): string => {
  switch (binding.kind) {
    case "piece": {
      const word = typeOf(binding.buffers);
      const isVector = binding.buffers.every((buffer) => vectors.buffers.has(buffer));
      return `var<storage, ${binding.access}> ${name}: array<${isVector ? arrayTypes[word] : word}>`;
    }
    case "scratch": {
      const isVector = [...rows.places].some(
        ([row, { kind }]) => kind === "scratch" && vectors.buffers.has(row),
      );
      return `var<storage, read_write> ${name}: array<${isVector ? arrayTypes[rows.holds] : rows.holds}>`;
    }
    case "numbers":
      return `var<uniform> ${name}: array<vec4i, ${Math.ceil(binding.count / 4)}>`;
  }
};

/** `at`: where in the array it begins. Of u32 both are one instruction. */
const vectorPlace = (name: string, holds: Word, size: SizeText, at: Dim = 0): Place => {
  const [words, vectors] = [at, exactDiv(at, vectorWords)!].map((start) =>
    start === 0 ? "" : `${size(start)} + `,
  );
  return {
    holds,
    word: (address) =>
      `${name}[u32(${words}${address}) / ${vectorWords}u][u32(${words}${address}) % ${vectorWords}u]`,
    vector: (position) => `${name}[${vectors}${position}]`,
  };
};

/** What all share comes first; then the first words of all lanes, their second words … */
const scratchAddress = (
  row: Extract<RowPlace, { kind: "scratch" }>,
  rows: Rows,
  size: SizeText,
  lane: string,
): ((address: string) => string) => {
  const start = row.at === 0 ? "" : `${size(row.at)} + `;
  const before = rows.shared === 0 ? "" : `${size(rows.shared)} + `;
  return (address) => {
    const at = /^[\w +*]+$/.test(address) ? `${start}${address}` : `${start}(${address})`;
    return row.shared ? at : `${before}(${at}) * ${lanes} + ${lane}`;
  };
};
