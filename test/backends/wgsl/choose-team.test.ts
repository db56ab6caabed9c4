// Which launches lanes share, how many of them have an element, and which are neighbours.

import { expect, test } from "vitest";
import { bestTeam, costAlone } from "../../../compiler/backends/wgsl/choose-team.ts";
import { launchesOf } from "../../../compiler/backends/wgsl/launches.ts";
import { emitShader, sourceOf } from "../../../compiler/backends/wgsl/shader.ts";
import { sharedOf } from "../../../compiler/backends/wgsl/shared-steps.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { sharedLaunches } from "./shared-launches.ts";

type Size = number | "B" | "T";

const written = (B: Size, T: Size, results: string, body: string): Kernel => {
  const open = [B, T].filter((size) => typeof size === "string");
  const sizes = open.length === 0 ? "" : `sizes(${open.join(", ")})`;
  const text = `kernel @k(x: f32[B, T]) -> ${results} ${sizes} {\n${body}\n}\n`;
  return parseKernel(text.replace(/\bB\b/g, String(B)).replace(/\bT\b/g, String(T)));
};

const rowSums = (B: Size, T: Size): Kernel =>
  written(B, T, "y: f32[B]", "for i in 0..B spatial\n y[i] = reduce add r in 0..T (x[i, r])");
const columnSums = (B: Size, T: Size): Kernel =>
  written(B, T, "y: f32[T]", "for j in 0..T spatial\n y[j] = reduce add r in 0..B (x[r, j])");
const softmax = (B: Size, T: Size): Kernel =>
  written(
    B,
    T,
    "y: f32[B, T]",
    `for i in 0..B spatial {
      row e: f32[T]
      let most = reduce max r in 0..T (x[i, r])
      for j in 0..T spatial
        e[j] = exp(sub(x[i, j], most))
      let sum = reduce add r1 in 0..T (e[r1])
      for j1 in 0..T spatial
        y[i, j1] = div(e[j1], sum)
    }`,
  );

const chosen = (kernel: Kernel): string => {
  const [launch] = launchesOf(kernel);
  const shared = sharedOf(launch!);
  if (typeof shared === "string") return shared;
  const { team, cost } = bestTeam(kernel, launch!, shared);
  if (team === null) return "alone";
  expect(cost).toBeLessThan(costAlone(kernel, launch!));
  return `${team.elements} x ${team.lanes} ${team.isAlong ? "along" : "across"}`;
};

test.each([
  ["one long row", rowSums(1, 100_000), "1 x 256 along"],
  ["few long rows", rowSums(256, 1024), "1 x 64 along"],
  ["many long rows", rowSums(65_536, 1024), "8 x 8 along"],
  ["many rows of open length", rowSums("B", "T"), "1 x 64 along"],
  ["many short rows", rowSums(65_536, 20), "alone"],
  ["very short rows", rowSums(32, 8), "it has no long sums and no loops"],
  ["long columns", columnSums(4096, 1024), "16 x 16 across"],
  ["many columns", columnSums(1024, 65_536), "alone"],
  ["open columns", columnSums("B", 784), "16 x 16 across"],
  ["few columns", columnSums(65_536, 10), "1 x 256 along"],
  ["a softmax", softmax("B", 1024), "1 x 64 along"],
  ["a softmax over few", softmax("B", 5), "8 x 8 along"],
  ["rows that no workgroup has room for", softmax("B", 10_000), "alone"],
  ["rows of open length", softmax("B", "T"), "its scratch has no known size"],
])("%s", (_name, kernel, team) => {
  expect(chosen(kernel)).toBe(team);
});

test("sums on which an axis does not depend are made once, and next to each other", () => {
  const repeated = sharedLaunches.find(({ name }) => name === "repeated")!;
  const shared = sharedOf(launchesOf(repeated)[0]!);
  if (typeof shared === "string") throw new Error(shared);
  expect(shared.grid.map(({ name }) => name)).toEqual(["i"]);
  expect(shared.steps.map(({ kind }) => kind)).toEqual(["each", "sums", "each", "sums", "loop"]);

  const columns = sharedLaunches.find(({ name }) => name === "columnSums")!;
  const both = sharedOf(launchesOf(columns)[0]!);
  if (typeof both === "string") throw new Error(both);
  expect(both.steps.map((s) => (s.kind === "sums" ? s.sums.length : s.kind))).toEqual([
    2,
    "once",
    "once",
  ]);
});

test("what a kernel stores is read again behind a barrier, and sums of it are made anew", () => {
  const kernel = written(
    "B",
    "T",
    "y: f32[B, T], a: f32[B], b: f32[B]",
    `for i in 0..B spatial {
      a[i] = reduce add r in 0..T (y[i, r])
      for j in 0..T spatial
        y[i, j] = x[i, j]
      b[i] = add(a[i], reduce add r in 0..T (y[i, r]))
    }`,
  );
  const { text } = emitShader([sourceOf(kernel)]).module;
  const marks = text.match(/storageBarrier|\b[yab]\[\w+\] = |\+= y/g)!;
  expect(marks.map((mark) => mark.replace(/\[.*/, ""))).toEqual([
    "+= y",
    "a",
    "storageBarrier",
    "y",
    "storageBarrier",
    "+= y",
    "b",
  ]);
});
