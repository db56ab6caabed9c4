// Running averages of weights, for the setting `ema`: stored beside them as `<path>:ema`, moved by the last update of
// a round, read in their place where a recipe is judged.

import { diagnostic } from "../../grammar/report.ts";
import type { Value } from "../ir/graph.ts";
import type { HostExpr, StoredTensor } from "../ir/module.ts";
import { broadcastTo } from "../ops/compose.ts";
import type { Context } from "./context.ts";
import type { Output } from "./finish.ts";
import { storedInput } from "./store.ts";

const averagePath = (path: string): string => `${path}:ema`;

/**
 * The outputs of the last step, with average + (1 - decay) (weight - average) of each of `weights`, and the average itself
 * but in the last of the `repeat` updates of a round.
 */
export const withAverages = (
  ctx: Context,
  outputs: readonly Output[],
  weights: readonly StoredTensor[],
  { decay, repeat }: { readonly decay: number; readonly repeat: number },
): readonly Output[] => {
  const b = ctx.builder;
  const rate = ctx.scalar(rateOf(1 - decay, repeat), "f32");
  const updated = new Map(
    outputs.flatMap(({ value, output }) => (output.kind === "store" ? [[output.path, value]] : [])),
  );
  const averages = weights.map((weight): Output => {
    const { path, type } = weight;
    const old = averageInput(ctx, weight);
    const next = updated.get(path) ?? storedInput(ctx, path, type);
    const moved = b.op("mul", [b.op("sub", [next, old]), broadcastTo(b, rate, type.shape)]);
    const value = b.name(b.op("add", [old, moved]), "average");
    return { value, output: { kind: "store", path: averagePath(path) } };
  });
  return [...outputs, ...averages];
};

const rateOf = (rate: number, repeat: number): HostExpr => {
  const [zero, moving] = [0, rate].map((value): HostExpr => ({ kind: "number", value }));
  const count: HostExpr = { kind: "number", value: repeat };
  const place: HostExpr = { kind: "call", fn: "mod", args: [{ kind: "step" }, count] };
  const isLast: HostExpr = { kind: "call", fn: "eq", args: [place, zero!] };
  return repeat === 1 ? moving! : { kind: "call", fn: "select", args: [isLast, moving!, zero!] };
};

/** It begins at the weight as it is drawn. */
const averageInput = (ctx: Context, weight: StoredTensor): Value => {
  const { store } = ctx.state;
  const path = averagePath(weight.path);
  const taken = store.get(path);
  if (taken?.span != null && taken.storage !== "average")
    ctx.report(
      diagnostic(
        "DLM0207",
        taken.span,
        { name: "ema" },
        { label: "the setting `ema` keeps averages of this name" },
      ),
    );
  store.set(path, { ...weight, path, storage: "average" });
  return storedInput(ctx, path, weight.type);
};

/** From now on the averages are read where weights are that have them. */
export const readAverages = (ctx: Context): void => {
  const { store, stored } = ctx.state;
  for (const { path, type } of store.values()) {
    const average = averagePath(path);
    if (store.get(average)?.storage === "average")
      stored.set(path, storedInput(ctx, average, type));
  }
};
