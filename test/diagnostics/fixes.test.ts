// Fixes and the machine form of reports.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { applyFixes, fixesOf } from "../../grammar/apply-fixes.ts";
import { toJson } from "../../grammar/diagnostic-json.ts";
import { parse } from "../../grammar/parse.ts";

const folder = new URL("../cases/diagnostics/", import.meta.url);
const cases = readdirSync(folder).filter((name) => name.startsWith("syntax-"));

describe("fixes of syntax errors", () => {
  for (const name of cases) {
    const text = readFileSync(new URL(`${name}/input.dlm`, folder), "utf8");
    const { diagnostics } = parse({ path: "input.dlm", text });
    const fixes = diagnostics.flatMap(fixesOf);
    if (fixes.length === 0) continue;
    test(`${name.replace("syntax-", "")}: what is fixed is not reported again`, () => {
      const fixed = applyFixes(text, fixes);
      const left = parse({ path: "input.dlm", text: fixed }).diagnostics;
      for (const problem of diagnostics.filter((one) => fixesOf(one).length > 0)) {
        // These are reported once for a whole file; the fix goes to the first.
        if (/[;#]/.test(problem.message)) continue;
        expect(left.map(({ message }) => message)).not.toContain(problem.message);
      }
    });
  }

  test("a fixed program parses", () => {
    const text = "fn f(x) {\n  h = x |> relu\n  return h ** 2 && .5 < 'a'\n}\n";
    const fixes = parse({ path: "x.dlm", text }).diagnostics.flatMap(fixesOf);
    const fixed = applyFixes(text, fixes);
    expect(fixed).toBe('fn f(x) {\n  let h = x -> relu\n  return h ^ 2 and 0.5 < "a"\n}\n');
    expect(parse({ path: "x.dlm", text: fixed }).diagnostics).toEqual([]);
  });

  test("of two fixes that overlap only one is applied", () => {
    const span = { file: "x.dlm", start: 1, end: 4 };
    const fixes = [
      { span, text: "X", safe: true },
      { span: { ...span, start: 2, end: 6 }, text: "Y", safe: true },
      { span: { ...span, start: 7, end: 7 }, text: "Z", safe: true },
    ];
    expect(applyFixes("abcdefgh", fixes)).toBe("aXefgZh");
  });
});

describe("machine form", () => {
  test("holds everything the rendered report says, and places as lines and columns", () => {
    const text = "fn f(x) {\n  let y = exp(x\n  return y\n}\n";
    const [problem] = parse({ path: "x.dlm", text }).diagnostics;
    const json = toJson(problem!, () => text);
    expect(JSON.parse(JSON.stringify(json))).toEqual({
      code: "DLM0102",
      slug: "unclosed-bracket",
      severity: "error",
      message: "this `(` is never closed",
      file: "x.dlm",
      start: { offset: 23, line: 2, column: 14 },
      end: { offset: 24, line: 2, column: 15 },
      frame: [
        "error[DLM0102]: this `(` is never closed",
        "  --> x.dlm:2:14",
        " 2 |   let y = exp(x",
        "   |              ^ opened here",
        " 3 |   return y",
        "   |   ------ a new statement starts here",
        "   = help: add `)` after `x`                                [fix, maybe]",
      ].join("\n"),
      label: "opened here",
      labels: [
        {
          file: "x.dlm",
          start: { offset: 28, line: 3, column: 3 },
          end: { offset: 34, line: 3, column: 9 },
          text: "a new statement starts here",
        },
      ],
      notes: [],
      helps: ["add `)` after `x`"],
      fixes: [
        {
          file: "x.dlm",
          start: { offset: 25, line: 2, column: 16 },
          end: { offset: 25, line: 2, column: 16 },
          text: ")",
          safe: false,
        },
      ],
    });
  });
});
