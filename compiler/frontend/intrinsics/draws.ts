// Distributions: what may stand after `~`.

import { floatItem, sizeItem } from "../convert.ts";
import type { DistributionItem, Item } from "../value.ts";
import { optional, required } from "./define.ts";
import type { Intrinsic, Parameter } from "./define.ts";

/** Defaults by parameter; those without one must be given. */
const distribution = (
  name: DistributionItem["name"],
  params: readonly Parameter[],
  defaults: Readonly<Record<string, Item>>,
): Intrinsic => ({
  params,
  run: ({ args }) => ({
    kind: "distribution",
    name,
    args: new Map(
      params.map((param) => [param.name, args.get(param.name)?.item ?? defaults[param.name]!]),
    ),
  }),
});

const [zero, one] = [sizeItem(0), sizeItem(1)];

/** `integers(hi)` draws from 0, `integers(lo, hi)` from lo; below hi. */
const integers: Intrinsic = {
  params: [required("lo"), optional("hi", "lo, with lo = 0")],
  run: ({ args }) => {
    const [first, second] = [args.get("lo")!.item, args.get("hi")?.item];
    const ends: readonly [string, Item][] =
      second === undefined
        ? [
            ["lo", zero],
            ["hi", first],
          ]
        : [
            ["lo", first],
            ["hi", second],
          ];
    return { kind: "distribution", name: "integers", args: new Map(ends) };
  },
};

export const drawIntrinsics: Readonly<Record<string, Intrinsic>> = {
  uniform: distribution("uniform", [optional("lo", "0"), optional("hi", "1")], {
    lo: zero,
    hi: one,
  }),
  normal: distribution("normal", [optional("mean", "0"), optional("std", "1")], {
    mean: zero,
    std: one,
  }),
  bernoulli: distribution("bernoulli", [optional("p", "0.5")], { p: floatItem(0.5) }),
  integers,
  truncated: distribution(
    "truncated",
    [optional("mean", "0"), optional("std", "1"), optional("cut", "2")],
    { mean: zero, std: one, cut: sizeItem(2) },
  ),
  orthogonal: distribution("orthogonal", [optional("gain", "1")], { gain: one }),
};
