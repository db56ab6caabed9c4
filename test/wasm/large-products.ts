// Products too large for the interpreter, which are gone through in parts of the depth, or with rows turned, against sums in doubles.

import { instantiate } from "../../compiler/backends/instantiate.ts";
import { createWasmBackend } from "../../compiler/backends/wasm/index.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { Model, startModel } from "../../runtime/model.ts";

type Sizes = { readonly M: number; readonly N: number; readonly K: number };
type Case = Sizes & { readonly what: string; readonly isTurned?: boolean };

export const largeProducts: readonly Case[] = [
  { what: "many rows", M: 702, N: 77, K: 191 },
  { what: "parts of the depth", M: 33, N: 21, K: 1500 },
  { what: "turned rows", M: 70, N: 45, K: 37, isTurned: true },
];

const sourceOf = ({ M, N, K, isTurned }: Case): string =>
  isTurned === true
    ? `model Product(a: [${K}, ${M}], b: [${K}, ${N}]) -> [${M}, ${N}] { return transpose(a) @ b }`
    : `model Product(a: [${M}, ${K}], b: [${K}, ${N}]) -> [${M}, ${N}] { return a @ b }`;

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

/** Of the results on so many threads, or in what is reported. */
export const differenceIn = async (one: Case, threads: number): Promise<string | null> => {
  const { modules, diagnostics } = compile({ entry: "product.dlm", read: () => sourceOf(one) });
  const [module] = modules;
  if (module === undefined) return diagnostics.map(({ message }) => message).join("; ");
  const program = (await instantiate(module, { backend: splitAll })) as ModelProgram;
  const inputs = { a: numbers(one.M * one.K, 3), b: numbers(one.K * one.N, 5) };
  const wanted = expected(one, inputs.a, inputs.b);
  const model = await startModel(new Model<typeof inputs, Float32Array>(program), { threads });
  const found = model.predict(inputs);
  const at = found.findIndex((value, k) => value !== wanted[k]);
  const difference = at < 0 ? null : `${one.what}: ${found[at]} at ${at} instead of ${wanted[at]}`;
  model.dispose();
  return difference;
};
