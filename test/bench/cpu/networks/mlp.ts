// Dense layers.

import { jaxDense, onnxConstants, onnxDense, tfjsDense } from "./network.ts";
import type { Network } from "./network.ts";

const dense = (
  name: string,
  model: string,
  recipe: string,
  widths: readonly [number, ...number[]],
): Network => {
  const layers = widths.slice(1).map((_, k) => k);
  const activation = (layer: number): "relu" | "linear" =>
    layer === layers.length - 1 ? "linear" : "relu";
  const flop = layers.map((k) => 2 * widths[k]! * widths[k + 1]!);
  return {
    name,
    what: `${widths.join("-")} with ReLU`,
    model,
    recipe,
    sizes: {},
    shape: [widths[0]],
    flop: { all: flop.reduce((a, b) => a + b), first: flop[0]! },
    onnx: (weights, batch) => ({
      inputs: { x: [batch, widths[0]] },
      outputs: { y: [batch, widths.at(-1)!] },
      constants: onnxConstants(weights),
      nodes: layers.flatMap((k) =>
        onnxDense(
          `Dense_${k}`,
          k === 0 ? "x" : `h${k}`,
          k === layers.length - 1 ? "y" : `h${k + 1}`,
          activation(k),
        ),
      ),
    }),
    tfjs: (tf, weight, x) =>
      layers.reduce((h, k) => tfjsDense(tf, weight, `Dense_${k}`, h, activation(k)), x),
    jax: (peer, weight, x) =>
      layers.reduce((h, k) => jaxDense(peer, weight, `Dense_${k}`, h, activation(k)), x),
    torch: name,
  };
};

export const mlp = dense("mlp", "Mlp", "MlpTrainer", [784, 512, 256, 128, 10]);
/** It has no recipe. */
export const tiny = dense("tiny", "Tiny", "", [8, 16, 4]);
