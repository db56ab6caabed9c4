// What the code of a launch is written with: names, variables of axes and numbers, and the emitter of expressions.

import type { Dim } from "../../ir/dim.ts";
import { buffersOf } from "../../kernel/buffers.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { createInterner } from "../../lower/intern.ts";
import { createEmitter } from "../emit/emit-expr.ts";
import type { KernelWriter } from "../emit/emit-statements.ts";
import { createFlat } from "../emit/flatten.ts";
import { createNames } from "../emit/names.ts";
import type { Names } from "../emit/names.ts";
import { createSizeText } from "./emit-size.ts";
import type { SizeText } from "./emit-size.ts";
import { createLanguage } from "./language.ts";
import type { Memory } from "./memory.ts";
import { createVectorFlat, wholeName } from "./vectors.ts";
import type { VectorFlat } from "./vectors.ts";
import { createZip } from "./zip-words.ts";

export type LaunchWriter = KernelWriter & {
  readonly names: Names;
  readonly size: SizeText;
  /** Gives an axis a variable. `extent`: null where nothing is known of it; deeper axes come later in sums. */
  readonly axis: (name: string, extent: Dim | null, depth: number) => string;
  /** What a name of the kernel stands for. */
  readonly stand: (name: string, text: string) => void;
  readonly vectors: Pick<VectorFlat, "wholeAt"> & {
    readonly isWhole: (words: readonly Expr[]) => boolean;
    /** The vector of four values. */
    readonly zip: (words: readonly Expr[]) => Expr;
    /** What a name stands for is a vector, and `name.0` to `name.3` are its words. */
    readonly stand: (name: string, text: string) => void;
  };
  /** Lines that read the numbers that `lines` mention. */
  readonly numbersIn: (lines: readonly string[]) => readonly string[];
  /** Names in scope everywhere. */
  readonly known: readonly string[];
};

/** `taken`: names that stand for something else. `lane`: which part of the scratch an invocation has. */
export const createLaunchWriter = (
  kernel: Kernel,
  memory: Memory,
  taken: readonly string[],
  lane: string,
): LaunchWriter => {
  const decls = buffersOf(kernel);
  const buffers = new Map(decls.map((d) => [d.name, d]));
  const names = createNames([...taken, ...memory.declared]);
  const variables = new Map<string, string>();
  const given = memory.numbers.map((number, k) => {
    const name = number.kind === "size" ? number.name : number.buffer;
    const variable = names.fresh(name);
    variables.set(name, variable);
    return { variable, line: `let ${variable} = ${memory.number(k)};` };
  });
  const size = createSizeText((symbol) => variables.get(symbol)!);
  const extents = new Map<string, Dim>();
  const depths = new Map<string, number>();
  const starts = new Map([...memory.apart].map((name) => [name, 0]));
  const interner = createInterner();
  const inWords = createFlat(buffers, starts, extents, depths, interner);
  const inVectors = createVectorFlat(inWords, interner, memory.vectors);
  const { flat } = inVectors;
  const vectorNames = new Set<string>();
  const emitter = createEmitter({
    flat,
    names,
    variables,
    language: createLanguage({
      dtypeOf: (buffer) => buffers.get(buffer)!.dtype,
      places: memory.placesFor(size, lane),
      size,
      extents,
    }),
    panels: new Map(),
    stored: new Set(
      decls.slice(kernel.params.length).flatMap(({ name }) => [name, wholeName(name)]),
    ),
  });
  return {
    emitter,
    flat,
    panels: new Map(),
    names,
    size,
    axis: (name, extent, depth) => {
      if (extent !== null) extents.set(name, extent);
      depths.set(name, depth);
      const variable = names.fresh(name);
      variables.set(name, variable);
      return variable;
    },
    stand: (name, text) => void variables.set(name, text),
    vectors: {
      wholeAt: inVectors.wholeAt,
      isWhole: (words) => inVectors.vectorOf(words) !== null,
      zip: createZip(inVectors, interner, vectorNames),
      stand: (name, text) => {
        vectorNames.add(name);
        variables.set(name, text);
        [..."xyzw"].forEach((c, k) => variables.set(`${name}.${k}`, `${text}.${c}`));
      },
    },
    numbersIn: (lines) => {
      const text = lines.join("\n");
      const used = given.filter(({ variable }) => new RegExp(`\\b${variable}\\b`).test(text));
      return used.map(({ line }) => line);
    },
    known: decls.map((d) => d.name),
  };
};
