// What the lanes of a workgroup share of a launch, step by step: long sums, and loops over independent elements.

import { product } from "../../ir/dim.ts";
import type { DType } from "../../ir/type.ts";
import { letStmt, loop, loops, over } from "../../kernel/build.ts";
import { rowsIn } from "../../kernel/buffers.ts";
import type { ReduceAxis, ReduceOp } from "../../kernel/expr.ts";
import type { BufferDecl, Stmt } from "../../kernel/kernel.ts";
import { nestAt } from "../../schedule/nests.ts";
import type { Loop } from "../../schedule/nests.ts";
import { isIndependent } from "./grid.ts";
import type { GridAxis, Launch } from "../../lower/launch.ts";
import { axesOfSums, countOf, createSums } from "./long-sums.ts";
import type { LongSums, NamedSum } from "./long-sums.ts";

export type Step =
  /** Every lane works it out. */
  | { readonly kind: "each"; readonly stmts: readonly Stmt[] }
  /** One lane stores. */
  | { readonly kind: "once"; readonly stmts: readonly Stmt[] }
  /** Over the same axes: each lane goes over some elements, then all lanes have the sums, maxima or positions of these. */
  | { readonly kind: "sums"; readonly sums: readonly NamedSum[] }
  /** Each lane does it for some elements. */
  | { readonly kind: "loop"; readonly axes: readonly ReduceAxis[]; readonly stmts: readonly Stmt[] }
  /** All lanes go through it together. */
  | { readonly kind: "rounds"; readonly axis: GridAxis; readonly steps: readonly Step[] };

export type SharedLaunch = {
  readonly grid: readonly GridAxis[];
  readonly steps: readonly Step[];
  /** Scratch that the lanes share. */
  readonly rows: readonly BufferDecl[];
};

/** A sentence where lanes cannot share the launch. */
export const sharedOf = (launch: Launch): SharedLaunch | string => {
  const { grid, body } = withoutRepeats(launch);
  const rows = rowsIn(body);
  if (rows.some(({ shape }) => typeof product(shape) !== "number"))
    return "its scratch has no known size";
  const sums = createSums();
  sums.bind(grid.map(({ name }) => name));
  const steps = stepsOf(body, sums);
  if (typeof steps === "string") return steps;
  return steps.some(({ kind }) => kind !== "each" && kind !== "once")
    ? { grid, steps, rows }
    : "it has no long sums and no loops";
};

export const isPlain = ({ kind }: Stmt): boolean => kind === "let" || kind === "store";

/** Axes of the grid that no long sum depends on become loops: else each of their elements would make all sums again. */
const withoutRepeats = (launch: Launch): Launch => {
  const { grid, body } = launch;
  if (!body.every(isPlain)) return launch;
  const { ofSums, ofLets } = axesOfSums(body);
  if (ofSums === null) return launch;
  const inner = grid.filter(({ name }) => !ofSums.has(name));
  if (inner.length === 0) return launch;
  const isOutside = (s: Stmt): boolean =>
    s.kind === "let" && !inner.some(({ name }) => ofLets.get(s.name)!.has(name));
  return {
    grid: grid.filter(({ name }) => ofSums.has(name)),
    body: [
      ...body.filter(isOutside),
      ...loops(
        inner.map((a) => over(a.name, a.extent)),
        body.filter((s) => !isOutside(s)),
      ),
    ],
  };
};

const stepsOf = (body: readonly Stmt[], sums: LongSums): readonly Step[] | string => {
  const steps: Step[] = [];
  for (const [k, s] of body.entries()) {
    const found = stepsAt(s, body.slice(k + 1), sums);
    if (typeof found === "string") return found;
    steps.push(...found);
  }
  return steps;
};

const stepsAt = (s: Stmt, next: readonly Stmt[], sums: LongSums): readonly Step[] | string => {
  switch (s.kind) {
    case "row":
      return [];
    case "let":
    case "store": {
      const before = madeBefore([s], next, sums);
      const stmts = sums.replaced([s]);
      if (s.kind === "let") sums.bind([s.name]);
      sums.forget(stmts);
      return [...before, { kind: s.kind === "let" ? "each" : "once", stmts }];
    }
    case "if": {
      if (!s.body.every(isPlain)) return "it does more than to store where something holds";
      const stmts = sums.replaced([s]);
      sums.forget(stmts);
      return [{ kind: "once", stmts }];
    }
    case "for":
      return stepsOfLoop(s, sums);
    case "next":
      return "it does things in order";
  }
};

const madeBefore = (own: readonly Stmt[], next: readonly Stmt[], sums: LongSums): readonly Step[] =>
  sums.make(own, next).map((group) => ({ kind: "sums", sums: group }));

/** Of fewer elements a workgroup makes one after the other, with all lanes for its sums. */
const few = 16;

const stepsOfLoop = (head: Loop, sums: LongSums): readonly Step[] | string => {
  const { axes, body } = nestAt(head);
  if (axes.length === 0 || !axes.every(isIndependent)) return "it does things in order";
  // No positions are to be told apart: a shader that divides by 0 is refused.
  if (axes.some(({ extent }) => extent === 0)) return [];
  const before = madeBefore(body.filter(isPlain), [], sums);
  const isWhole = axes.every(({ range }) => range === null);
  if (isWhole && countOf(axes) < few && sums.hasAny(body, axes)) {
    const names = axes.map(({ name }) => name);
    const inner = sums.within(names, () => stepsOf(body, sums));
    if (typeof inner === "string") return inner;
    const steps = axes.reduceRight<readonly Step[]>(
      (list, { name, extent }) => [{ kind: "rounds", axis: { name, extent }, steps: list }],
      inner,
    );
    return [...before, ...steps];
  }
  if (rowsIn(body).length > 0) return "it has scratch for each of many elements";
  const stmts = sums.replaced(body);
  sums.forget(stmts);
  const own = axes.map(({ name, extent, range }) => over(name, extent, range));
  return [...before, { kind: "loop", axes: own, stmts }];
};

/** What lanes combine: of the position of a maximum the number in its order, and that position. */
export type PartType = DType | "vec2i";
export const partTypeOf = (op: ReduceOp, dtype: DType): PartType =>
  op === "argmax" ? "vec2i" : dtype;

/** Sums that are combined at once have an array each, of a part for each invocation of a workgroup. */
export const arrayFor = (type: PartType, k: number): string => `${type} ${k}`;

export const arraysFor = (steps: readonly Step[]): ReadonlyMap<string, PartType> =>
  new Map(
    steps.flatMap((s) => {
      if (s.kind === "rounds") return [...arraysFor(s.steps)];
      if (s.kind !== "sums") return [];
      return s.sums.map(({ sum: { op, dtype } }, k) => {
        const type = partTypeOf(op, dtype);
        return [arrayFor(type, k), type] as const;
      });
    }),
  );

/** Words of all arrays for each invocation. */
export const wordsOfParts = (steps: readonly Step[]): number =>
  [...arraysFor(steps).values()].reduce((n, type) => n + (type === "vec2i" ? 2 : 1), 0);

/** What all lanes do, as statements: for what these have of axes, expressions and stores. */
export const stmtsOf = (steps: readonly Step[]): readonly Stmt[] =>
  steps.flatMap((s) => {
    switch (s.kind) {
      case "sums":
        return s.sums.map(({ name, sum }) => letStmt(name, sum));
      case "rounds":
        return [loop(s.axis.name, s.axis.extent, stmtsOf(s.steps))];
      case "loop":
        return loops(s.axes, s.stmts);
      default:
        return s.stmts;
    }
  });
