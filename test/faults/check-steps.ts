// Models run one position at a time against the same run whole, and models that must not be.

import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { stepPrograms } from "../steps/programs.ts";
import { drawData, netOf, walkInterpreted } from "../steps/walk.ts";

/** Bodies of `x: [B, T <= 8]` to `[B, T]` that read later positions. */
const acausal: readonly string[] = [
  "return x - unsqueeze(mean(x, over = 1), 1)",
  "return x - unsqueeze(max(x, over = 1), 1)",
  "return unsqueeze(x, 2) -> scan T reverse { SimpleRnn(1) } -> squeeze(axis = 2)",
  "let c[b, t < T] = sum[u](x[b, u] * (if u <= t + 1 then 1 else 0))\n  return c",
  "let y[b, t < T] = x[b, T - 1 - t]\n  return y",
];

const differ = (a: Tensor, b: Tensor): boolean =>
  a.data.length !== b.data.length || a.data.some((one, i) => !(Math.abs(one - b.data[i]!) <= 1e-9));

export const findInSteps = async (): Promise<string | null> => {
  for (const { what, text, sizes } of stepPrograms) {
    const module = netOf(text);
    const { whole, steps } = walkInterpreted(module, drawData(module, sizes, 7), sizes);
    for (const [t, results] of whole.entries())
      for (const [name, value] of results)
        if (differ(value, steps[t]!.get(name)!)) return `${what}: position ${t} differs`;
  }
  for (const body of acausal) {
    const module = netOf(`model Net(x: [B, T <= 8]) -> [B, T] {\n  ${body}\n}`);
    if (module.model?.stepping?.kind === "causal") return `taken for causal: ${body}`;
  }
  return null;
};
