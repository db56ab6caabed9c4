// A small network on one example, from an array to an array: what a call costs.

import { callRunner, firstWeights } from "../dlm.ts";
import { noise } from "../../shared/noise.ts";
import { called } from "../work.ts";
import type { Scale, Work } from "../work.ts";
import { emptyCallRunner } from "../yardsticks.ts";

export const smallModel = (_: Scale): readonly Work[] => {
  const spec = { file: "networks.dlm", name: "Digits" };
  const work: Work = {
    name: "small-model",
    what: "784-128-10 on one example, from array to array",
    amount: null,
    bar: "twice an empty dispatch that is read back",
    programs: [spec],
    start: async (lab) => {
      const x = noise(784);
      const weights = firstWeights(await lab.program(spec));
      const of = (path: string): Float32Array => weights.get(path)!;
      const [W0, b0, W1, b1] = ["Dense_0.W", "Dense_0.b", "Dense_1.W", "Dense_1.b"].map(of) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const dense = (from: Float32Array, W: Float32Array, b: Float32Array): Float64Array =>
        Float64Array.from(b, (bias, o) =>
          from.reduce((sum, value, i) => sum + value * W[i * b.length + o]!, bias),
        );
      const hidden = Float32Array.from(dense(x, W0, b0), (value) => Math.max(0, value));
      const values = [...dense(hidden, W1, b1)];
      return {
        expected: [{ at: [...values.keys()], values }],
        tolerance: 1e-4,
        open: {
          WGSL: () => emptyCallRunner(lab),
          dlm: () => callRunner(lab, spec, { x }),
          "onnxruntime-web": async () =>
            (await lab.onnx()).callRunner(
              {
                inputs: { x: [1, 784] },
                outputs: { y: [1, 10] },
                constants: {
                  W0: { dims: [784, 128], data: W0 },
                  b0: { dims: [128], data: b0 },
                  W1: { dims: [128, 10], data: W1 },
                  b1: { dims: [10], data: b1 },
                },
                nodes: [
                  { op: "Gemm", inputs: ["x", "W0", "b0"], outputs: ["z"] },
                  { op: "Relu", inputs: ["z"], outputs: ["h"] },
                  { op: "Gemm", inputs: ["h", "W1", "b1"], outputs: ["y"] },
                ],
              },
              { x },
            ),
          tfjs: async () => {
            const { tf, tensor } = await lab.tfjs();
            const kept = [
              tensor(W0, [784, 128]),
              tensor(b0, [128]),
              tensor(W1, [128, 10]),
              tensor(b1, [10]),
            ] as const;
            const call = async (): Promise<Float32Array> => {
              const y = tf.tidy(() => {
                const a = tensor(x, [1, 784]) as never;
                const b = kept[0] as never;
                const h = tf.fused.matMul({ a, b, bias: kept[1], activation: "relu" });
                return tf.fused.matMul({ a: h as never, b: kept[2] as never, bias: kept[3] });
              });
              const told = await y.data<"float32">();
              y.dispose();
              return told;
            };
            return {
              ...called(call),
              outputs: async () => [await call()],
              dispose: () => tf.dispose([...kept]),
            };
          },
          "jax-js": async () => {
            const { jax, array } = await lab.jax();
            const kept = [
              array(W0, [784, 128]),
              array(b0, [128]),
              array(W1, [128, 10]),
              array(b1, [10]),
            ];
            const forward = jax.jit((...args: (typeof kept)[number][]) => {
              const [given, w0, c0, w1, c1] = args as [
                (typeof args)[0],
                ...(readonly (typeof args)[0][]),
              ];
              const h = jax.nn.relu(jax.numpy.matmul(given!, w0!).add(c0!));
              return jax.numpy.matmul(h, w1!).add(c1!);
            });
            const call = async (): Promise<Float32Array> => {
              const y = forward(array(x, [1, 784]), ...kept.map((one) => one.ref));
              return (await y.data()) as Float32Array;
            };
            return {
              ...called(call),
              outputs: async () => [await call()],
              dispose: () => {
                forward.dispose();
                for (const one of kept) one.dispose();
              },
            };
          },
          PyTorch: async () => (await lab.torch()).runner("small_model", {}),
        },
      };
    },
  };
  return [work];
};
