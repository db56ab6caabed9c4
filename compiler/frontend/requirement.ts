// A failed `require` in words: the values it was built with, what the sides of the condition are, what would hold.

import type { Expr } from "../../grammar/ast.ts";
import { printDim } from "../ir/dim-text.ts";
import type { Context, Frame } from "./context.ts";
import { describeItem } from "./describe.ts";
import { lookUpName } from "./name.ts";
import { find } from "./scope.ts";
import { namesIn } from "./types.ts";
import type { Item } from "./value.ts";

export type Explanation = {
  /** `384 % 5 is 4` */
  readonly facts: string;
  /** `heads = 5, E = 384` */
  readonly values: string;
  readonly helps: readonly string[];
};

export const explainRequirement = (ctx: Context, frame: Frame, condition: Expr): Explanation => {
  const names = [...new Set(namesIn(condition).map(({ name }) => name))].flatMap((name) => {
    const item = lookUpName(ctx, frame, name);
    return item === null || !isPlain(item) ? [] : [{ name, item }];
  });
  const config = new Set((frame.owner?.decl.config ?? []).map((param) => param.name.text));
  const first = names.filter(({ name }) => config.has(name));
  const rest = names.filter(({ name }) => !config.has(name));
  const values = [...first, ...rest].map(({ name, item }) => `${name} = ${describe(item)}`);
  return {
    facts: factsOf(ctx, frame, condition),
    values: values.join(", "),
    helps: divisorHelp(ctx, frame, condition, config),
  };
};

const isPlain = (item: Item): boolean =>
  item.kind === "size" || item.kind === "float" || item.kind === "bool" || item.kind === "string";

const describe = (item: Item): string =>
  item.kind === "size" ? printDim(item.dim) : describeItem(item);

const factsOf = (ctx: Context, frame: Frame, condition: Expr): string => {
  if (condition.kind !== "binary") return "";
  if (condition.op === "and") {
    const failed = [condition.left, condition.right].find((side) => {
      const item = ctx.evaluate(side, frame);
      return item.kind === "bool" && !item.value;
    });
    return failed === undefined ? "" : factsOf(ctx, frame, failed);
  }
  const { left } = condition;
  const item = ctx.evaluate(left, frame);
  if (left.kind !== "binary" || !isPlain(item)) return "";
  const sides = [left.left, left.right].map((side) => ctx.evaluate(side, frame));
  if (!sides.every(isPlain)) return "";
  return `${describe(sides[0]!)} ${left.op} ${describe(sides[1]!)} is ${describe(item)}`;
};

/** For `n % d == 0` with a configured `d`: the divisors of `n` nearest to it. */
const divisorHelp = (
  ctx: Context,
  frame: Frame,
  condition: Expr,
  config: ReadonlySet<string>,
): readonly string[] => {
  if (condition.kind !== "binary" || condition.op !== "==") return [];
  const { left } = condition;
  if (left.kind !== "binary" || left.op !== "%" || left.right.kind !== "name") return [];
  if (!config.has(left.right.name)) return [];
  const whole = ctx.evaluate(left.left, frame);
  const by = find(frame.scope, left.right.name)?.item;
  if (whole.kind !== "size" || typeof whole.dim !== "number") return [];
  if (by?.kind !== "size" || typeof by.dim !== "number") return [];
  const near = divisorsAround(whole.dim, by.dim);
  return near.length < 2
    ? []
    : [`${whole.dim} is divisible by ${near.slice(0, -1).join(", ")} and ${near.at(-1)}`];
};

const divisorsAround = (whole: number, by: number): readonly number[] => {
  const divisors: number[] = [];
  for (let n = 1; n <= Math.min(whole, 4096); n++) if (whole % n === 0) divisors.push(n);
  const below = divisors.filter((n) => n < by).slice(-1);
  const above = divisors.filter((n) => n > by).slice(0, 3 - below.length);
  return [...below, ...above];
};
