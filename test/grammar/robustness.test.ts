// Whatever the text, parsing ends soon and reports instead of throwing.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { uniform } from "./generator.ts";
import { maxCharacters, parse } from "../../grammar/parse.ts";
import { render } from "../../grammar/render.ts";
import { createTokenizer } from "../../grammar/tokens.ts";

const folder = new URL("../cases/grammar/samples/", import.meta.url);
const samples = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
const tokenize = createTokenizer();

/** One text: several small changes to a sample, at bytes or at tokens. */
const mutate = (text: string, random: (below: number) => number): string => {
  const tokens = tokenize(text).tokens.map(({ image }) => image);
  let bytes = text;
  const count = 1 + random(4);
  const onBytes = random(2) === 0;
  for (let step = 0; step < count; step += 1) {
    const at = random(onBytes ? bytes.length : tokens.length);
    if (onBytes) {
      const flipped = String.fromCharCode(bytes.charCodeAt(at) ^ (1 << random(7)));
      bytes = bytes.slice(0, at) + flipped + bytes.slice(at + 1);
    } else {
      const other = random(tokens.length);
      const kind = random(4);
      if (kind === 0) tokens.splice(at, 1);
      else if (kind === 1) tokens.splice(at, 0, tokens[at]!);
      else if (kind === 2) [tokens[at], tokens[other]] = [tokens[other]!, tokens[at]!];
      else tokens.splice(at, 0, tokens[other]!);
    }
  }
  return onBytes ? bytes : tokens.join(" ");
};

/** Milliseconds of this process, whatever else the machine does. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

describe("mutated programs", () => {
  test("ten thousand of them parse without throwing, each in bounded time", () => {
    const random = uniform(7);
    let broken = 0;
    let slowest = 0;
    for (let trial = 0; trial < 10_000; trial += 1) {
      const text = mutate(samples[trial % samples.length]!, random);
      const before = processorTime();
      const { file, diagnostics } = parse({ path: "x.dlm", text });
      slowest = Math.max(slowest, processorTime() - before);
      expect(file.broken).toBe(diagnostics.length > 0);
      if (file.broken) broken += 1;
      for (const problem of diagnostics) {
        expect(problem.span.start).toBeGreaterThanOrEqual(0);
        expect(problem.span.end).toBeLessThanOrEqual(text.length);
        expect(problem.span.start).toBeLessThanOrEqual(problem.span.end);
      }
      if (trial % 20 === 0) for (const problem of diagnostics) render(problem, () => text);
    }
    expect(broken).toBeGreaterThan(5_000);
    expect(slowest).toBeLessThan(2_000);
  }, 300_000);
});

describe("one missing token", () => {
  test("is one report, except in a handful of places", () => {
    let total = 0;
    const several: string[] = [];
    for (const text of samples) {
      for (const { startOffset, image } of tokenize(text).tokens) {
        const cut = text.slice(0, startOffset) + text.slice(startOffset + image.length);
        const { file, diagnostics } = parse({ path: "x.dlm", text: cut });
        total += 1;
        if (diagnostics.length > 1) several.push(`${image} at ${startOffset}`);
        expect(file.broken).toBe(diagnostics.length > 0);
      }
    }
    expect(total).toBeGreaterThan(4_000);
    expect(several.length).toBeLessThan(10);
  }, 60_000);
});

describe("hostile texts", () => {
  const many = 100_000;
  const texts: Readonly<Record<string, string>> = {
    "an empty file": "",
    "only spaces": " \t\r\n",
    "a byte order mark": "\uFEFFlet a = 1",
    "nul characters": "\0".repeat(many),
    "lone surrogates": "\uD800\uDFFF\uDC00".repeat(many / 10),
    "open parentheses": "let a = " + "(".repeat(many),
    "open brackets": "let a = " + "[".repeat(many),
    "open braces": "{".repeat(many),
    "closing brackets": ")]}".repeat(many / 3),
    "balanced parentheses": `let a = ${"(".repeat(many)}1${")".repeat(many)}`,
    "mixed brackets": "([{".repeat(many / 3),
    "braces closed by parentheses": "{".repeat(many) + ")".repeat(many),
    "a chain of operators": `let a = 1${" + 1".repeat(many)}`,
    "a chain of powers": `let a = 1${" ^ 1".repeat(many)}`,
    "a chain of minus signs": `let a = ${"- ".repeat(many)}1`,
    "a chain of not": `let a = ${"not ".repeat(many)}1`,
    "a chain of calls": `let a = f${"(1)".repeat(many)}`,
    "a chain of members": `let a = f${".g".repeat(many)}`,
    "a chain of stages": `let a = f${" -> g".repeat(many)}`,
    "a chain of if": `let a = ${"if a then b else ".repeat(many)}1`,
    "nested if": `let a = ${"if ".repeat(many)}1`,
    "nested repeats": `let a = x -> ${"repeat 2 { ".repeat(many)}f`,
    "many commas": `let a = [${"1,".repeat(many)}`,
    "many declarations": "fn f(x) = x\n".repeat(many / 10),
    "many broken declarations": "fn f(x = x\n".repeat(many / 10),
    "many keywords": "let ".repeat(many),
    "many words": "x ".repeat(many),
    "many assignments": "x = ".repeat(many),
    "many foreign signs": "|> ".repeat(many),
    "many open strings": '"abc\n'.repeat(many / 5),
    "one long name": "x".repeat(many),
    "one long number": `let a = ${"1".repeat(many)}`,
    "one long comment": `//${"/".repeat(many)}`,
    "an open comment": `/*${"*".repeat(many)}`,
    "names of Object.prototype": "let constructor = __proto__\nfn toString(hasOwnProperty) = 1",
    "lookalike letters": "let а = 1",
    "right-to-left marks": 'let a = "\u202E"',
  };
  for (const [title, text] of Object.entries(texts)) {
    test(`${title}: ends soon`, () => {
      const before = processorTime();
      const { file, diagnostics } = parse({ path: "x.dlm", text });
      for (const problem of diagnostics) render(problem, () => text);
      expect(processorTime() - before).toBeLessThan(15_000);
      expect(file.broken).toBe(diagnostics.length > 0);
      expect(diagnostics.length).toBeLessThanOrEqual(100);
    }, 120_000);
  }

  test("a deep tree is refused with its place", () => {
    const text = `let a = ${"(".repeat(101)}1${")".repeat(101)}`;
    const [problem] = parse({ path: "x.dlm", text }).diagnostics;
    expect(problem).toMatchObject({ code: "DLM0116", span: { start: 8 + 100 } });
    const fits = `let a = ${"(".repeat(99)}1${")".repeat(99)}`;
    expect(parse({ path: "x.dlm", text: fits }).diagnostics).toEqual([]);
  });

  test("a file that is too large is refused unread", () => {
    const text = "let a = 1\n".repeat(maxCharacters / 10 + 1);
    expect(parse({ path: "x.dlm", text }).diagnostics.map(({ code }) => code)).toEqual(["DLM0115"]);
  });

  test("a long sum and a long list are no nesting", () => {
    const text = `let a = 1${" + 1".repeat(900)}\nlet b = [${"1, ".repeat(5_000)}2]`;
    expect(parse({ path: "x.dlm", text }).diagnostics).toEqual([]);
  });
});
