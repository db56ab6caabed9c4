// Combines what the lanes of an element have of a sum: in two rounds at most, always in the same order.

import type { DType } from "../../ir/type.ts";
import type { Accumulate, Language } from "../emit/language.ts";

/** How the invocations of a workgroup are shared out. */
export type Team = {
  /** Elements of the grid that a workgroup has. */
  readonly elements: number;
  /** Invocations that each of them has; a power of two. */
  readonly lanes: number;
  /** Whether neighbours have one element, and not one part of several. */
  readonly isAlong: boolean;
};

export const invocationsIn = ({ elements, lanes }: Team): number => elements * lanes;

/** Numbers that every lane combines by itself; where there are more lanes, as many of them combine some before. */
export const lastOf = (lanes: number): number =>
  lanes <= 16 ? lanes : 2 ** Math.ceil(Math.log2(lanes) / 2);

/** Which lane of its element an invocation is, and which element of the workgroup it has; both u32. */
export const laneIn = ({ elements, lanes, isAlong }: Team): string =>
  isAlong ? `member % ${lanes}u` : `member / ${elements}u`;
export const elementIn = ({ elements, lanes, isAlong }: Team): string =>
  isAlong ? `member / ${lanes}u` : `member % ${elements}u`;

/** Where lane `lane` of the own element lies: in sums of products and remainders by literals, which are known to be inside. */
const wordOf = ({ elements, lanes, isAlong }: Team, lane: string): string => {
  if (elements === 1) return lane;
  const first = isAlong ? `member / ${lanes}u * ${lanes}u` : `member % ${elements}u`;
  if (lane === "0") return first;
  return `${isAlong ? lane : `${lane} * ${elements}u`} + ${first}`;
};

export type Combined = {
  readonly op: Accumulate;
  readonly dtype: DType;
  /** What a lane has, and the variable for what all have. */
  readonly part: string;
  readonly whole: string;
  readonly array: string;
};

/** `lane`: the variable of the lane. `k`: a name for a counter. */
export const combineLines = (
  { step, variable }: Language,
  team: Team,
  all: readonly Combined[],
  lane: string,
  k: string,
): readonly string[] => {
  const last = lastOf(team.lanes);
  const before = team.lanes / last;
  const over = (from: number, end: number, word: string): readonly string[] => [
    `for (var ${k} = ${from}u; ${k} < ${end}u; ${k}++) {`,
    ...all.map(({ op, dtype, whole, array }) => step(op, dtype, whole, `${array}[${word}]`)),
    "}",
  ];
  const own = team.isAlong ? `member % ${last}u` : `member / ${team.elements}u % ${last}u`;
  const shifted = wordOf(team, `(${k} * ${last}u + ${own})`);
  const starts = all.map(({ whole, dtype, part }) => variable(whole, dtype, part));
  const stores = (value: (one: Combined) => string): readonly string[] =>
    all.map((one) => `${one.array}[member] = ${value(one)};`);
  const first = [...stores(({ part }) => part), "workgroupBarrier();"];
  const round =
    before === 1
      ? []
      : [
          `if (${lane} < ${last}) {`,
          ...over(1, before, shifted),
          ...stores(({ whole }) => whole),
          "}",
          "workgroupBarrier();",
        ];
  const resets = all.map(({ whole, array }) => `${whole} = ${array}[${wordOf(team, "0")}];`);
  return [...starts, ...first, ...round, ...resets, ...over(1, last, wordOf(team, k))];
};
