// Products too large for the interpreter, which are gone through in parts of the depth, or with rows turned, against sums in doubles.

import { instantiate } from "../../compiler/backends/instantiate.ts";
import { createWasmBackend } from "../../compiler/backends/wasm/index.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { Model, startModel } from "../../runtime/model.ts";

type Sizes = { readonly M: number; readonly N: number; readonly K: number };
type Case = Sizes & {
  readonly what: string;
  readonly isTurned?: boolean;
  /** Of turned rows: the axes of the depth, where these are several; the first one may be open. */
  readonly depth?: readonly number[];
  readonly isOpen?: boolean;
};

export const largeProducts: readonly Case[] = [
  { what: "many rows", M: 702, N: 77, K: 191 },
  { what: "parts of the depth", M: 33, N: 21, K: 1500 },
  { what: "parts of the depth, three rows left over", M: 35, N: 13, K: 1300 },
  { what: "turned rows", M: 70, N: 45, K: 37, isTurned: true },
  { what: "turned rows, three left over", M: 7, N: 45, K: 37, isTurned: true },
  { what: "turned rows, blocks of columns", M: 21, N: 611, K: 100, isTurned: true },
  { what: "turned rows, blocks for any depth", M: 9, N: 523, K: 61, isTurned: true, isOpen: true },
  { what: "turned rows, a long depth", M: 513, N: 517, K: 1111, isTurned: true },
  { what: "turned rows, any depth, long", M: 6, N: 259, K: 300, isTurned: true, isOpen: true },
  {
    what: "turned rows of axes",
    M: 6,
    N: 259,
    K: 410,
    isTurned: true,
    isOpen: true,
    depth: [41, 10],
  },
  {
    what: "turned rows, a long axis",
    M: 1030,
    N: 259,
    K: 450,
    isTurned: true,
    isOpen: true,
    depth: [3, 150],
  },
];

const sourceOf = ({ M, N, K, isTurned, isOpen, depth = [K] }: Case): string => {
  if (isTurned !== true)
    return `model Product(a: [${M}, ${K}], b: [${K}, ${N}]) -> [${M}, ${N}] { return a @ b }`;
  const axes = depth.map((size, k) => (k === 0 && isOpen === true ? "K" : size)).join(", ");
  const at = depth.map((_, k) => `k${k}`).join(", ");
  return `model Product(a: [${axes}, ${M}], b: [${axes}, ${N}]) -> [${M}, ${N}] {
    let y[i, j] = sum[${at}](a[${at}, i] * b[${at}, j])
    return y
  }`;
};

/** Of whole numbers so small that no sum is rounded. */
const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, k) => ((k * 7919 + seed) % 17) - 8);

const expected = ({ M, N, K, isTurned }: Case, a: Float32Array, b: Float32Array): Float32Array =>
  Float32Array.from({ length: M * N }, (_, at) => {
    const [i, j] = [Math.floor(at / N), at % N];
    let sum = 0;
    for (let k = 0; k < K; k++)
      sum += a[isTurned === true ? k * M + i : i * K + k]! * b[k * N + j]!;
    return sum;
  });

const splitAll = createWasmBackend({ split: 0, wake: 0, line: 4 });

/** Of the results on so many threads each, or in what is reported. */
export const differenceIn = async (
  one: Case,
  threads: readonly number[],
): Promise<string | null> => {
  const { modules, diagnostics } = compile({ entry: "product.dlm", read: () => sourceOf(one) });
  const [module] = modules;
  if (module === undefined) return diagnostics.map(({ message }) => message).join("; ");
  const program = (await instantiate(module, { backend: splitAll })) as ModelProgram;
  const inputs = { a: numbers(one.M * one.K, 3), b: numbers(one.K * one.N, 5) };
  const wanted = expected(one, inputs.a, inputs.b);
  for (const count of threads) {
    const model = await startModel(new Model<typeof inputs, Float32Array>(program), {
      threads: count,
    });
    const found = model.predict(inputs);
    const at = found.findIndex((value, k) => value !== wanted[k]);
    const what = `${one.what}: ${found[at]} at ${at} instead of ${wanted[at]}`;
    model.dispose();
    if (at >= 0) return what;
  }
  return null;
};
