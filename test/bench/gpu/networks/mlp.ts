// Dense layers.

import { noise, wholeNumbers } from "../../shared/noise.ts";
import type { Scale } from "../work.ts";
import type { Network } from "./network.ts";

export const mlp = (scale: Scale): Network => {
  const [batch, hidden] = scale === "full" ? [1024, [512, 256, 128]] : [5, [33, 17]];
  const widths = [784, ...hidden, 10];
  const layers = widths.slice(1).map((_, k) => k);
  const isLast = (layer: number): boolean => layer === layers.length - 1;
  return {
    name: "mlp",
    what: `${widths.join("-")}, batch ${batch}`,
    spec: { file: "networks.dlm", name: scale === "full" ? "MlpTrainer" : "MlpSmall" },
    flop: layers.reduce(
      (sum, k) => sum + 2 * batch * widths[k]! * widths[k + 1]! * (k === 0 ? 2 : 3),
      0,
    ),
    batch: { x: noise(batch * 784, 1, 0), label: wholeNumbers(batch, 10, 2) },
    shapes: { x: [batch, 784] },
    classes: 10,
    tfjs: (tf, weight, input) =>
      layers.reduce(
        (h, k) =>
          tf.fused.matMul({
            a: h as never,
            b: weight(`Dense_${k}.W`) as never,
            bias: weight(`Dense_${k}.b`),
            activation: isLast(k) ? "linear" : "relu",
          }),
        input,
      ),
    jax: ({ jax }, weight, input) =>
      layers.reduce((h, k) => {
        const z = jax.numpy.matmul(h, weight(`Dense_${k}.W`)).add(weight(`Dense_${k}.b`));
        return isLast(k) ? z : jax.nn.relu(z);
      }, input),
    torch: { work: "train_mlp", sizes: { batch, layers: layers.length } },
  };
};
