// `// dlm-ignore slug: reason` silences warnings, never errors.

import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import { applySuppressions } from "../../grammar/suppress.ts";

const at = (text: string, words: string) => ({
  file: "x.dlm",
  start: text.indexOf(words),
  end: text.indexOf(words) + words.length,
});
const unused = (text: string, name: string): Diagnostic =>
  diagnostic("DLM0901", at(text, name), { name });
const codes = (text: string, problems: readonly Diagnostic[]): readonly string[] =>
  applySuppressions({ path: "x.dlm", text }, problems).map(({ code }) => code);

describe("dlm-ignore", () => {
  test("silences its warning on the next line only", () => {
    const text = "// dlm-ignore unused-let: kept for tests\nlet first = 1\nlet second = 2\n";
    expect(codes(text, [unused(text, "first")])).toEqual([]);
    expect(codes(text, [unused(text, "first"), unused(text, "second")])).toEqual(["DLM0901"]);
  });

  test("silences its own line when it stands behind code", () => {
    const text = "let first = 1 // dlm-ignore unused-let: kept\nlet second = 2\n";
    expect(codes(text, [unused(text, "first")])).toEqual([]);
  });

  test("several of them may stand above one line", () => {
    const text = "// dlm-ignore unused-let: a\n// dlm-ignore dead-branch: b\n\nlet first = 1\n";
    const dead = diagnostic("DLM0904", at(text, "1\n"), {});
    expect(codes(text, [unused(text, "first"), dead])).toEqual([]);
  });

  test("leaves other warnings and other files alone", () => {
    const text = "// dlm-ignore dead-branch: no\nlet first = 1\n";
    expect(codes(text, [unused(text, "first")])).toEqual(["DLM0901", "DLM0913"]);
    const elsewhere = diagnostic("DLM0904", { file: "y.dlm", start: 35, end: 36 }, {});
    expect(codes(text, [elsewhere])).toEqual(["DLM0904", "DLM0913"]);
  });

  test("cannot silence an error, and says so", () => {
    const text = "// dlm-ignore unknown-name: please\nlet first = nothing()\n";
    const problem = diagnostic("DLM0201", at(text, "nothing"), { name: "nothing" });
    expect(codes(text, [problem])).toEqual(["DLM0201", "DLM0909"]);
  });

  test("an unknown slug is reported with the nearest one and a fix", () => {
    const text = "// dlm-ignore unused-lett: typo\nlet first = 1\n";
    const [, about] = applySuppressions({ path: "x.dlm", text }, [unused(text, "first")]);
    expect(about).toMatchObject({
      code: "DLM0906",
      label: "did you mean `unused-let`?",
      span: at(text, "unused-lett"),
      fix: { text: "unused-let", safe: true },
    });
  });

  test("while a file has errors, nobody knows what a comment would silence", () => {
    const text = "// dlm-ignore unused-let: kept\nlet first = nothing()\n";
    const problem = diagnostic("DLM0201", at(text, "nothing"), { name: "nothing" });
    expect(codes(text, [problem])).toEqual(["DLM0201"]);
  });

  test("a string that looks like one is none", () => {
    const text = 'let first = "// dlm-ignore unused-let: no"\n';
    expect(codes(text, [unused(text, "first")])).toEqual(["DLM0901"]);
  });
});
