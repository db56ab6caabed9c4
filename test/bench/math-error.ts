// Compares every f32 with doubles: `npx tsx test/bench/math-error.ts [function…]` writes math-error.txt, in half an hour.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { local } from "../../compiler/kernel/build.ts";
import { pow } from "../../compiler/kernel/math/pow.ts";
import { compileF32x4, operationsIn } from "../kernel/f32x4.ts";
import type { Batch } from "../kernel/f32x4.ts";
import { mathCases, normalCases } from "../kernel/math-cases.ts";
import type { MathCase } from "../kernel/math-cases.ts";
import { errorInUlps } from "../kernel/ulp.ts";

const count = 4096;

type Worst = { error: number; at: string };
const note = (worst: Worst, error: number, at: () => string): void => {
  if (error > worst.error) Object.assign(worst, { error, at: at() });
};
const nothing = (): Worst => ({ error: 0, at: "-" });
const show = ({ error, at }: Worst, digits = 3): string =>
  `${error < 1e-2 ? error.toExponential(2) : error.toFixed(digits)} at ${at}`;

/** Every f32 of both signs; `visit` gets each whose result is not the f32 next to the exact value, which beyond 256 · upTo is not known. */
const everyF32 = (
  { expand, exact, symmetry, upTo }: MathCase,
  visit: (x: number, got: number, want: number) => void,
): void => {
  const positive = compileF32x4(expand(local("x", "f32")), ["x"], count);
  const negative = compileF32x4(expand(local("x", "f32")), ["x"], count);
  const bits = (batch: Batch): Int32Array => new Int32Array(batch.inputs[0]!.buffer, 0, count);
  const [up, down] = [bits(positive), bits(negative)];
  const [inputs, above, below] = [positive.inputs[0]!, positive.output, negative.output];
  for (let start = 0; start < 2 ** 31; start += count) {
    for (let k = 0; k < count; k++) {
      up[k] = start + k;
      down[k] = (start + k) | (1 << 31);
    }
    positive.run();
    negative.run();
    if (upTo === Infinity && isSettled(positive, exact) && isSettled(negative, exact)) continue;
    for (let k = 0; k < count; k++) {
      const x = inputs[k]!;
      const want = x <= 256 * upTo ? exact(x) : NaN;
      const got = above[k]!;
      if (!isNearest(got, want)) visit(x, got, want);
      const mirrored = symmetry === null ? exact(-x) : symmetry === "odd" ? -want : want;
      const other = below[k]!;
      if (!isNearest(other, mirrored)) visit(-x, other, mirrored);
    }
  }
};

/** All results equal the f32 next to the exact value at both ends: so do the values between, as the function is monotone. */
const isSettled = ({ inputs, output }: Batch, exact: (x: number) => number): boolean => {
  const first = output[0]!;
  const isExact = [0, count - 1].every((k) => Object.is(first, Math.fround(exact(inputs[0]![k]!))));
  return isExact && output.every((value) => Object.is(value, first));
};

/** The sign of 0 is left to `errorInUlps`. */
const isNearest = (got: number, want: number): boolean => {
  const nearest = Math.fround(want);
  return got === nearest ? got !== 0 : got !== got && nearest !== nearest;
};

const ofUnary = (one: MathCase): string => {
  const worst = nothing();
  const wrong = { count: 0, at: NaN };
  const beyond = [1, 16, 256].map((by) => ({ to: by * one.upTo, worst: nothing() }));
  const last = nothing();
  everyF32(one, (x, got, want) => {
    const size = Math.abs(x);
    if (size <= one.upTo || Number.isNaN(x) || size === Infinity) {
      const error = errorInUlps(got, want);
      if (error < Infinity) note(worst, error, () => String(x));
      else if (wrong.count++ === 0) wrong.at = x;
    }
    if (one.upTo < Infinity && size < Infinity) {
      const range = beyond.find(({ to }) => size <= to)?.worst ?? last;
      const off = range === last ? Math.abs(got) : Math.abs(got - want);
      note(range, Number.isNaN(got) ? Infinity : off, () => String(x));
    }
  });
  const operations = operationsIn(one.expand(local("x", "f32")));
  const faults = wrong.count === 0 ? "" : `, WRONG ${wrong.count} from ${wrong.at}`;
  const far = beyond.map(({ to, worst: w }) => `; |x| ≤ ${to}: absolute ${show(w)}`).join("");
  const main = `${operations} operations, ${show(worst)} ulp${faults}`;
  return one.upTo < Infinity
    ? `${main} for |x| ≤ ${one.upTo}${far}; beyond: a result of at most ${show(last)}`
    : main;
};

