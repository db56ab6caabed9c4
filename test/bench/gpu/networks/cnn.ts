// Two convolutions, each followed by pooling, and two dense layers, on 28 x 28 images.

import { noise, wholeNumbers } from "../../shared/noise.ts";
import { transposed } from "../../shared/transposed.ts";
import type { Scale } from "../work.ts";
import type { Network } from "./network.ts";

export const cnn = (scale: Scale): Network => {
  const [batch, ch, hidden] = scale === "full" ? [256, 32, 128] : [2, 3, 7];
  const flat = 49 * 2 * ch;
  const forward = {
    first: 2 * batch * 28 * 28 * 9 * ch,
    rest: 2 * batch * (14 * 14 * 9 * ch * 2 * ch + flat * hidden + hidden * 10),
  };
  return {
    name: "cnn",
    what: `3x3 convolutions to ${ch} and ${2 * ch} channels, dense ${hidden} and 10, batch ${batch}`,
    spec: { file: "networks.dlm", name: scale === "full" ? "CnnTrainer" : "CnnSmall" },
    flop: 2 * forward.first + 3 * forward.rest,
    batch: { x: noise(batch * 784, 1, 0), label: wholeNumbers(batch, 10, 2) },
    shapes: { x: [batch, 28, 28, 1] },
    classes: 10,
    tfjs: (tf, weight, input) => {
      const convolved = (x: typeof input, layer: string): typeof input => {
        const y = tf.fused.conv2d({
          x: x as never,
          filter: weight(`${layer}.K`) as never,
          strides: 1,
          pad: "same",
          bias: weight(`${layer}.b`),
          activation: "relu",
        });
        return tf.maxPool(y as never, 2, 2, "valid");
      };
      const dense = (a: typeof input, layer: string, activation: "relu" | "linear") =>
        tf.fused.matMul({
          a: a as never,
          b: weight(`${layer}.W`) as never,
          bias: weight(`${layer}.b`),
          activation,
        });
      const h = tf.reshape(convolved(convolved(input, "Conv_0"), "Conv_1"), [batch, flat]);
      return dense(dense(h, "Dense_0", "relu"), "Dense_1", "linear");
    },
    jax: ({ jax }, weight, input) => {
      const { lax, nn, numpy: np } = jax;
      const convolved = (x: typeof input, layer: string): typeof input => {
        const y = lax.convGeneralDilated(x, weight(`${layer}.K`), [1, 1], "SAME");
        const z = nn.relu(y.add(weight(`${layer}.b`).reshape([1, -1, 1, 1])));
        return lax.reduceWindow(z, (window) => np.max(window), [2, 2], [2, 2]);
      };
      const dense = (h: typeof input, layer: string): typeof input =>
        np.matmul(h, weight(`${layer}.W`)).add(weight(`${layer}.b`));
      const image = input.reshape([batch, 1, 28, 28]);
      const pooled = convolved(convolved(image, "Conv_0"), "Conv_1");
      const h = np.transpose(pooled, [0, 2, 3, 1]).reshape([batch, flat]);
      return dense(nn.relu(dense(h, "Dense_0")), "Dense_1");
    },
    // Channels come first there.
    jaxWeight: (path, values, shape) =>
      path.endsWith(".K")
        ? {
            values: transposed(values, shape, [3, 2, 0, 1]),
            shape: [shape[3]!, shape[2]!, shape[0]!, shape[1]!],
          }
        : { values, shape },
    torch: { work: "train_cnn", sizes: { batch, ch, hidden } },
  };
};
