import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { check } from "../../compiler/index.ts";
import { parse } from "../../grammar/parse.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const samples = [...readme.matchAll(/^( *)```dlm\n([\s\S]*?)^ *```/gm)].map(
  ([, indent = "", body = ""]) => body.replace(new RegExp(`^${indent}`, "gm"), ""),
);

/** What the samples leave to the reader. */
const surroundings = `
model Generator(z_dim)(z: [B, z_dim]) -> [B, 64] { return z -> Dense(64) -> tanh }
model Discriminator(x: [B, 64]) -> [B] { return x -> Dense(1) -> reshape([B]) }
`;

/** Statements alone stand in a block that has what they read. */
const asFile = (sample: string): string =>
  sample.startsWith("let ")
    ? `block Sample(q: [B, T, N, D], k: [B, T, N, D], x: [B, 9, 9, 3], K: [3, 3, 3, 5]) -> [B, Ho, Wo, 5] {
  let Ho = 7
  let Wo = 7
${sample}
  return y
}`
    : sample;

test("the README shows programs", () => {
  expect(samples.length).toBeGreaterThanOrEqual(3);
});

for (const [i, sample] of samples.entries())
  test(`sample ${i + 1} of the README compiles`, () => {
    const text = asFile(sample);
    expect(parse({ path: "readme.dlm", text }).diagnostics).toEqual([]);
    const { diagnostics } = check({
      entry: "readme.dlm",
      read: (path) => (path === "readme.dlm" ? `${text}\n${surroundings}` : null),
    });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });
