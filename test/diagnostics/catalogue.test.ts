// The catalogue of reports: its words, and that each code and slug names one thing.

import { describe, expect, test } from "vitest";
import { catalogue } from "../../grammar/catalogue.ts";
import type { CatalogueRow } from "../../grammar/catalogue.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";

const rows: readonly (readonly [string, CatalogueRow])[] = Object.entries(catalogue);
const span = { file: "x.dlm", start: 0, end: 0 };

describe("catalogue", () => {
  test("no slug names two codes", () => {
    const slugs = rows.map(([, { slug }]) => slug);
    expect([...new Set(slugs)]).toEqual(slugs);
    for (const slug of slugs) expect(slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test("codes starting with 09 are warnings, all others errors", () => {
    for (const [code, { severity }] of rows) {
      expect(code).toMatch(/^DLM0[1-9]\d\d$/);
      expect([code, severity]).toEqual([code, code.startsWith("DLM09") ? "warning" : "error"]);
    }
  });

  test("messages are plain sentences without a full stop", () => {
    for (const [code, { message }] of rows) {
      expect([code, message]).toEqual([code, message.trim()]);
      expect(message).not.toMatch(/[.!]$/);
      expect(message).not.toMatch(/^[A-Z]/);
      expect(message).not.toMatch(/illegal|invalid/i);
      expect((message.match(/`/g) ?? []).length % 2).toBe(0);
    }
  });

  test("a hole is filled with what stands for it, `{` and `$&` included", () => {
    const { message } = diagnostic("DLM0401", span, { left: "{right}", right: "$&" });
    expect(message).toBe("these sizes must be equal: {right} and $&");
  });

  test("leaving out a hole does not compile", () => {
    // @ts-expect-error `right` is missing
    diagnostic("DLM0401", span, { left: 3 });
    // @ts-expect-error `middle` is no hole
    diagnostic("DLM0401", span, { left: 3, right: 4, middle: 5 });
    // @ts-expect-error no such code
    expect(() => diagnostic("DLM9999", span, {})).toThrow();
    expect(diagnostic("DLM0205", span, {}).slug).toBe("import-cycle");
  });
});

describe("messages", () => {
  const cases: readonly (readonly [Diagnostic, string])[] = [
    [diagnostic("DLM0101", span, { op: "|>" }), "`|>` is not an operator"],
    [diagnostic("DLM0102", span, { open: "(" }), "this `(` is never closed"],
    [diagnostic("DLM0103", span, { word: "h" }), "`h` is not a statement"],
    [diagnostic("DLM0104", span, { op: "+" }), "`+` cannot follow a pipeline stage"],
    [diagnostic("DLM0201", span, { name: "Dence" }), "no layer or function is called `Dence`"],
    [
      diagnostic("DLM0202", span, { callee: "Conv", name: "kernal" }),
      "`Conv` has no argument `kernal`",
    ],
    [
      diagnostic("DLM0203", span, { name: "BatchNorm" }),
      "`BatchNorm` is a layer that has not been built",
    ],
    [diagnostic("DLM0204", span, { name: "Chanels" }), "size `Chanels` is not known here"],
    [diagnostic("DLM0205", span, {}), "imports form a cycle"],
    [
      diagnostic("DLM0301", span, { layer: "Embedding", value: "x", actual: "float" }),
      "`Embedding` looks up whole numbers, but `x` is float",
    ],
    [
      diagnostic("DLM0302", span, { layer: "Ranker", takes: "3 inputs", given: "2 were" }),
      "`Ranker` takes 3 inputs, 2 were given",
    ],
    [
      diagnostic("DLM0401", span, { left: 784, right: 768 }),
      "these sizes must be equal: 784 and 768",
    ],
    [
      diagnostic("DLM0402", span, {
        layer: "Conv",
        expected: "an image `[B, H, W, C]`",
        actual: "[B, 784]",
      }),
      "`Conv` needs an image `[B, H, W, C]`, got `[B, 784]`",
    ],
    [
      diagnostic("DLM0403", span, { name: "Mlp", promised: "[B, 10]", actual: "[B, 12]" }),
      "`Mlp` promises `[B, 10]` but returns `[B, 12]`",
    ],
    [
      diagnostic("DLM0404", span, { before: "3136 per example", after: 3200 }),
      "reshape cannot keep the number of elements: 3136 per example becomes 3200",
    ],
    [
      diagnostic("DLM0405", span, { expression: "W / stride", value: "28 / 3" }),
      "`W / stride` is not a whole number: 28 / 3",
    ],
    [
      diagnostic("DLM0406", span, { letter: "t", first: "T", second: "ctx" }),
      "index `t` ranges over two different sizes: T and ctx",
    ],
    [
      diagnostic("DLM0407", span, {
        argument: "over = T",
        problem: "is ambiguous",
        value: "s",
        shape: "[B, heads, T, T]",
      }),
      "`over = T` is ambiguous: `s` is [B, heads, T, T]",
    ],
    [
      diagnostic("DLM0408", span, { what: "image", size: "height", value: -1 }),
      "the image has shrunk away: height becomes -1",
    ],
    [
      diagnostic("DLM0410", span, { text: "heads must divide the embedding size" }),
      "heads must divide the embedding size",
    ],
    [
      diagnostic("DLM0501", span, { name: "Lstm" }),
      "`Lstm` is a cell: it runs one time step, inside a scan",
    ],
    [diagnostic("DLM0502", span, { size: "B" }), "a weight cannot have the symbolic size `B`"],
    [diagnostic("DLM0601", span, { actual: "[B]" }), "`minimize` needs one number, this is [B]"],
    [
      diagnostic("DLM0602", span, { path: "`G`" }),
      "nothing to learn: this loss does not depend on `G`",
    ],
    [
      diagnostic("DLM0701", span, { weight: "router.W", op: "argmax" }),
      "no gradient reaches `router.W`: `argmax` is flat",
    ],
  ];
  for (const [problem, text] of cases) {
    test(`${problem.code} reads "${text}"`, () => expect(problem.message).toBe(text));
  }
});
