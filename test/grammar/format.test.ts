// The formatter: canonical, idempotent, and faithful to the tree and to every comment.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { format } from "../../grammar/format.ts";
import { parse } from "../../grammar/parse.ts";
import { createTokenizer } from "../../grammar/tokens.ts";
import { uniform } from "./generator.ts";

const read = (folder: string): readonly (readonly [string, string])[] => {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url)
    .filter((name) => name.endsWith(".dlm"))
    .map((name) => [name, readFileSync(new URL(name, url), "utf8")]);
};
const programs = [...read("../cases/grammar/samples/"), ...read("../../compiler/std/")];

const formatted = (text: string): string => {
  const result = format({ path: "x.dlm", text });
  if (result === null) throw new Error(`not formatted: ${text}`);
  return result;
};
/** The tree without places and documentation. */
const shape = (text: string): unknown => {
  const { file, diagnostics } = parse({ path: "x.dlm", text });
  expect(diagnostics).toEqual([]);
  return JSON.parse(
    JSON.stringify(file, (key, value: unknown) =>
      key === "span" || key === "opSpan" ? undefined : value,
    ),
  );
};
const tokenize = createTokenizer();
const comments = (text: string): readonly string[] =>
  (tokenize(text).groups["comments"] ?? []).map(({ image }) => image.trimEnd()).sort();

describe("every program", () => {
  for (const [name, text] of programs) {
    test(`${name} keeps its tree and comments, fits the width, and is stable`, () => {
      const once = formatted(text);
      expect(shape(once)).toEqual(shape(text));
      expect(comments(once)).toEqual(comments(text));
      expect(formatted(once)).toBe(once);
      for (const line of once.split("\n")) {
        if (!line.includes("//") && !line.includes('"')) expect(line.length).toBeLessThan(101);
        expect(line).toBe(line.trimEnd());
      }
    });

    test(`${name} formats the same from one long line`, () => {
      const flat = tokenize(text)
        .tokens.map(({ image }) => image)
        .join(" ");
      expect(shape(formatted(flat))).toEqual(shape(flat));
      expect(formatted(formatted(flat))).toBe(formatted(flat));
    });
  }
});

describe("comments anywhere", () => {
  test("a comment after any token survives, and the tree with it", () => {
    const random = uniform(11);
    for (let trial = 0; trial < 400; trial += 1) {
      const [, text] = programs[random(programs.length)]!;
      const { tokens } = tokenize(text);
      const places = Array.from({ length: 1 + random(3) }, () => tokens[random(tokens.length)]!)
        .map(({ startOffset, image }) => startOffset + image.length)
        .sort((a, b) => b - a);
      const noisy = places.reduce((done, at, index) => {
        const own = random(2) === 0 ? "\n" : " ";
        return `${done.slice(0, at)}${own}// note ${index}\n${done.slice(at)}`;
      }, text);
      const once = formatted(noisy);
      expect(comments(once)).toEqual(comments(noisy));
      expect(shape(once)).toEqual(shape(noisy));
      expect(formatted(once)).toBe(once);
    }
  }, 60_000);
});

