// While a program is edited, what is kept of earlier analyses never shows: each is what a fresh one would be.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeItem } from "../../compiler/frontend/describe.ts";
import { createPrelude } from "../../compiler/frontend/index.ts";
import type { Memo } from "../../compiler/frontend/memo.ts";
import { analyse } from "../../compiler/lsp/analyse.ts";
import type { Analysis } from "../../compiler/lsp/analyse.ts";

const part = `let SCALE = 2

/// Halves.
fn half(x) = x / SCALE

fn never(x: [B, T]) -> [B] = mean(x, over = T)

block Gate(n)(x: [..., D]) -> [..., n] {
  param W: [D, n] ~ glorot()
  return sigmoid(half(x @ W))
}

block Stack(n)(x: [..., D]) -> [..., n] {
  return x -> Gate(n) -> Gate(n)
}
`;
const net = `import { Gate as G, Stack, SCALE } from "./part.dlm"

fn loss(y: [B, 3], t: [B, 3]) -> float = mean((y - t)^2) / SCALE

block Wide(n)(x: [B, D]) -> [B, n] {
  return x -> Dense(n) -> relu -> G(n)
}

model Net(x: [B, 7]) -> [B, 3] {
  return x -> Wide(5) -> Stack(3)
}

model Other(x: [B, 28, 7]) -> [B, 28, 3] {
  let h = x -> G(5)
  return h -> Dense(3)
}

train Fit {
  data x: [B, 7], t: [B, 3]
  let net = Net()
  minimize loss(net(x), t) using Adam(lr = 1e-3)
  metric error = mean(abs(net(x) - t))
  batch: 8
}
`;

/** Threefold linear congruences are enough to pick edits. */
const random = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const snippets = [
  "5",
  "x",
  "(",
  ")",
  "}",
  "n",
  " -> relu",
  "\n\n",
  "// why\n",
  "Gate",
  "h",
  "fn relu(x) = x\n",
];

const edit = (text: string, pick: (below: number) => number): string => {
  const at = pick(text.length);
  const length = pick(3) === 0 ? 1 + pick(12) : 0;
  const insert = length === 0 || pick(2) === 0 ? (snippets[pick(snippets.length)] ?? "") : "";
  return text.slice(0, at) + insert + text.slice(at + length);
};

/** All that the server reads of an analysis. */
const shown = ({ diagnostics, linksIn, observationsIn }: Analysis): unknown => ({
  diagnostics,
  names: ["net.dlm", "part.dlm"].map((path) =>
    linksIn(path).map(({ decl, ...link }) => ({ ...link, doc: decl?.doc })),
  ),
  shapes: ["net.dlm", "part.dlm"].map((path) =>
    [
      ...new Set(
        observationsIn(path).map(
          ({ kind, span, item }) => `${span.start}-${span.end} ${kind} ${describeItem(item)}`,
        ),
      ),
    ].sort(),
  ),
});

const prelude = createPrelude();
const analysed = (files: ReadonlyMap<string, string>, memo?: Memo): Analysis =>
  analyse({
    entry: "net.dlm",
    prelude,
    read: (path) => files.get(path) ?? null,
    ...(memo === undefined ? {} : { memo }),
  });
const start = new Map([
  ["net.dlm", net],
  ["part.dlm", part],
]);

test.each([1, 2, 3, 104])("after edits in any order (seed %i)", (seed) => {
  const pick = random(seed);
  const memo: Memo = new Map();
  expect(analysed(start, memo).diagnostics).toEqual([]);
  let files: ReadonlyMap<string, string> = start;
  let spared = 0;
  for (let i = 0; i < 60; i += 1) {
    // Mistakes would pile up: half of the edits begin with the right program again.
    const from = pick(2) === 0 ? start : files;
    const path = pick(3) === 0 ? "part.dlm" : "net.dlm";
    const text = edit(from.get(path) ?? "", pick);
    files = new Map([...from, [path, text]]);
    const before = [...memo.keys()];
    const now = analysed(files, memo);
    expect(shown(now), text).toEqual(shown(analysed(files)));
    spared += before.filter((key) => memo.has(key)).length;
  }
  expect(spared).toBeGreaterThan(60);
});

test("an error that another one kept away is found when that one is gone", () => {
  const memo: Memo = new Map();
  const broken = net.replace("Wide(5)", "Wide(5, 6)").replace("G(5)", "G(0 - 1)");
  for (const text of [broken, broken.replace("Wide(5, 6)", "Wide(5)"), net, broken]) {
    const files = new Map([...start, ["net.dlm", text]]);
    expect(shown(analysed(files, memo))).toEqual(shown(analysed(files)));
  }
});

test("what did not change is not looked at again", () => {
  const memo: Memo = new Map();
  analysed(start, memo);
  const kept = [...memo.keys()];
  // Net, Other, Fit; of `part.dlm` the function that nothing calls.
  expect(kept.map((key) => key.slice(0, key.indexOf("\n")))).toEqual([
    "model",
    "model",
    "train",
    "generic",
  ]);
  analysed(new Map([...start, ["net.dlm", net.replace("let h", "// why\n  let h")]]), memo);
  const later = [...memo.keys()];
  expect(later.filter((key) => !kept.includes(key))).toHaveLength(1);
});

test("the file of the examples that has most in it", () => {
  const url = new URL("../../examples/gpt/gpt.dlm", import.meta.url);
  const files = new Map([["net.dlm", readFileSync(url, "utf8")]]);
  const memo: Memo = new Map();
  analysed(files, memo);
  expect(shown(analysed(files, memo))).toEqual(shown(analysed(files)));
});
