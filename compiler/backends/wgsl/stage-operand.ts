// Copies a part of an operand into workgroup memory: groups of four rows or columns, for one step of the depth after the other.

import { exactDiv, sub } from "../../ir/dim.ts";
import { andB, axis, ltI, num, select, size } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { bare } from "../emit/parens.ts";
import type { Factor } from "../../lower/contraction.ts";
import { fourPositions, splitLines } from "./four-positions.ts";
import type { Renaming } from "./four-positions.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import type { LaunchWriter } from "./launch-writer.ts";

export type Operand = {
  /** Of the array that it is copied to. */
  readonly name: string;
  readonly factor: Factor;
  readonly axes: readonly GridAxis[];
  /** Rows or columns of the tile, and where they begin. */
  readonly words: number;
  readonly start: string;
  /** A quarter of that. */
  readonly group?: string;
};

export type Staging = {
  /** Lines before the loop over the depth, and the axes they bring. */
  readonly lines: readonly string[];
  readonly binds: readonly string[];
  readonly groups: readonly Group[];
};

/** Four rows or columns of one step. */
export type Group = {
  /** Which step of the tile, and which group of that: both u32, a sum in parentheses where it may be multiplied. */
  readonly step: string;
  readonly group: string;
  readonly words: readonly Expr[];
};

export type Depth = {
  readonly axes: readonly GridAxis[];
  /** Of the tile. */
  readonly words: number;
  readonly start: string;
};

/**
 * Invocations next to each other read what lies side by side: elements of one row, or groups of one step. So each has one
 * step of the depth and groups in several places, or one group at several steps.
 */
export const stageOperand = (
  writer: LaunchWriter,
  { name, factor, axes, words, start, group = `${start} / 4` }: Operand,
  depth: DepthPositions,
  invocations: number,
): Staging => {
  const perStep = words / 4;
  const inner = factor.liesAlongDepth ? depth.words : perStep;
  const apart = invocations / inner;
  const rounds = (perStep * depth.words) / invocations;
  const isInside = exactDiv(totalOf(axes), words) !== null;
  const innerAt = `member % ${inner}u`;
  const outerAt = (round: number): string =>
    round === 0 ? `member / ${inner}u` : `member / ${inner}u + ${round * apart}u`;
  const fourAt = (place: string, at: string): ReturnType<typeof fourPositions> =>
    fourPositions(writer, axes, {
      prefix: `${name}${place}`,
      depth: sideDepth,
      start: `${start} + i32(${at}) * 4`,
      group: `${group} + i32(${at})`,
      isInside,
    });
  const all = Array.from({ length: rounds }, (_, round) => round);
  const fours = factor.liesAlongDepth
    ? all.map((round) => fourAt(`_${round}_`, outerAt(round)))
    : [fourAt("", innerAt)];
  const steps = factor.liesAlongDepth
    ? [depth.at(innerAt)]
    : all.map((round) => depth.at(outerAt(round)));
  const groups = all.map((round) => {
    const four = fours[factor.liesAlongDepth ? round : 0]!;
    const step = steps[factor.liesAlongDepth ? 0 : round]!;
    return {
      step: factor.liesAlongDepth ? innerAt : `(${outerAt(round)})`,
      group: factor.liesAlongDepth ? outerAt(round) : innerAt,
      words: four.parts.map(({ renaming }) => wordOf(factor, renaming, step)),
    };
  });
  return {
    lines: fours.flatMap(({ lines }) => lines),
    binds: fours.flatMap(({ binds }) => binds),
    groups,
  };
};

/** Order of what an address is a sum of: batch, rows or columns, depth. */
const sideDepth = 1;
const depthDepth = 2;

export type DepthPositions = {
  /** Of the tile. */
  readonly words: number;
  /** `offset`: which step of the tile, a u32. */
  readonly at: (offset: string) => DepthPosition;
  /** All that were asked for. */
  readonly all: () => readonly DepthPosition[];
};

type DepthPosition = {
  readonly lines: readonly string[];
  readonly binds: readonly string[];
  readonly renaming: Renaming;
  /** Whether the sum has that element; null where it has. */
  readonly isThere: Expr | null;
};

/** Equal positions are one. */
export const createDepthPositions = (
  writer: LaunchWriter,
  { axes, words, start }: Depth,
): DepthPositions => {
  const known = new Map<string, DepthPosition>();
  const total = totalOf(axes);
  const isInside = exactDiv(total, words) !== null;
  const make = (prefix: string, position: string): DepthPosition => {
    const raw = `${prefix}.depth`;
    const variable = writer.axis(raw, null, depthDepth);
    const own = axes.map((a) => {
      const name = `${prefix}.${a.name}`;
      return { of: a, name, variable: writer.axis(name, a.extent, depthDepth) };
    });
    return {
      lines: [
        `let ${variable} = ${position};`,
        ...splitLines(
          writer,
          own.map((a) => ({ name: a.variable, extent: writer.size(a.of.extent) })),
          isInside ? variable : `min(${variable}, ${bare(writer.size(sub(total, 1)))})`,
        ),
      ],
      binds: [raw, ...own.map(({ name }) => name)],
      renaming: new Map(own.map(({ of, name }) => [of.name, axis(name)])),
      isThere: isInside ? null : ltI(axis(raw), size(total)),
    };
  };
  const at = (offset: string): DepthPosition => {
    const found = known.get(offset) ?? make(`depth${known.size}`, `${start} + i32(${offset})`);
    known.set(offset, found);
    return found;
  };
  return { words, at, all: () => [...known.values()] };
};

const wordOf = ({ value, guards }: Factor, side: Renaming, step: DepthPosition): Expr => {
  const rename = createRebuild((e) =>
    e.kind === "axis" ? (side.get(e.name) ?? step.renaming.get(e.name) ?? null) : null,
  );
  const conditions = [...guards.map(rename), ...(step.isThere === null ? [] : [step.isThere])];
  return conditions.length === 0
    ? rename(value)
    : select(conditions.reduce(andB), rename(value), num(0));
};
