// A network that is run and trained: as dlm writes it in `programs/networks.dlm`, and as users of the others write it.

import type * as Tf from "@tensorflow/tfjs-core";
import type { JaxArray, JaxPeer } from "../../shared/jax.ts";
import type { OnnxModel, OnnxNode, OnnxTensor } from "../../shared/onnx-model.ts";

export type Shaped = { readonly values: Float32Array; readonly shape: readonly number[] };
/** By their paths in dlm, as dlm lays them out. */
export type Weights = ReadonlyMap<string, Shaped>;

export type Network = {
  readonly name: string;
  readonly what: string;
  /** Names of its model and its recipe. */
  readonly model: string;
  readonly recipe: string;
  readonly sizes: Readonly<Record<string, number>>;
  /** Of one example. */
  readonly shape: readonly number[];
  /** Multiplications and additions of all products of a forward pass of one example, and those of the first layer. */
  readonly flop: { readonly all: number; readonly first: number };
  /** Its input is `x`, its output `y`. */
  readonly onnx: (weights: Weights, batch: number) => OnnxModel;
  /** `x` as that model wants it, where that differs. */
  readonly onnxInput?: (x: Float32Array, batch: number) => Float32Array;
  /** `[batch, 10]` */
  readonly tfjs: (
    tf: typeof Tf,
    weight: (path: string) => Tf.Tensor,
    x: Tf.Tensor,
    batch: number,
  ) => Tf.Tensor;
  /** `[batch, 10]`; each weight is asked for once. */
  readonly jax: (
    peer: JaxPeer,
    weight: (path: string) => JaxArray,
    x: JaxArray,
    batch: number,
  ) => JaxArray;
  /** Where jax-js lays a weight in another way. */
  readonly jaxWeight?: (path: string, weight: Shaped) => Shaped;
  /** Of `torch_works.py`. */
  readonly torch: string;
};

export const onnxConstants = (weights: Weights): Readonly<Record<string, OnnxTensor>> =>
  Object.fromEntries(
    [...weights].map(([path, { values, shape }]) => [path, { dims: shape, data: values }]),
  );

/** A dense layer, and what follows it. */
export const onnxDense = (
  layer: string,
  from: string,
  to: string,
  activation: "relu" | "linear",
): readonly OnnxNode[] => {
  const inputs = [from, `${layer}.W`, `${layer}.b`];
  if (activation === "linear") return [{ op: "Gemm", inputs, outputs: [to] }];
  return [
    { op: "Gemm", inputs, outputs: [`${to}.z`] },
    { op: "Relu", inputs: [`${to}.z`], outputs: [to] },
  ];
};

export const tfjsDense = (
  tf: typeof Tf,
  weight: (path: string) => Tf.Tensor,
  layer: string,
  h: Tf.Tensor,
  activation: "relu" | "linear",
): Tf.Tensor =>
  tf.fused.matMul({
    a: h as never,
    b: weight(`${layer}.W`) as never,
    bias: weight(`${layer}.b`),
    activation,
  });

export const jaxDense = (
  { jax }: JaxPeer,
  weight: (path: string) => JaxArray,
  layer: string,
  h: JaxArray,
  activation: "relu" | "linear",
): JaxArray => {
  const z = jax.numpy.matmul(h, weight(`${layer}.W`)).add(weight(`${layer}.b`));
  return activation === "relu" ? jax.nn.relu(z) : z;
};
