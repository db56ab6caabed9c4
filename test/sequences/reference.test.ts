// Padded batches against PyTorch's packed sequences, key padding masks, ignored labels and weights: results and
// gradients, of three sequences of 5, 1 and 3 positions. `reference.py` made the numbers.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { engines } from "../goldens/engines.ts";

type Numbers = { readonly type: string; readonly shape: number[]; readonly data: number[] };
type Reference = Readonly<
  Record<"inputs" | "weights" | "results" | "gradients", Readonly<Record<string, Numbers>>>
>;

const references = JSON.parse(
  readFileSync(new URL("reference.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Reference>>;

const scan = (make: string, start = ""): readonly string[] => [
  `let there = ${make}`,
  `let y = x -> scan T where within(lengths, T)${start} { there }`,
  "let h = last_of(y, lengths)",
];

/** The end of a reversed sequence is its first position. */
const bothWays = (make: string): readonly string[] => [
  `let there = ${make}`,
  `let back = ${make}`,
  "let real = within(lengths, T)",
  "let p = x -> scan T where real { there }",
  "let q = x -> scan T reverse where real { back }",
  "let y = concat(p, q)",
  "let h = concat(last_of(p, lengths), first(q, T))",
];

const layer = (make: string, call = "layer(x, mask = within(lengths, T))"): readonly string[] => [
  `let layer = ${make}`,
  `let y = ${call}`,
];

/** The statements of each case. T is 5. */
const programs: Readonly<Record<string, readonly string[]>> = {
  lstm: scan("Lstm(3)"),
  gru: scan("Gru(3)"),
  "lstm-both-ways": bothWays("Lstm(3)"),
  "gru-both-ways": bothWays("Gru(3)"),
  "lstm-from": scan("Lstm(3)", " from (s0[0], s1[0])"),
  "self-attention": layer(
    "MultiHeadAttention(2, causal = true)",
    "layer(x, x, within(lengths, T))",
  ),
  attention: [
    "let real = reshape(within(lengths, T), [3, 1, 1, T])",
    "let y = attention(q, k, v, mask = real)",
  ],
  "grouped-query": layer("GroupedQueryAttention(4, 2, rotary = false)"),
  encoder: layer("EncoderLayer(2, 6, dropout = 0.0)"),
  "encoder-pre": layer("EncoderLayer(2, 6, dropout = 0.0, pre = true)"),
  decoder: layer(
    "DecoderLayer(2, 6, dropout = 0.0)",
    "layer(x, memory, within(lengths, T), within(own, 3))",
  ),
  "cross-entropy": ["let y = mean_where(cross_entropy(z, label, ignore = -1), label != -1)"],
  "cross-entropy-weighted": [
    "let counts = class_weights(label, weight, ignore = -1)",
    "let loss = cross_entropy(z, label, weight = weight, ignore = -1)",
    "let y = sum(loss) / sum(counts)",
  ],
  "cross-entropy-smoothed": [
    "let counts = class_weights(label, weight, ignore = -1)",
    "let y = sum(cross_entropy(z, label, 0.1, weight, -1)) / sum(counts)",
  ],
  "example-weights": [
    "let error = mean_where((x - goal)^2, within(lengths, T), over = 1)",
    "let y = weighted_mean(error, weight)",
  ],
};

const typeText = ({ type, shape }: Numbers): string =>
  shape.length === 0 ? "float" : `${type}[${shape.join(", ")}]`;

/** A model that gives the results and the gradients, as `g0`, `g1`, …, of their products with the cotangents. */
const programOf = ({ inputs, results, gradients }: Reference, body: readonly string[]): string => {
  const listed = (of: Readonly<Record<string, Numbers>>): readonly string[] =>
    Object.entries(of).map(([name, value]) => `${name}: ${typeText(value)}`);
  const slopes = Object.entries(gradients).map(([of, value], k) => ({ of, value, name: `g${k}` }));
  const given = slopes.map(({ name, value }) => `${name}: ${typeText(value)}`);
  return [
    `model Case(${listed(inputs).join(", ")})`,
    `  -> (${[...listed(results), ...given].join(", ")}) {`,
    ...(body.some((line) => /\bT\b/.test(line)) ? ["  let T = 5"] : []),
    ...body.map((line) => `  ${line}`),
    `  let objective = ${Object.keys(results)
      .map((name) => `sum(${name} * c_${name})`)
      .join(" + ")}`,
    ...slopes.map(({ of, name }) => `  let ${name} = grad(objective, ${of})`),
    `  return ${[...Object.keys(results), ...slopes.map(({ name }) => name)].join(", ")}`,
    "}",
  ].join("\n");
};

const dtypes: Readonly<Record<string, Tensor["dtype"]>> = { "": "f32", int: "i32", bool: "bool" };
const tensorsOf = (values: Readonly<Record<string, Numbers>>): Map<string, Tensor> =>
  new Map(
    Object.entries(values).map(([name, { type, shape, data }]) => [
      name,
      tensor(dtypes[type]!, shape, data),
    ]),
  );

test("every case of PyTorch's has a program", () => {
  expect(Object.keys(programs).toSorted()).toEqual(Object.keys(references).toSorted());
});

describe.each(Object.entries(programs))("%s", (name, body) => {
  const reference = references[name]!;
  const { inputs, weights, results, gradients } = reference;
  test.each(engines)("gives PyTorch's numbers in $name", async ({ open, error, tolerance }) => {
    const module = compileProgram(programOf(reference, body), "Case");
    const stored = tensorsOf(weights);
    expect([...stored.keys()].toSorted()).toEqual(module.stored.map(({ path }) => path).toSorted());
    const run = await open(module);
    const found = run("forward", { data: tensorsOf(inputs), stored });
    for (const [result, { data }] of Object.entries(results)) {
      expect(error(found.results.get(result)!.data, data), result).toBeLessThan(tolerance.output);
    }
    Object.entries(gradients).forEach(([of, { data }], k) => {
      expect(error(found.results.get(`g${k}`)!.data, data), of).toBeLessThan(tolerance.gradient);
    });
  });
});

describe("a sequence of length 0", () => {
  const blocks: readonly (readonly [what: string, lines: readonly string[]])[] = [
    ["attention", layer("MultiHeadAttention(2)", "layer(x, x, within(lengths, T))")],
    ["causal attention", layer("MultiHeadAttention(2, causal = true)", "layer(x, x, real)")],
    ["grouped attention", layer("GroupedQueryAttention(2, 1)")],
    ["an encoder layer", layer("EncoderLayer(2, 6, dropout = 0.0)")],
    ["a scan", layer("Gru(4)", "x -> scan T where real { layer }")],
  ];
  test.each(blocks)("%s sees nothing of it, and no gradient is NaN", async (_, lines) => {
    const shape = [2, 3, 4];
    const data = Array.from({ length: 24 }, (_, i) => Math.fround(Math.sin(7 * i)));
    const text = [
      "model Case(x: [2, 3, 4], lengths: int[2]) -> (y: [2, 3, 4], g: [2, 3, 4]) {",
      "  let T = 3",
      "  let real = within(lengths, T)",
      ...lines.map((line) => `  ${line}`),
      "  let g = grad(sum(y^2), x)",
      "  return y, g",
      "}",
    ].join("\n");
    const module = compileProgram(text, "Case");
    const stored = new Map(
      module.stored.map(({ path, type }): [string, Tensor] => {
        const sizes = type.shape.map(Number);
        const count = sizes.reduce((a, b) => a * b, 1);
        return [
          path,
          tensor(
            "f32",
            sizes,
            Array.from({ length: count }, (_, i) => Math.cos(3 * i)),
          ),
        ];
      }),
    );
    for (const { open, name } of engines) {
      const run = await open(module);
      const at = (changed: readonly number[]) =>
        run("forward", {
          data: new Map([
            ["x", tensor("f32", shape, changed)],
            ["lengths", tensor("i32", [2], [0, 2])],
          ]),
          stored,
        }).results;
      const found = at(data);
      for (const values of found.values())
        expect([...values.data].every(Number.isFinite), name).toBe(true);
      // What stands at padding reaches nothing that is real.
      const other = at(data.map((x, i) => (i < 12 || i >= 20 ? x + 1 : x)));
      const real = (key: string) => [...found.get(key)!.data].slice(12, 20);
      expect([...other.get("y")!.data].slice(12, 20)).toEqual(real("y"));
    }
  });
});