/** Exponents from end to end of the results, for bases of every size and for many near 1. */
const ofPow = (): string => {
  const expr = pow(local("x", "f32"), local("y", "f32"));
  const batch = compileF32x4(expr, ["x", "y"], count);
  const [xs, ys] = [batch.inputs[0]!, batch.inputs[1]!];
  const bits = new Int32Array(xs.buffer, 0, count);
  const worst = { all: nothing(), small: nothing() };
  const wrong = { count: 0 };
  const from = (start: number, end: number, step: number): void => {
    for (let b = start; b < end; b += step) {
      bits.fill(b);
      const log = Math.log(xs[0]!) || 1e-9;
      for (let k = 0; k < count; k++) ys[k] = (-105 + (195 * k) / count) / log;
      batch.run();
      for (let k = 0; k < count; k++) {
        const error = errorInUlps(batch.output[k]!, xs[k]! ** ys[k]!);
        const at = (): string => `${xs[k]} ^ ${ys[k]}`;
        if (error === Infinity) wrong.count++;
        else note(worst.all, error, at);
        if (Math.abs(ys[k]! * log) <= 8 && error < Infinity) note(worst.small, error, at);
      }
    }
  };
  from(1, 0x7f800000, 600_011);
  from(0x3f000000, 0x40000000, 4_001);
  const faults = wrong.count === 0 ? "" : `, WRONG ${wrong.count}`;
  return `${operationsIn(expr)} operations, ${show(worst.all)} ulp${faults}; ${show(worst.small)} ulp where e^-8 ≤ x^y ≤ e^8`;
};

const ofDraws = (): string => {
  const { radius, sine } = normalCases;
  const errors = [radius, sine].map(({ expand, exact }, which) => {
    const batch = compileF32x4(expand(local("x", "f32")), ["x"], count);
    const worst = nothing();
    for (let start = 0; start < 2 ** 24; start += count) {
      for (let k = 0; k < count; k++) batch.inputs[0]![k] = (start + k) / 2 ** 24;
      batch.run();
      for (let k = 0; k < count; k++) {
        const u = batch.inputs[0]![k]!;
        const [got, want] = [batch.output[k]!, exact(u)];
        note(worst, which === 0 ? errorInUlps(got, want) : Math.abs(got - want), () => String(u));
      }
    }
    return worst;
  });
  return `radius ${show(errors[0]!)} ulp; sine absolute ${show(errors[1]!)}`;
};

const path = new URL("math-error.txt", import.meta.url);
const known = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(1) : [];
const lines = new Map(
  known.filter(Boolean).map((line) => [line.slice(0, line.indexOf(":")), line]),
);
const chosen = process.argv.slice(2);
const jobs: readonly (readonly [string, () => string])[] = [
  ...mathCases.map((one) => [one.name, () => ofUnary(one)] as const),
  ["pow", ofPow],
  ["normal", ofDraws],
];
for (const [name, job] of jobs) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const line = `${name}: ${job()}`;
  console.log(line);
  lines.set(name, line);
  const sorted = jobs.flatMap(([each]) => lines.get(each) ?? []);
  writeFileSync(path, `Largest errors over every f32, against doubles.\n${sorted.join("\n")}\n`);
}
