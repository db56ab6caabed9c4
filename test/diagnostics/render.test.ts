// The layout of a rendered report, character by character.

import { expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import { plainStyle, render } from "../../grammar/render.ts";
import type { Span } from "../../grammar/span.ts";

/** The span of the n-th occurrence (from 0) of `words` in `text`. */
const find = (file: string, text: string, words: string, nth = 0): Span => {
  let start = -1;
  for (let count = 0; count <= nth; count += 1) start = text.indexOf(words, start + 1);
  if (start < 0) throw new Error(`no ${words}`);
  return { file, start, end: start + words.length };
};
const lines = (...rows: readonly string[]): string => rows.join("\n");
const draw = (problem: Diagnostic, text: string): string =>
  render(problem, (file) => (file === problem.span.file ? text : null));

test("labels on several lines stand in source order, notes before helps", () => {
  const text = lines(
    "model Net(x: [B, 784]) -> [B, 10] {",
    "",
    "  param W: [768, 128] ~ glorot()",
    "  let h = x @ W",
    "}",
  );
  const span = (words: string, nth = 0): Span => find("mnist.dlm", text, words, nth);
  const problem = diagnostic(
    "DLM0401",
    span("x @ W"),
    { left: 784, right: 768 },
    {
      label: "x is [B, 784], W is [768, 128]; the 784 and the 768 meet here",
      labels: [
        { span: span("784"), text: "x has 784 features" },
        { span: span("768"), text: "W expects 768" },
      ],
      notes: ["sizes here: B = set at run time"],
      helps: [
        { text: "make W `[784, 128]`", fix: { span: span("768"), text: "784", safe: true } },
        { text: "`x -> Dense(128)` takes its input size from `x`" },
      ],
    },
  );
  expect(draw(problem, text)).toBe(
    lines(
      "error[DLM0401]: these sizes must be equal: 784 and 768",
      "  --> mnist.dlm:4:11",
      " 1 | model Net(x: [B, 784]) -> [B, 10] {",
      "   |                  --- x has 784 features",
      " 3 |   param W: [768, 128] ~ glorot()",
      "   |             --- W expects 768",
      " 4 |   let h = x @ W",
      "   |           ^^^^^ x is [B, 784], W is [768, 128]; the 784 and the 768 meet here",
      "   = note: sizes here: B = set at run time",
      "   = help: make W `[784, 128]`                              [fix]",
      "   = help: `x -> Dense(128)` takes its input size from `x`",
    ),
  );
});

test("two labels on one line share the row of marks", () => {
  const text = "block Squeeze(r)(x: [B, H, W, Channels]) -> [B, H, W, Chanels] {";
  const problem = diagnostic(
    "DLM0204",
    find("blocks.dlm", text, "Chanels"),
    { name: "Chanels" },
    {
      label: "did you mean `Channels`?",
      labels: [{ span: find("blocks.dlm", text, "Channels"), text: "sizes are bound by inputs" }],
      notes: ["sizes known here: B, H, W, Channels, r"],
    },
  );
  expect(draw(problem, text)).toBe(
    lines(
      "error[DLM0204]: size `Chanels` is not known here",
      "  --> blocks.dlm:1:55",
      " 1 | block Squeeze(r)(x: [B, H, W, Channels]) -> [B, H, W, Chanels] {",
      "   |                               --------                ^^^^^^^ did you mean `Channels`?",
      "   |                               sizes are bound by inputs",
      "   = note: sizes known here: B, H, W, Channels, r",
    ),
  );
});

test("three labels on one line hang from stems", () => {
  const text = "let y = a + b * c";
  const span = (words: string): Span => find("x.dlm", text, words);
  const problem = diagnostic(
    "DLM0420",
    span("c"),
    { left: "[3]", right: "[5]" },
    {
      label: "is [5]",
      labels: [
        { span: span("a"), text: "is [3]" },
        { span: span("b"), text: "is [3] too" },
      ],
    },
  );
  expect(draw(problem, text).split("\n").slice(2)).toEqual([
    " 1 | let y = a + b * c",
    "   |         -   -   ^ is [5]",
    "   |         |   is [3] too",
    "   |         is [3]",
  ]);
});

test("a fix behind the primary label stands in the column of the fixes", () => {
  const text = "\n\n    -> Dence(128) -> relu";
  const span = find("mnist.dlm", text, "Dence");
  const problem = diagnostic(
    "DLM0201",
    span,
    { name: "Dence" },
    { label: "did you mean `Dense`?", fix: { span, text: "Dense", safe: true } },
  );
  expect(draw(problem, text)).toBe(
    lines(
      "error[DLM0201]: no layer or function is called `Dence`",
      "  --> mnist.dlm:3:8",
      " 3 |     -> Dence(128) -> relu",
      "   |        ^^^^^ did you mean `Dense`?                     [fix]",
    ),
  );
});

test("a label marked `after` follows the primary place, and the gutter takes the widest number", () => {
  const text = `${"\n".repeat(3)}  require E % heads == 0\n${"\n".repeat(25)}    -> CausalAttention(5)`;
  const problem = diagnostic(
    "DLM0410",
    find("gpt.dlm", text, "CausalAttention(5)"),
    { text: "heads must divide the embedding size" },
    {
      label: "built with heads = 5, E = 384",
      labels: [
        { span: find("gpt.dlm", text, "E % heads == 0"), text: "384 % 5 is 4", after: true },
      ],
      helps: [{ text: "384 is divisible by 4, 6 and 8" }],
    },
  );
  expect(draw(problem, text)).toBe(
    lines(
      "error[DLM0410]: heads must divide the embedding size",
      "  --> gpt.dlm:30:8",
      "30 |     -> CausalAttention(5)",
      "   |        ^^^^^^^^^^^^^^^^^^ built with heads = 5, E = 384",
      " 4 |   require E % heads == 0",
      "   |           -------------- 384 % 5 is 4",
      "   = help: 384 is divisible by 4, 6 and 8",
    ),
  );
});

test("a label in another file names that file", () => {
  const here = "let y = x -> Conv(1, 9)";
  const there = "// library\nrequire kernel < 8";
  const problem = diagnostic(
    "DLM0410",
    find("a.dlm", here, "Conv(1, 9)"),
    { text: "kernel is small" },
    { labels: [{ span: find("std/conv.dlm", there, "kernel < 8"), text: "required here" }] },
  );
  const drawn = render(problem, (file) => (file === "a.dlm" ? here : there));
  expect(drawn).toBe(
    lines(
      "error[DLM0410]: kernel is small",
      "  --> a.dlm:1:9",
      " 1 | let y = x -> Conv(1, 9)",
      "   |              ^^^^^^^^^^",
      "  ::: std/conv.dlm:2:9",
      " 2 | require kernel < 8",
      "   |         ---------- required here",
    ).replace("a.dlm:1:9", "a.dlm:1:14"),
  );
});

test("a span of several lines shows its first and last line", () => {
  const text = "let y = x\n  -> a\n  -> b\n  -> c";
  const problem = diagnostic(
    "DLM0313",
    { file: "x.dlm", start: 8, end: text.length },
    {},
    { label: "all of this" },
  );
  expect(draw(problem, text).split("\n").slice(1)).toEqual([
    "  --> x.dlm:1:9",
    " 1 | let y = x",
    "   |         ^",
    "...",
    " 4 |   -> c",
    "   |   ^^^^ all of this",
  ]);
});

test("tabs, wide characters and combining marks keep the carets under their text", () => {
  const cases = [
    ["\tlet y = z", "z", "    let y = z", "            ^"],
    ['require "漢字", z', "z", 'require "漢字", z', "                ^"],
    ["let e\u0301 = z", "z", "let e\u0301 = z", "        ^"],
    ['require "😀", z', "z", 'require "😀", z', "              ^"],
  ] as const;
  for (const [text, words, shown, marks] of cases) {
    const problem = diagnostic("DLM0313", find("x.dlm", text, words), {});
    expect(draw(problem, text).split("\n").slice(2)).toEqual([` 1 | ${shown}`, `   | ${marks}`]);
  }
});

test("control characters never reach the terminal", () => {
  const text = 'let y = "\u001b[2J" + z';
  const problem = diagnostic("DLM0313", find("x.dlm", text, "z"), {});
  expect(draw(problem, text)).not.toContain("\u001b");
});

test("a very long line is shown around the marked place", () => {
  const text = `let y = ${"a + ".repeat(100_000)}z`;
  const problem = diagnostic("DLM0313", find("x.dlm", text, "z"), {});
  const [, , line, marks] = draw(problem, text).split("\n");
  expect(line!.length).toBeLessThan(260);
  expect(line![marks!.indexOf("^")]).toBe("z");
});

test("a place past the end of the text is shown at its end", () => {
  const text = "let y =";
  const problem = diagnostic("DLM0313", { file: "x.dlm", start: 99, end: 120 }, {});
  expect(draw(problem, text).split("\n").slice(1)).toEqual([
    "  --> x.dlm:1:8",
    " 1 | let y =",
    "   |        ^",
  ]);
});

test("a file that cannot be read is only named", () => {
  const problem = diagnostic("DLM0205", { file: "a.dlm", start: 0, end: 0 }, {});
  expect(render(problem, () => null)).toBe("error[DLM0205]: imports form a cycle\n  --> a.dlm");
});

test("colours wrap words and leave the layout alone", () => {
  const text = "let y = a + b";
  const mark = (open: string) => (words: string) => `<${open}:${words}>`;
  const problem = diagnostic(
    "DLM0901",
    find("x.dlm", text, "y"),
    { name: "y" },
    { label: "here", labels: [{ span: find("x.dlm", text, "b"), text: "there" }] },
  );
  const style = { ...plainStyle, warning: mark("w"), secondary: mark("s") };
  expect(render(problem, () => text, style).split("\n")).toEqual([
    "<w:warning[DLM0901]>: `y` is never used",
    "  --> x.dlm:1:5",
    " 1 | let y = a + b",
    "   |     <w:^>       <s:-> <s:there>",
    "   |     <w:here>",
  ]);
});
