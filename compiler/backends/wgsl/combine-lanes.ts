// Combines what the lanes of an element have of a sum, in workgroup memory or in subgroups: always in the same order.

import type { ReduceOp } from "../../kernel/expr.ts";
import { bare } from "../emit/parens.ts";
import type { EndingLines } from "./endings.ts";
import { combined } from "./language.ts";
import type { PartType } from "./shared-steps.ts";

/** How the invocations of a workgroup are shared out. */
export type Team = {
  /** Elements of the grid that a workgroup has; a power of two. */
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

/** What lanes have parts of. */
export type Combined = {
  readonly op: ReduceOp;
  readonly type: PartType;
  /** In workgroup memory: a part for each invocation. */
  readonly array: string;
};

/** A function that is given pointers to what a lane has of each, and which lane that is: then all have the whole. */
export type Combining = {
  readonly name: string;
  readonly all: readonly Combined[];
  /** Whether others may still read what is in the arrays. */
  readonly areUsed: boolean;
  /** Whether lanes count on having waited for all that is in workgroup memory. */
  readonly haveToWait: boolean;
};

/**
 * Sums of two neighbours, of two of those sums and so on: the numbers are added in the same order, wherever they are. Which
 * of two comes first makes no difference.
 */
export const combineFunctions = (team: Team, combining: Combining): EndingLines => {
  const off = declared(combining, inMemory(team, combining));
  return { on: team.isAlong ? declared(combining, inSubgroups(team, combining)) : off, off };
};

const declared = ({ name, all }: Combining, lines: readonly string[]): readonly string[] => {
  const params = all.map(({ type }, k) => `${wholeOf(k)}: ptr<function, ${type}>`);
  return [`fn ${name}(${[...params, "member: u32"].join(", ")}) {`, ...lines, "}", ""];
};

const wholeOf = (k: number): string => `whole${k + 1}`;
const ownOf = (k: number): string => `own${k + 1}`;
const barrier = "workgroupBarrier();";

/** Of few lanes each reads all; of more the first ones combine as many words each, and all read what these have. */
const inMemory = (team: Team, { all, areUsed }: Combining): readonly string[] => {
  const last = lastOf(team.lanes);
  const before = team.lanes / last;
  const stride = team.isAlong ? 1 : team.elements;
  const start = firstOf(team);
  const nearby = (k: number): string => (k === 0 ? "at" : `at ^ ${k * stride}u`);
  const apart = (k: number): string => sum(start, `${k * before * stride}u`);
  const round = [
    `let lane = ${laneIn(team)};`,
    `if (lane < ${last}u) {`,
    `let first = ${sum(start, `lane * ${before * stride}u`)};`,
    // No two lanes begin with words of one bank.
    `let at = first + lane % ${before}u${stride === 1 ? "" : ` * ${stride}u`};`,
    ...all.map((one) => `${one.array}[first] = ${tree(one, before, nearby)};`),
    "}",
    barrier,
  ];
  return [
    ...(areUsed ? [barrier] : []),
    ...all.map(({ array }, k) => `${array}[member] = *${wholeOf(k)};`),
    barrier,
    ...(before === 1 ? [] : round),
    ...all.map((one, k) => `*${wholeOf(k)} = ${tree(one, last, apart)};`),
  ];
};

const sum = (...terms: readonly string[]): string =>
  terms.filter((term) => term !== "0u").join(" + ") || "0u";

/** Where the first lane of the own element lies: in remainders by literals, which are known to be inside. */
const firstOf = ({ elements, lanes, isAlong }: Team): string => {
  if (elements === 1) return "0u";
  return isAlong ? `member / ${lanes}u * ${lanes}u` : `member % ${elements}u`;
};

const both = ({ op, type }: Pick<Combined, "op" | "type">, a: string, b: string): string =>
  op === "argmax" || type === "vec2i" ? `bestOf(${a}, ${b})` : combined(op, type, a, b);

/** Of `count` words. */
const tree = ({ array, ...one }: Combined, count: number, word: (k: number) => string): string => {
  const from = (start: number, words: number): string =>
    words === 1
      ? `${array}[${word(start)}]`
      : both(one, from(start, words / 2), from(start + words / 2, words / 2));
  return bare(from(0, count));
};

/**
 * Lanes of a subgroup exchange what they have. Then `done` neighbours have one sum, of which as many subgroups as one has
 * lanes are combined by the next round.
 */
const inSubgroups = (
  { lanes }: Team,
  { all, areUsed, haveToWait }: Combining,
): readonly string[] => [
  // What comes from a neighbour is rounded: a product of its own a lane might add as it is.
  ...all.map((one, k) => `var ${ownOf(k)} = ${exchanged(one, `*${wholeOf(k)}`, "1u")};`),
  `for (var done = 1u; done < ${lanes}u; done = done * subgroupWidth) {`,
  `let count = min(subgroupWidth, ${lanes}u / done);`,
  "if (done > 1u) {",
  ...(areUsed ? [barrier] : ["if (done > subgroupWidth) {", barrier, "}"]),
  ...all.map(({ array }, k) => `${array}[member] = ${ownOf(k)};`),
  barrier,
  "let at = member / (count * done) * (count * done) + member % count * done;",
  ...all.map(({ array }, k) => `${ownOf(k)} = ${array}[at];`),
  "}",
  "for (var mask = 1u; mask < count; mask = mask << 1u) {",
  ...all.map((one, k) => {
    const other = exchanged(one, ownOf(k), "mask");
    return `${ownOf(k)} = ${bare(both(one, ownOf(k), other))};`;
  }),
  "}",
  "}",
  ...all.map((_, k) => `*${wholeOf(k)} = ${ownOf(k)};`),
  ...(haveToWait ? [`if (subgroupWidth >= ${lanes}u) {`, barrier, "}"] : []),
];

/** What the lane has whose number differs in one bit. */
const exchanged = ({ type }: Combined, own: string, mask: string): string =>
  type === "bool"
    ? `(subgroupShuffleXor(u32(${own}), ${mask}) != 0u)`
    : `subgroupShuffleXor(${own}, ${mask})`;
