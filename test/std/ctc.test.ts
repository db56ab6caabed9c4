// The CTC loss beside the sum over all ways to spread the labels, one by one: values and slopes.

import { expect, test } from "vitest";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { engines } from "../goldens/engines.ts";

const steps = 4;
const classes = 3;
type Example = { readonly labels: readonly number[]; readonly length: number };

/** What a row of steps says: neighbours that are equal count once, then blanks (0) go. */
const said = (row: readonly number[]): string =>
  row.filter((k, t) => k !== row[t - 1] && k !== 0).join();

const rows = (length: number): readonly (readonly number[])[] =>
  length === 0
    ? [[]]
    : rows(length - 1).flatMap((row) => Array.from({ length: classes }, (_, k) => [...row, k]));

/** Probability of the labels under log-probabilities `[steps, classes]`, and its slope to each. */
const likelihood = (logP: readonly number[], { labels, length }: Example) => {
  const slope = logP.map(() => 0);
  let total = 0;
  for (const row of rows(length)) {
    if (said(row) !== labels.join()) continue;
    const p = Math.exp(row.reduce((sum, k, t) => sum + logP[t * classes + k]!, 0));
    total += p;
    row.forEach((k, t) => (slope[t * classes + k]! += p));
  }
  return { total, slope };
};

const examples: readonly Example[] = [
  { labels: [1, 2], length: 4 },
  { labels: [1, 1], length: 4 },
  { labels: [2, 1, 2], length: 4 },
  { labels: [2, 2], length: 3 },
  { labels: [], length: 4 },
  { labels: [], length: 0 },
  { labels: [1], length: 1 },
  // None of these fits.
  { labels: [1, 1], length: 2 },
  { labels: [1, 2, 1], length: 2 },
  { labels: [2], length: 0 },
];
const impossible = examples.length - 3;
const longest = 3;

const program = (zero: boolean): string => `
  model M(x: [B, T, ${classes}], label: int[B, ${longest}], n: int[B], m: int[B])
    -> (y: [B], g: [B, T, ${classes}]) {
    let y = ctc(x, label, n, m, zero_infinity = ${zero})
    return y, grad(sum(y), x)
  }`;

const count = examples.length;
const logP = Array.from({ length: count * steps * classes }, (_, i) => Math.sin(7 * i) - 1);
/** What stands behind the labels of an example must not matter, even if it is no class. */
const padding = -7;
const data = new Map([
  ["x", tensor("f32", [count, steps, classes], logP.map(Math.fround))],
  [
    "label",
    tensor(
      "i32",
      [count, longest],
      examples.flatMap(({ labels }) =>
        Array.from({ length: longest }, (_, l) => labels[l] ?? padding),
      ),
    ),
  ],
  [
    "n",
    tensor(
      "i32",
      [count],
      examples.map(({ length }) => length),
    ),
  ],
  [
    "m",
    tensor(
      "i32",
      [count],
      examples.map(({ labels }) => labels.length),
    ),
  ],
]);

for (const engine of engines) {
  test.each([false, true])(`${engine.name}, zero_infinity = %s`, async (zero) => {
    const run = await engine.open(compileProgram(program(zero)));
    const { results } = run("forward", { data, stored: new Map() });
    const x = data.get("x")!.data;
    const size = steps * classes;
    examples.forEach((example, b) => {
      const { total, slope } = likelihood([...x.slice(b * size, (b + 1) * size)], example);
      expect(total === 0).toBe(b >= impossible);
      const loss = total > 0 ? -Math.log(total) : zero ? 0 : Infinity;
      const gradient = slope.map((s) => (total > 0 ? -s / total : 0));
      const got = [...results.get("g")!.data.slice(b * size, (b + 1) * size)];
      expect(engine.error([results.get("y")!.data[b]!], [loss])).toBeLessThan(
        engine.tolerance.output,
      );
      expect(engine.error(got, gradient)).toBeLessThan(engine.tolerance.gradient);
    });
  });
}

test("no labels at all is the sum over blanks only", async () => {
  const empty = `model M(x: [1, 2, 3], label: int[1, 0], n: int[1]) -> [1] { return ctc(x, label, n, n - 2) }`;
  const run = await engines[2]!.open(compileProgram(empty));
  const given = new Map([
    ["x", tensor("f32", [1, 2, 3], [-0.5, -9, -9, -0.25, -9, -9])],
    ["label", tensor("i32", [1, 0], [])],
    ["n", tensor("i32", [1], [2])],
  ]);
  const [loss] = run("forward", { data: given, stored: new Map() }).results.values();
  expect(loss!.data[0]).toBeCloseTo(0.75, 6);
});

test("a function may scan a cell without weights only", () => {
  const layer = `fn f(x: [B, T, D]) = x -> scan T { Gru(3) }
    model M(x: [B, T, 3]) { return f(x) }`;
  expect(() => compileProgram(layer)).toThrow("DLM0506");
});
