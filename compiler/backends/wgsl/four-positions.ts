// Four neighbouring positions along some axes, as those of a group of four words: never outside of the axes. The first is a
// multiple of 4.

import type { Dim } from "../../ir/dim.ts";
import { exactDiv, sub } from "../../ir/dim.ts";
import { addI, axis, int, ltI, mulI, size } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { bare } from "../emit/parens.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import { positionLines } from "./positions.ts";
import type { PositionAxis } from "./positions.ts";

/** What stands for each axis. */
export type Renaming = ReadonlyMap<string, Expr>;

export type FourPositions = {
  readonly lines: readonly string[];
  /** Axes that the lines bring. */
  readonly binds: readonly string[];
  readonly parts: readonly {
    readonly renaming: Renaming;
    /** Whether the position is there; null where all four are, or none. */
    readonly isThere: Expr | null;
  }[];
};

export type Place = {
  /** In front of the names of new axes. */
  readonly prefix: string;
  /** Of their variables in sums of addresses. */
  readonly depth: number;
  /** A variable or a sum. */
  readonly start: string;
  /** A quarter of it. */
  readonly group?: string;
  /** No position lies beyond the last: where one might, the last ones stand for it. */
  readonly isInside: boolean;
};

export const fourPositions = (
  writer: LaunchWriter,
  axes: readonly GridAxis[],
  { prefix, depth, start, group = `${start} / 4`, isInside }: Place,
): FourPositions => {
  const total = totalOf(axes);
  const within = (text: string, last: Dim): string =>
    isInside ? text : `min(${text}, ${bare(writer.size(last))})`;
  const split = (some: readonly GridAxis[], at: string, position: string): Split => {
    const own = some.map((a) => {
      const name = `${prefix}${at}.${a.name}${axes.includes(a) ? "" : "4"}`;
      return { of: a, name, variable: writer.axis(name, a.extent, depth) };
    });
    return {
      lines: splitLines(
        writer,
        own.map(({ of, variable }) => ({ name: variable, extent: writer.size(of.extent) })),
        position,
      ),
      binds: own.map(({ name }) => name),
      renaming: new Map(own.map(({ of, name }) => [of.name, axis(name)])),
    };
  };
  const groups = inGroups(axes);
  if (groups !== null) {
    const last = sub(totalOf(groups), 1);
    const { lines, binds, renaming } = split(groups, "", within(group, last));
    return { lines, binds, parts: fourOf(groups, renaming) };
  }
  const each = [0, 1, 2, 3].map((k) => {
    const raw = `${prefix}${k}.at`;
    const variable = writer.axis(raw, null, depth);
    const { lines, binds, renaming } = split(axes, String(k), within(variable, sub(total, 1)));
    return {
      lines: [`let ${variable} = ${k === 0 ? start : `${start} + ${k}`};`, ...lines],
      binds: [raw, ...binds],
      part: { renaming, isThere: isInside ? null : ltI(axis(raw), size(total)) },
    };
  });
  return {
    lines: each.flatMap(({ lines }) => lines),
    binds: each.flatMap(({ binds }) => binds),
    parts: each.map(({ part }) => part),
  };
};

/** Axes of groups of four neighbours; null where a group would have elements of two rows. */
export const inGroups = (axes: readonly GridAxis[]): readonly GridAxis[] | null => {
  const innermost = axes.at(-1);
  const groups = innermost === undefined ? null : exactDiv(innermost.extent, 4);
  return groups === null ? null : [...axes.slice(0, -1), { name: innermost!.name, extent: groups }];
};

/** The elements of a group. `renaming`: of axes to its place among groups. */
export const fourOf = (groups: readonly GridAxis[], renaming: Renaming): FourPositions["parts"] => {
  const innermost = groups.at(-1)!.name;
  const first = mulI(renaming.get(innermost)!, int(4));
  return [0, 1, 2, 3].map((k) => ({
    renaming: new Map([...renaming, [innermost, addI(first, int(k))]]),
    isThere: null,
  }));
};

type Split = {
  readonly lines: readonly string[];
  readonly binds: readonly string[];
  readonly renaming: Renaming;
};

/** What is divided several times gets a name. */
export const splitLines = (
  { names }: LaunchWriter,
  axes: readonly PositionAxis[],
  position: string,
): readonly string[] => {
  if (axes.length === 1) return positionLines(axes, position);
  const name = names.numbered("position");
  return [`let ${name} = ${position};`, ...positionLines(axes, name)];
};