describe("layout", () => {
  const cases: readonly (readonly [title: string, input: string, output: string])[] = [
    ["an empty file stays empty", "  \n\n", ""],
    [
      "spacing is canonical",
      "fn  f( x:[B,3] ,k=2)->[B] =x[:,0]*k^2+-x[ :,1 ]",
      "fn f(x: [B, 3], k = 2) -> [B] = x[:, 0] * k^2 + -x[:, 1]\n",
    ],
    [
      "parentheses stay where the meaning needs them, and only there",
      "fn f(a, b) = ((a + b)) * (2 * a) - (a - (b - a)) + (-a)^2 + -(a^2) + 2^(-b) + (2^a)^b",
      "fn f(a, b) = (a + b) * (2 * a) - (a - (b - a)) + (-a)^2 + -a^2 + 2^-b + (2^a)^b\n",
    ],
    [
      "an `if` before a stage is in parentheses",
      "fn f(c, a, b) { return (if c then a else b) -> relu }",
      "fn f(c, a, b) {\n  return (if c then a else b) -> relu\n}\n",
    ],
    [
      "a pipeline is in parentheses beside an operator",
      "fn f(x) = (x -> relu) + (x -> tanh)[0]",
      "fn f(x) = (x -> relu) + (x -> tanh)[0]\n",
    ],
    [
      "`not` and comparisons keep their grouping",
      "fn f(a, b) = not (a == b) and (not a) == b or (a < b) == (b < a)",
      "fn f(a, b) = not a == b and (not a) == b or (a < b) == (b < a)\n",
    ],
    ["trailing commas go", "fn f(a, b,) = max(a, b,)", "fn f(a, b) = max(a, b)\n"],
    [
      "one empty line between declarations, at most one between statements",
      "let A = 1\nlet B = 2\n\n\nfn f(x) {\n\n  let y = x\n\n\n  let z = y\n  return z\n\n}\nfn g(x) = x",
      "let A = 1\nlet B = 2\n\nfn f(x) {\n  let y = x\n\n  let z = y\n  return z\n}\n\nfn g(x) = x\n",
    ],
    [
      "documentation stays with its declaration",
      "// file\n\n/// First.\n\n/// Second.\n\nfn f(x) = x",
      "// file\n\n/// First.\n\n/// Second.\nfn f(x) = x\n",
    ],
    [
      "a line break after a stage is kept, one before the first is not",
      "fn f(x) = x\n -> a -> b\n -> c -> d\nfn g(x) = x\n -> a -> b",
      "fn f(x) = x\n  -> a -> b\n  -> c -> d\n\nfn g(x) = x -> a -> b\n",
    ],
    [
      "a pipeline that does not fit has every stage on a line",
      `fn f(x) = x -> ${["first", "second", "third"].map((n) => `${n}_stage_with_a_long_name(units = 128)`).join(" -> ")}`,
      "fn f(x) = x\n  -> first_stage_with_a_long_name(units = 128)\n  -> second_stage_with_a_long_name(units = 128)\n  -> third_stage_with_a_long_name(units = 128)\n",
    ],
    [
      "targets of one minimize stand below each other",
      "train T { minimize loss over net.a, net.b using Adam(lr = 1e-3) over net.c using Sgd(lr = 0.1) clip 1.0 batch: 64 }",
      "train T {\n  minimize loss\n    over net.a, net.b using Adam(lr = 1e-3)\n    over net.c using Sgd(lr = 0.1) clip 1.0\n  batch: 64\n}\n",
    ],
    [
      "strings keep their value",
      'block Q(n)(x: [B]) -> [B] { require n > 0, "a \\"quoted\\" \\\\ line\\n" return x }',
      'block Q(n)(x: [B]) -> [B] {\n  require n > 0, "a \\"quoted\\" \\\\ line\\n"\n  return x\n}\n',
    ],
    [
      "comments stay on their line or above their statement",
      "fn f(x) { // why\n  let y = x // here\n  // there\n  return y\n  // end\n} // after\n// last",
      "fn f(x) {\n  // why\n  let y = x // here\n  // there\n  return y\n  // end\n} // after\n// last\n",
    ],
    [
      "a scan writes its axis, direction, mask and start",
      "fn f(x, m) = x -> scan T reverse where(m and  not m)from(x,0){a->b}",
      "fn f(x, m) = x -> scan T reverse where m and not m from (x, 0) { a -> b }\n",
    ],
    ["an empty body is two braces", "train T { }", "train T {}\n"],
  ];
  for (const [title, input, output] of cases) {
    test(title, () => expect(formatted(input)).toBe(output));
  }

  test("a file with a syntax error is left alone", () => {
    expect(format({ path: "x.dlm", text: "fn f(x) = x |> relu" })).toBeNull();
  });
});
