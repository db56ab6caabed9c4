// Attention in which each position sees those before it and itself.

import { modelRunner } from "../dlm.ts";
import { noise, somePositions } from "../../shared/noise.ts";
import type { OnnxModel } from "../../shared/onnx-model.ts";
import type { Runner, Scale, Work } from "../work.ts";

type Sizes = { readonly H: number; readonly T: number; readonly D: number };

/** `[1, H, T, D]` to `[1, T, H, D]`, and back with `T` and `H` exchanged. */
const exchanged = (x: Float32Array, H: number, T: number, D: number): Float32Array => {
  const y = new Float32Array(x.length);
  for (let h = 0; h < H; h++)
    for (let t = 0; t < T; t++)
      y.set(x.subarray((h * T + t) * D, (h * T + t + 1) * D), (t * H + h) * D);
  return y;
};

/** What is later adds this to its score. */
const never = -1e9;
const maskOf = (T: number): Float32Array =>
  Float32Array.from({ length: T * T }, (_, at) => (at % T > Math.floor(at / T) ? never : 0));

const composed = ({ H, T, D }: Sizes): OnnxModel => ({
  inputs: { q: [1, H, T, D], k: [1, H, T, D], v: [1, H, T, D], mask: [T, T] },
  outputs: { y: [1, H, T, D] },
  constants: { scale: { dims: [], data: Float32Array.of(1 / Math.sqrt(D)) } },
  nodes: [
    { op: "Transpose", inputs: ["k"], outputs: ["kt"], attributes: { perm: [0, 1, 3, 2] } },
    { op: "MatMul", inputs: ["q", "kt"], outputs: ["score"] },
    { op: "Mul", inputs: ["score", "scale"], outputs: ["scaled"] },
    { op: "Add", inputs: ["scaled", "mask"], outputs: ["seen"] },
    { op: "Softmax", inputs: ["seen"], outputs: ["a"], attributes: { axis: 3 } },
    { op: "MatMul", inputs: ["a", "v"], outputs: ["y"] },
  ],
});

const fused = ({ H, T, D }: Sizes): OnnxModel => ({
  inputs: { q: [1, T, H * D], k: [1, T, H * D], v: [1, T, H * D] },
  outputs: { y: [1, T, H * D] },
  nodes: [
    {
      op: "MultiHeadAttention",
      domain: "com.microsoft",
      inputs: ["q", "k", "v"],
      outputs: ["y"],
      attributes: { num_heads: H, unidirectional: 1 },
    },
  ],
});

export const attention = (scale: Scale): readonly Work[] => {
  const sizes = scale === "full" ? { H: 16, T: 4096, D: 64 } : { H: 2, T: 9, D: 8 };
  const { H, T, D } = sizes;
  const spec = { file: "attention.dlm", name: "Causal", sizes: { B: 1, H, T, D } };
  const work: Work = {
    name: "attention",
    what: `causal attention, ${H} heads, ${T} x ${D}`,
    amount: { kind: "flop", count: 2 * H * T * T * D },
    bar: "12 TFLOP/s",
    programs: [spec],
    start: async (lab) => {
      const [q, k, v] = [noise(H * T * D, 1), noise(H * T * D, 2), noise(H * T * D, 3)];
      const at = somePositions(H * T * D);
      const values = at.map((position) => {
        const [d, t, h] = [
          position % D,
          Math.floor(position / D) % T,
          Math.floor(position / D / T),
        ];
        const row = (x: Float32Array, s: number): Float32Array =>
          x.subarray((h * T + s) * D, (h * T + s + 1) * D);
        const query = row(q, t);
        let [sum, weighted] = [0, 0];
        for (let s = 0; s <= t; s++) {
          const key = row(k, s);
          const score = query.reduce((total, value, e) => total + value * key[e]!, 0);
          const weight = Math.exp(score / Math.sqrt(D));
          sum += weight;
          weighted += weight * row(v, s)[d]!;
        }
        return weighted / sum;
      });
      const turned = {
        q: exchanged(q, H, T, D),
        k: exchanged(k, H, T, D),
        v: exchanged(v, H, T, D),
      };
      const back = (runner: Runner): Runner => ({
        ...runner,
        outputs: async () => (await runner.outputs!()).map((y) => exchanged(y, T, H, D)),
      });
      return {
        expected: [{ at, values }],
        tolerance: 1e-4,
        open: {
          dlm: () => modelRunner(lab, spec, { q, k, v }),
          "onnxruntime-web": async () => {
            const { runner } = await lab.onnx();
            const one = await runner(fused(sizes), turned).then(back, () => null);
            if (one !== null) return { ...one, note: "MultiHeadAttention" };
            return runner(composed(sizes), { q, k, v, mask: maskOf(T) });
          },
          tfjs: async () => {
            const { tf, tensor, runner } = await lab.tfjs();
            const dims = [H, T, D];
            const given = [tensor(q, dims), tensor(k, dims), tensor(v, dims)] as const;
            const mask = tensor(maskOf(T), [T, T]);
            return runner(() => {
              const score = tf.mul(tf.matMul(given[0], given[1], false, true), 1 / Math.sqrt(D));
              return tf.matMul(tf.softmax(tf.add(score, mask)), given[2]);
            }, [...given, mask]);
          },
          "jax-js": async () => {
            const { jax, array, runner } = await lab.jax();
            const dims = [1, T, H, D];
            return back(
              await runner(
                (a, b, c) => jax.nn.dotProductAttention(a, b, c, { isCausal: true }),
                [array(turned.q, dims), array(turned.k, dims), array(turned.v, dims)],
              ),
            );
          },
          PyTorch: async () => (await lab.torch()).runner("attention", sizes),
        },
      };
    },
  };
  return [work];
};
