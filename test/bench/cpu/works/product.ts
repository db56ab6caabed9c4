// Matrix products, of two arrays that are given each time.

import { noise, somePositions } from "../../shared/noise.ts";
import { modelRunner } from "../dlm.ts";
import { callRunner } from "../peers/jax.ts";
import { peakRunner } from "../peak.ts";
import { scriptPeers, severalThreads } from "../work.ts";
import type { Bar, Work } from "../work.ts";

type Sizes = { readonly M: number; readonly K: number; readonly N: number };

/** Smaller ones take no longer than waking threads. */
const isForThreads = ({ M, K, N }: Sizes): boolean => M * K * N > 500 ** 3;

const product = (name: string, { M, K, N }: Sizes, bars: readonly Bar[]): Work => ({
  name: `product-${name}`,
  what: `f32 product ${M} x ${K} x ${N}`,
  flop: 2 * M * K * N,
  bars: isForThreads({ M, K, N }) ? [...bars, severalThreads] : bars,
  start: async (lab) => {
    const { threads } = lab;
    const several = isForThreads({ M, K, N }) && threads > 1;
    const [a, b] = [noise(M * K, 1), noise(K * N, 2)];
    const at = somePositions(M * N);
    const values = at.map((position) => {
      const [i, j] = [Math.floor(position / N), position % N];
      let sum = 0;
      for (let k = 0; k < K; k++) sum += a[i * K + k]! * b[k * N + j]!;
      return sum;
    });
    const model = {
      inputs: { a: [M, K], b: [K, N] },
      outputs: { y: [M, N] },
      nodes: [{ op: "MatMul", inputs: ["a", "b"], outputs: ["y"] }],
    };
    const [left, right] = [
      { values: a, shape: [M, K] },
      { values: b, shape: [K, N] },
    ];
    return {
      expected: [{ at, values }],
      tolerance: 1e-4,
      open: {
        peak: async () => peakRunner(lab.peak, 2 * M * K * N),
        dlm: async () => modelRunner(await lab.program("Product", { M, K, N }), { a, b }),
        ...(several && {
          "dlm, threads": async () =>
            modelRunner(await lab.program("Product", { M, K, N }), { a, b }, { threads }),
        }),
        "onnxruntime-web": async () => (await lab.onnxWeb()).runner(model, { a, b }),
        tfjs: async () => {
          const { tf, tensor, runner } = await lab.tfjs();
          return runner(() => tf.matMul(tensor(a, [M, K]), tensor(b, [K, N])), []);
        },
        "jax-js": async () => {
          const peer = await lab.jax();
          const times = peer.jax.numpy.matmul;
          return callRunner(peer, (x, y) => times(x!, y!), [left, right]);
        },
        "onnxruntime-node": async () => (await lab.onnxNode()).runner(model, { a, b }),
        PyTorch: async () => (await lab.torch()).runner("product", {}, { a: left, b: right }),
      },
    };
  },
});

const square = (side: number): Work =>
  product(String(side), { M: side, K: side, N: side }, [
    { kind: "peak", part: 0.72, fused: 0.82 },
    { kind: "speed", than: ["onnxruntime-web", "tfjs"], times: 1.4, fused: 1.6 },
  ]);

const ragged = (M: number, K: number, N: number): Work =>
  product(`${M}x${K}x${N}`, { M, K, N }, [
    { kind: "speed", than: scriptPeers, times: 1.3, fused: 1.4 },
  ]);

export const products: readonly Work[] = [
  ...[256, 512, 1024].map(square),
  ragged(511, 511, 511),
  ragged(500, 300, 10),
  ragged(33, 77, 130),
  ragged(1, 784, 128),
];
