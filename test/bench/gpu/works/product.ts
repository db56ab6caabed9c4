// Matrix products.

import { modelRunner } from "../dlm.ts";
import { noise, somePositions } from "../../shared/noise.ts";
import type { Scale, Work } from "../work.ts";

type Sizes = { readonly M: number; readonly K: number; readonly N: number };

const product = ({ M, K, N }: Sizes, name: string, bar: string): Work => {
  const spec = { file: "product.dlm", name: "Product", sizes: { M, K, N } };
  return {
    name: `product-${name}`,
    what: `f32 product ${M} x ${K} x ${N}`,
    amount: { kind: "flop", count: 2 * M * K * N },
    bar,
    programs: [spec],
    start: async (lab) => {
      const [a, b] = [noise(M * K, 1), noise(K * N, 2)];
      const at = somePositions(M * N);
      const values = at.map((position) => {
        const [i, j] = [Math.floor(position / N), position % N];
        let sum = 0;
        for (let k = 0; k < K; k++) sum += a[i * K + k]! * b[k * N + j]!;
        return sum;
      });
      return {
        expected: [{ at, values }],
        tolerance: 1e-4,
        open: {
          dlm: () => modelRunner(lab, spec, { a, b }),
          "onnxruntime-web": async () =>
            (await lab.onnx()).runner(
              {
                inputs: { a: [M, K], b: [K, N] },
                outputs: { y: [M, N] },
                nodes: [{ op: "MatMul", inputs: ["a", "b"], outputs: ["y"] }],
              },
              { a, b },
            ),
          tfjs: async () => {
            const { tf, tensor, runner } = await lab.tfjs();
            const [x, y] = [tensor(a, [M, K]), tensor(b, [K, N])];
            return runner(() => tf.matMul(x, y), [x, y]);
          },
          "jax-js": async () => {
            const { jax, array, runner } = await lab.jax();
            return runner((x, y) => jax.numpy.matmul(x, y), [array(a, [M, K]), array(b, [K, N])]);
          },
          PyTorch: async () => (await lab.torch()).runner("product", { M, K, N }),
        },
      };
    },
  };
};

/** In mixed precision: factors are rounded to halves, sums are in f32. */
const twoProducts = (side: number, name: string, bar: string): Work => {
  const sizes = { M: side, K: side, L: side, N: side };
  const spec = { file: "product.dlm", name: "TwoProducts", sizes, precision: "mixed" } as const;
  return {
    name: `product-f16-${name}`,
    what: `two products ${side} x ${side} x ${side} one after the other, f16 with sums in f32`,
    amount: { kind: "flop", count: 4 * side ** 3 },
    bar,
    programs: [spec],
    start: async (lab) => {
      const [a, b, c] = [1, 2, 3].map((seed) => noise(side * side, seed)) as Three;
      // Whole rows of the first product: each element of the second needs one.
      const rows = somePositions(side, 4);
      const values = rows.flatMap((row) =>
        timesMatrix(timesMatrix(a.subarray(row * side, (row + 1) * side), b), c),
      );
      const at = rows.flatMap((row) => Array.from({ length: side }, (_, j) => row * side + j));
      return {
        expected: [{ at, values }],
        tolerance: 2e-3,
        open: {
          dlm: () => modelRunner(lab, spec, { a, b, c }),
          "onnxruntime-web": "not measured in f16",
          tfjs: "has no f16",
          "jax-js": "not measured in f16",
          PyTorch: async () => (await lab.torch()).runner("two_products", sizes),
        },
      };
    },
  };
};

type Three = [Float32Array, Float32Array, Float32Array];

/** A row times a square matrix, in doubles. */
const timesMatrix = (row: ArrayLike<number>, matrix: Float32Array): readonly number[] => {
  const side = row.length;
  const sums = new Array<number>(side).fill(0);
  for (let k = 0; k < side; k++)
    for (let j = 0; j < side; j++) sums[j]! += row[k]! * matrix[k * side + j]!;
  return sums;
};

export const products = (scale: Scale): readonly Work[] =>
  scale === "small"
    ? [
        product({ M: 64, K: 64, N: 64 }, "4096", ""),
        product({ M: 33, K: 65, N: 17 }, "ragged", ""),
        twoProducts(96, "4096", ""),
      ]
    : [
        product({ M: 4096, K: 4096, N: 4096 }, "4096", "43 TFLOP/s"),
        product({ M: 2048, K: 2048, N: 2048 }, "2048", "41 TFLOP/s"),
        product({ M: 1024, K: 1024, N: 1024 }, "1024", "33 TFLOP/s"),
        product({ M: 4095, K: 4097, N: 4093 }, "ragged", "0.9 of that of 4096"),
        twoProducts(4096, "4096", "300 TFLOP/s"),
      ];
