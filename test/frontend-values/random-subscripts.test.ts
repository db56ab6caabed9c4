// Random subscripts of letters against reading element by element: steps, flips, windows, diagonals, gathers, orders.

import { expect, test } from "vitest";
import { fill, indices, numbers, read, runModel, sum } from "./run-model.ts";
import type { Given } from "./run-model.ts";

type Random = (below: number) => number;

/** Whole numbers that depend on the seed only. */
const randomFrom = (seed: number): Random => {
  let state = seed * 2654435761 + 12345;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

type Letter = { readonly name: string; readonly extent: number };
/** A subscript: its text, the axis it needs, and its value for the letters' values. */
type Subscript = {
  readonly text: string;
  readonly size: number;
  readonly at: (values: readonly number[]) => number;
};

const letterNames = ["i", "j", "k", "l"];

const affine = (random: Random, letters: readonly Letter[]): Subscript => {
  const terms = letters.map(
    () => (random(2) === 0 ? 0 : 1 + random(3)) * (random(3) === 0 ? -1 : 1),
  );
  const reach = terms.map((c, n) => c * (letters[n]!.extent - 1));
  const least = sum(reach.filter((r) => r < 0));
  const constant = -least + random(2);
  const size = constant + sum(reach.filter((r) => r > 0)) + 1 + random(3);
  const parts = terms.flatMap((c, n) => {
    const name = letters[n]!.name;
    return c === 0
      ? []
      : [
          c === 1
            ? name
            : c === -1
              ? `-${name}`
              : random(2) === 0
                ? `${c} * ${name}`
                : `${name} * ${c}`,
        ];
  });
  const text = [...parts, String(constant)].join(" + ").replaceAll("+ -", "- ");
  return { text, size, at: (values) => constant + sum(terms.map((c, n) => c * values[n]!)) };
};

/** `table[i, j]`, an int tensor read at some of the letters. */
const gathered = (
  random: Random,
  letters: readonly Letter[],
  name: string,
  tables: Map<string, Given>,
): Subscript => {
  const used = letters.flatMap((_, n) => (random(2) === 0 ? [n] : []));
  const own = used.length === 0 ? [0] : used;
  const size = 2 + random(5);
  const table = indices(
    own.map((n) => letters[n]!.extent),
    size,
    1 + random(50),
  );
  tables.set(name, table);
  return {
    text: `${name}[${own.map((n) => letters[n]!.name).join(", ")}]`,
    size,
    at: (values) => read(table, ...own.map((n) => values[n]!)),
  };
};

const program = (seed: number) => {
  const random = randomFrom(seed);
  const letters = letterNames
    .slice(0, 1 + random(4))
    .map((name): Letter => ({ name, extent: 1 + random(4) }));
  const tables = new Map<string, Given>();
  const subscripts = Array.from({ length: 1 + random(3) }, (_, axis) =>
    random(3) === 0 ? gathered(random, letters, `t${axis}`, tables) : affine(random, letters),
  );
  const x = numbers(
    subscripts.map(({ size }) => size),
    seed,
  );
  // Some letters are summed, the others are axes of the result in a random order.
  const kept = letters.map((_, n) => n).filter(() => random(3) > 0);
  const order = kept.toSorted((a, b) => ((a * 7 + seed) % 5) - ((b * 7 + seed) % 5));
  const summed = letters.map((_, n) => n).filter((n) => !kept.includes(n));
  const binder = (n: number): string => `${letters[n]!.name} < ${letters[n]!.extent}`;
  const element = `x[${subscripts.map(({ text }) => text).join(", ")}] * (1 + ${letters[0]!.name})`;
  const body = summed.length === 0 ? element : `sum[${summed.map(binder).join(", ")}](${element})`;
  const result =
    order.length === 0 ? `let y = ${body}` : `let y[${order.map(binder).join(", ")}] = ${body}`;
  const params = [...tables].map(([name, { shape }]) => `${name}: int[${shape.join(", ")}]`);
  const text = `model M(${[`x: [${x.shape.join(", ")}]`, ...params].join(", ")}) { ${result}  return y }`;
  const valueAt = (values: readonly number[]): number =>
    read(x, ...subscripts.map(({ at }) => at(values))) * (1 + values[0]!);
  const wanted = fill(
    order.map((n) => letters[n]!.extent),
    (index) =>
      sum(
        fill(
          summed.map((n) => letters[n]!.extent),
          (inner) =>
            valueAt(
              letters.map((_, n) =>
                order.includes(n) ? index[order.indexOf(n)]! : inner[summed.indexOf(n)]!,
              ),
            ),
        ),
      ),
  );
  return { text, given: { x, ...Object.fromEntries(tables) }, wanted };
};

test("two hundred random subscripts read what they say", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const { text, given, wanted } = program(seed);
    const [result] = runModel(text, given);
    const off = Math.max(0, ...result!.data.map((value, n) => Math.abs(value - wanted[n]!)));
    expect(result!.data.length, text).toBe(wanted.length);
    expect(off, text).toBeLessThan(1e-9);
  }
});
