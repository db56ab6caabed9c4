// Two convolutions without padding, pooling, and two dense layers, on 28 x 28 images.

import type * as Tf from "@tensorflow/tfjs-core";
import type { JaxArray } from "../../shared/jax.ts";
import { transposed } from "../../shared/transposed.ts";
import { jaxDense, onnxConstants, onnxDense, tfjsDense } from "./network.ts";
import type { Network, Shaped, Weights } from "./network.ts";

/** From height, width, inputs, outputs. */
const channelsFirst = ({ values, shape }: Shaped): Shaped => ({
  values: transposed(values, shape, [3, 2, 0, 1]),
  shape: [shape[3]!, shape[2]!, shape[0]!, shape[1]!],
});

/** Rows of the first dense layer in the order in which channels come first. */
const rowsByChannel = ({ values, shape }: Shaped): Shaped => ({
  values: transposed(values, [12, 12, 64, shape[1]!], [2, 0, 1, 3]),
  shape,
});

const laidOut = (path: string, weight: Shaped): Shaped =>
  path.endsWith(".K")
    ? channelsFirst(weight)
    : path === "Dense_0.W"
      ? rowsByChannel(weight)
      : weight;

const first = 2 * 26 * 26 * 9 * 32;

export const cnn: Network = {
  name: "cnn",
  what: "3x3 convolutions to 32 and 64 channels, max pooling, dense 128 and 10",
  model: "Cnn",
  recipe: "CnnTrainer",
  sizes: {},
  shape: [28, 28, 1],
  flop: { all: first + 2 * (24 * 24 * 9 * 32 * 64 + 9216 * 128 + 128 * 10), first },
  onnx: (weights, batch) => {
    const constants: Weights = new Map(
      [...weights].map(([path, weight]) => [path, laidOut(path, weight)]),
    );
    return {
      // One channel: the same numbers in either order.
      inputs: { x: [batch, 1, 28, 28] },
      outputs: { y: [batch, 10] },
      constants: onnxConstants(constants),
      nodes: [
        { op: "Conv", inputs: ["x", "Conv_0.K", "Conv_0.b"], outputs: ["z0"] },
        { op: "Relu", inputs: ["z0"], outputs: ["h0"] },
        { op: "Conv", inputs: ["h0", "Conv_1.K", "Conv_1.b"], outputs: ["z1"] },
        { op: "Relu", inputs: ["z1"], outputs: ["h1"] },
        {
          op: "MaxPool",
          inputs: ["h1"],
          outputs: ["pooled"],
          attributes: { kernel_shape: [2, 2], strides: [2, 2] },
        },
        { op: "Flatten", inputs: ["pooled"], outputs: ["flat"] },
        ...onnxDense("Dense_0", "flat", "h2", "relu"),
        ...onnxDense("Dense_1", "h2", "y", "linear"),
      ],
    };
  },
  tfjs: (tf, weight, x, batch) => {
    const convolved = (from: Tf.Tensor, layer: string): Tf.Tensor =>
      tf.fused.conv2d({
        x: from as never,
        filter: weight(`${layer}.K`) as never,
        strides: 1,
        pad: "valid",
        bias: weight(`${layer}.b`),
        activation: "relu",
      });
    const h = convolved(convolved(x, "Conv_0"), "Conv_1");
    const flat = tf.reshape(tf.maxPool(h as never, 2, 2, "valid"), [batch, -1]);
    const hidden = tfjsDense(tf, weight, "Dense_0", flat, "relu");
    return tfjsDense(tf, weight, "Dense_1", hidden, "linear");
  },
  jax: (peer, weight, x, batch) => {
    const { lax, nn, numpy: np } = peer.jax;
    const convolved = (from: JaxArray, layer: string): JaxArray => {
      const y = lax.convGeneralDilated(from, weight(`${layer}.K`), [1, 1], "VALID");
      return nn.relu(y.add(weight(`${layer}.b`).reshape([1, -1, 1, 1])));
    };
    const h = convolved(convolved(x.reshape([batch, 1, 28, 28]), "Conv_0"), "Conv_1");
    const pooled = lax.reduceWindow(h, (window) => np.max(window), [2, 2], [2, 2]);
    const hidden = jaxDense(peer, weight, "Dense_0", pooled.reshape([batch, -1]), "relu");
    return jaxDense(peer, weight, "Dense_1", hidden, "linear");
  },
  jaxWeight: laidOut,
  torch: "cnn",
};
