// The steps of a shared launch as what one lane does, and flat, as the emitter of statements wants them.

import { andB, axis, eqI, ifStmt, int, letStmt, local, loop, over } from "../../kernel/build.ts";
import type { Expr, ReduceAxis, ReduceOp } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { extentsOf, storesIn, visitExprs } from "../../lower/statements.ts";
import { flattenAll, rootsOf } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import type { Uses } from "./barriers.ts";
import type { Team } from "./combine-lanes.ts";
import type { GridAxis } from "../../lower/launch.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { NamedSum } from "./long-sums.ts";
import { isThere, laneAxis, partOfBest, partOfLoop, partOfSum } from "./share-out.ts";
import { stmtsOf } from "./shared-steps.ts";
import type { Step } from "./shared-steps.ts";

export type LaneStep =
  | { readonly kind: "stmts"; readonly stmts: readonly Stmt[] }
  | { readonly kind: "sums"; readonly sums: readonly LaneSum[] }
  | { readonly kind: "rounds"; readonly axis: GridAxis; readonly steps: readonly LaneStep[] };

/** What a lane has of a sum; of the position of a maximum that position, and what is there. */
export type LaneSum = {
  readonly name: string;
  readonly op: ReduceOp;
  readonly part: Expr;
  readonly value: Expr | null;
};

export const laneSteps = (
  grid: readonly GridAxis[],
  steps: readonly Step[],
  { elements, lanes }: Team,
): readonly LaneStep[] => {
  const extents = new Map([
    ...grid.map(({ name, extent }) => [name, extent] as const),
    ...extentsOf(stmtsOf(steps)),
  ]);
  const there = elements === 1 ? null : isThere;
  const isFirst = eqI(axis(laneAxis), int(0));
  const own = (list: readonly Step[]): readonly LaneStep[] =>
    list.flatMap((s): LaneStep | readonly LaneStep[] => {
      switch (s.kind) {
        case "each":
          return { kind: "stmts", stmts: s.stmts };
        case "once": {
          const condition = there === null ? isFirst : andB(isFirst, there);
          return { kind: "stmts", stmts: [ifStmt(condition, s.stmts)] };
        }
        case "loop":
          return { kind: "stmts", stmts: partOfLoop(s.axes, s.stmts, lanes, extents, there) };
        case "sums": {
          const turns: Stmt[] = [];
          const part = ({ name, sum }: NamedSum): LaneSum => {
            const own = partOfSum(sum, lanes, extents);
            const { op } = sum;
            if (op !== "argmax") return { name, op, part: own, value: null };
            const turn = local(`${name}.turn`, "i32");
            turns.push(letStmt(turn.name, own));
            const { position, value } = partOfBest(sum, turn, lanes, extents);
            return { name, op, part: position, value };
          };
          const sums = s.sums.map(part);
          return [
            ...(turns.length === 0 ? [] : [{ kind: "stmts", stmts: turns } as const]),
            { kind: "sums", sums },
          ];
        }
        case "rounds":
          return { kind: "rounds", axis: s.axis, steps: own(s.steps) };
      }
    });
  return own(steps);
};

/** As statements, for what these have of axes and lets. */
export const asStmts = (steps: readonly LaneStep[]): readonly Stmt[] =>
  steps.flatMap((s): readonly Stmt[] => {
    switch (s.kind) {
      case "stmts":
        return s.stmts;
      case "sums":
        return s.sums.flatMap(({ name, part, value }) => [
          letStmt(name, part),
          ...(value === null ? [] : [letStmt(`${name}.value`, value)]),
        ]);
      case "rounds":
        return [loop(s.axis.name, s.axis.extent, asStmts(s.steps))];
    }
  });

export type FlatStep = { readonly uses: Uses } & (
  | { readonly kind: "stmts"; readonly stmts: readonly FlatStmt[] }
  | { readonly kind: "sums"; readonly sums: readonly LaneSum[] }
  | { readonly kind: "rounds"; readonly axis: ReduceAxis; readonly steps: readonly FlatStep[] }
);

/** What is stored, of which a load may read what another lane wrote: by the buffer that is loaded. */
export type Stored = ReadonlyMap<string, readonly string[]>;

/** `rows`: what of that which is stored lies in workgroup memory. */
export const flatSteps = (
  writer: LaunchWriter,
  steps: readonly LaneStep[],
  stored: Stored,
  rows: ReadonlySet<string>,
): readonly FlatStep[] =>
  steps.map((s): FlatStep => {
    const uses = usesOf(asStmts([s]), stored, rows);
    switch (s.kind) {
      case "stmts":
        return { kind: "stmts", uses, stmts: flattenAll(writer, s.stmts) };
      case "sums": {
        const sums = s.sums.map(({ name, op, part, value }) => ({
          name,
          op,
          part: writer.flat.expr(part),
          value: value === null ? null : writer.flat.expr(value),
        }));
        return { kind: "sums", uses, sums };
      }
      case "rounds": {
        const inner = flatSteps(writer, s.steps, stored, rows);
        return { kind: "rounds", uses, axis: over(s.axis.name, s.axis.extent), steps: inner };
      }
    }
  });

const usesOf = (stmts: readonly Stmt[], stored: Stored, rows: ReadonlySet<string>): Uses => {
  const read = new Set<string>();
  visitExprs(stmts, (e) => {
    if (e.kind === "load") stored.get(e.buffer)?.forEach((name) => read.add(name));
  });
  return { read, written: new Set(storesIn(stmts).map(({ buffer }) => buffer)), rows };
};

export const rootsOfSums = (sums: readonly LaneSum[]): readonly Expr[] =>
  sums.flatMap(({ part, value }) => (value === null ? [part] : [part, value]));

export const rootsOfSteps = (steps: readonly FlatStep[]): readonly Expr[] =>
  steps.flatMap((s): readonly Expr[] => {
    switch (s.kind) {
      case "stmts":
        return s.stmts.flatMap(rootsOf);
      case "sums":
        return rootsOfSums(s.sums);
      case "rounds":
        return rootsOfSteps(s.steps);
    }
  });
