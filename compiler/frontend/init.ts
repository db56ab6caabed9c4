// A distribution with known numbers into how a stored tensor starts.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Init } from "../../runtime/abi.ts";
import type { Context } from "./context.ts";
import { toNumber } from "./convert.ts";
import { describeItem } from "./describe.ts";
import type { Item } from "./value.ts";

/** Reports what is not a distribution, and arguments that are not known when compiling. */
export const distributionInit = (ctx: Context, item: Item, span: Span): Init | null => {
  if (item.kind !== "distribution") {
    const expected = "a distribution such as `normal(0, 1)`";
    ctx.report(diagnostic("DLM0304", span, { expected, actual: describeItem(item) }));
    return null;
  }
  const numbers = new Map<string, number>();
  for (const [name, arg] of item.args) {
    const value = toNumber(ctx, arg, span);
    if (value === null) return null;
    numbers.set(name, value);
  }
  const at = (name: string): number => numbers.get(name) ?? 0;
  switch (item.name) {
    case "uniform":
      return { kind: "uniform", lo: at("lo"), hi: at("hi") };
    case "normal":
      return { kind: "normal", mean: at("mean"), std: at("std") };
    case "truncated":
      return { kind: "truncated", mean: at("mean"), std: at("std"), cut: at("cut") };
    case "bernoulli":
      return { kind: "bernoulli", p: at("p") };
    case "integers":
      return { kind: "integers", lo: at("lo"), hi: at("hi") };
    case "orthogonal":
      return { kind: "orthogonal", gain: at("gain") };
  }
};
