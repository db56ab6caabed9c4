// Softmax, layer normalisation, and a chain of elementwise operations: what reads everything once and writes it once.

import { modelRunner } from "../dlm.ts";
import { noise, somePositions } from "../../shared/noise.ts";
import type { OnnxModel } from "../../shared/onnx-model.ts";
import type { Scale, Work } from "../work.ts";

type Sizes = { readonly R: number; readonly C: number };

const softmax = ({ R, C }: Sizes): Work => {
  const spec = { file: "rows.dlm", name: "Softmax", sizes: { R, C } };
  return {
    name: "softmax",
    what: `softmax of ${R} rows of ${C}`,
    amount: { kind: "bytes", count: 8 * R * C },
    bar: "85 % of copy",
    programs: [spec],
    start: async (lab) => {
      const x = noise(R * C);
      const at = somePositions(R * C);
      const values = at.map((position) => {
        const row = x.subarray(position - (position % C), position - (position % C) + C);
        return Math.exp(x[position]!) / row.reduce((sum, value) => sum + Math.exp(value), 0);
      });
      return {
        expected: [{ at, values }],
        tolerance: 1e-4,
        open: {
          dlm: () => modelRunner(lab, spec, { x }),
          "onnxruntime-web": async () =>
            (await lab.onnx()).runner(
              {
                inputs: { x: [R, C] },
                outputs: { y: [R, C] },
                nodes: [{ op: "Softmax", inputs: ["x"], outputs: ["y"], attributes: { axis: 1 } }],
              },
              { x },
            ),
          tfjs: async () => {
            const { tf, tensor, runner } = await lab.tfjs();
            const given = tensor(x, [R, C]);
            return runner(() => tf.softmax(given), [given]);
          },
          "jax-js": async () => {
            const { jax, array, runner } = await lab.jax();
            return runner((given) => jax.nn.softmax(given, -1), [array(x, [R, C])]);
          },
          PyTorch: async () => (await lab.torch()).runner("softmax", { R, C }),
        },
      };
    },
  };
};

const layerNorm = ({ R, C }: Sizes): Work => {
  const spec = { file: "rows.dlm", name: "Norm", sizes: { R, C } };
  return {
    name: "layer-norm",
    what: `layer normalisation of ${R} rows of ${C}`,
    amount: { kind: "bytes", count: 8 * R * C },
    bar: "85 % of copy",
    programs: [spec],
    start: async (lab) => {
      const [x, gamma, beta] = [noise(R * C), noise(C, 2), noise(C, 3)];
      const at = somePositions(R * C);
      const values = at.map((position) => {
        const column = position % C;
        const row = x.subarray(position - column, position - column + C);
        const mu = row.reduce((sum, value) => sum + value, 0) / C;
        const variance = row.reduce((sum, value) => sum + (value - mu) ** 2, 0) / C;
        const y = (x[position]! - mu) / Math.sqrt(variance + 1e-5);
        return y * gamma[column]! + beta[column]!;
      });
      return {
        expected: [{ at, values }],
        tolerance: 1e-4,
        open: {
          dlm: () => modelRunner(lab, spec, { x, gamma, beta }),
          "onnxruntime-web": async () =>
            (await lab.onnx()).runner(
              {
                inputs: { x: [R, C], gamma: [C], beta: [C] },
                outputs: { y: [R, C] },
                nodes: [
                  {
                    op: "LayerNormalization",
                    inputs: ["x", "gamma", "beta"],
                    outputs: ["y"],
                    attributes: { epsilon: { float: 1e-5 } },
                  },
                ],
              },
              { x, gamma, beta },
            ),
          tfjs: async () => {
            const { tf, tensor, runner } = await lab.tfjs();
            const given = [tensor(x, [R, C]), tensor(gamma, [C]), tensor(beta, [C])] as const;
            return runner(() => {
              const { mean, variance } = tf.moments(given[0], 1, true);
              const scale = tf.rsqrt(tf.add(variance, 1e-5));
              const y = tf.mul(tf.sub(given[0], mean), scale);
              return tf.add(tf.mul(y, given[1]), given[2]);
            }, given);
          },
          "jax-js": async () => {
            const { jax, array, runner } = await lab.jax();
            return runner(
              (given, g, b) => jax.nn.standardize(given, -1, { epsilon: 1e-5 }).mul(g).add(b),
              [array(x, [R, C]), array(gamma, [C]), array(beta, [C])],
            );
          },
          PyTorch: async () => (await lab.torch()).runner("layer_norm", { R, C }),
        },
      };
    },
  };
};

/** sqrt(abs(x * 1.5 + 0.25) + 1) */
const elementwiseOnnx = (N: number): OnnxModel => {
  const constant = (value: number) => ({ dims: [], data: Float32Array.of(value) });
  return {
    inputs: { x: [N] },
    outputs: { y: [N] },
    constants: { slope: constant(1.5), shift: constant(0.25), one: constant(1) },
    nodes: [
      { op: "Mul", inputs: ["x", "slope"], outputs: ["a"] },
      { op: "Add", inputs: ["a", "shift"], outputs: ["b"] },
      { op: "Abs", inputs: ["b"], outputs: ["c"] },
      { op: "Add", inputs: ["c", "one"], outputs: ["d"] },
      { op: "Sqrt", inputs: ["d"], outputs: ["y"] },
    ],
  };
};

const elementwise = (N: number): Work => {
  const spec = { file: "rows.dlm", name: "Elementwise", sizes: { N } };
  return {
    name: "elementwise",
    what: `a chain of 5 operations on ${N} elements`,
    amount: { kind: "bytes", count: 8 * N },
    bar: "85 % of copy",
    programs: [spec],
    start: async (lab) => {
      const x = noise(N);
      const at = somePositions(N);
      return {
        expected: [{ at, values: at.map((k) => Math.sqrt(Math.abs(x[k]! * 1.5 + 0.25) + 1)) }],
        tolerance: 1e-5,
        open: {
          dlm: () => modelRunner(lab, spec, { x }),
          "onnxruntime-web": async () => (await lab.onnx()).runner(elementwiseOnnx(N), { x }),
          tfjs: async () => {
            const { tf, tensor, runner } = await lab.tfjs();
            const given = tensor(x, [N]);
            return runner(
              () => tf.sqrt(tf.add(tf.abs(tf.add(tf.mul(given, 1.5), 0.25)), 1)),
              [given],
            );
          },
          "jax-js": async () => {
            const { jax, array, runner } = await lab.jax();
            const np = jax.numpy;
            return runner(
              (given) => np.sqrt(np.absolute(given.mul(1.5).add(0.25)).add(1)),
              [array(x, [N])],
            );
          },
          PyTorch: async () => (await lab.torch()).runner("elementwise", { N }),
        },
      };
    },
  };
};

export const rows = (scale: Scale): readonly Work[] => {
  const sizes = scale === "full" ? { R: 16_384, C: 1024 } : { R: 5, C: 67 };
  return [softmax(sizes), layerNorm(sizes), elementwise(scale === "full" ? 64 * 2 ** 20 : 1003)];
};
