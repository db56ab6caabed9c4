// The network 8-16-4 as JavaScript for these weights alone: one expression for each sum, the weights written in it.

import type { Weights } from "./networks/network.ts";
import { calledAtOnce } from "../shared/runner.ts";
import type { Runner } from "../shared/runner.ts";

type Network = (x: Float32Array, y: Float32Array) => void;

const sum = (weights: Weights, layer: string, column: number, from: readonly string[]): string => {
  const [W, b] = [weights.get(`${layer}.W`)!, weights.get(`${layer}.b`)!];
  const width = W.shape[1]!;
  const terms = from.map((name, row) => `${name} * ${W.values[row * width + column]!}`);
  return [b.values[column]!, ...terms].join(" + ").replaceAll("+ -", "- ");
};

export const handWritten = async (weights: Weights, x: Float32Array): Promise<Runner> => {
  const range = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k);
  const xs = range(8).map((k) => `x[${k}]`);
  const hidden = range(16).map((k) => `h${k}`);
  const lines = [
    ...hidden.map((h, k) => `const ${h} = Math.max(0, ${sum(weights, "Dense_0", k, xs)});`),
    ...range(4).map((k) => `y[${k}] = ${sum(weights, "Dense_1", k, hidden)};`),
  ];
  const text = `export const network = (x, y) => {\n${lines.join("\n")}\n};\n`;
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`;
  const { network } = (await import(url)) as { readonly network: Network };
  const y = new Float32Array(4);
  return {
    ...calledAtOnce(() => network(x, y)),
    outputs: async () => {
      network(x, y);
      return [y.slice()];
    },
    dispose: () => {},
  };
};
