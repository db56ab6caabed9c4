// dlm.ebnf is the parser's grammar, and one token decides almost everywhere.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DlmParser } from "../../grammar/parser.ts";
import * as t from "../../grammar/tokens.ts";
import { findConflicts, printProduction, readEbnf, readProduction } from "./ebnf.ts";

const written = readEbnf(readFileSync(new URL("../../grammar/dlm.ebnf", import.meta.url), "utf8"));
const productions = new DlmParser({ validate: true }).getGAstProductions();
const isTokenRule = (name: string): boolean => /^(?:[A-Z]+|name|anyName)$/.test(name);

describe("dlm.ebnf", () => {
  test("has the rules of the parser, no more and no fewer", () => {
    const rules = [...written.keys()].filter((name) => !isTokenRule(name));
    expect(rules.sort()).toEqual(Object.keys(productions).sort());
  });

  for (const [name, rule] of Object.entries(productions)) {
    test(`${name} is what the parser reads`, () => {
      expect(printProduction(written.get(name)!)).toBe(printProduction(readProduction(rule)));
    });
  }

  test("defines the tokens as the lexer does", () => {
    const texts = (types: readonly { readonly PATTERN?: unknown }[]): readonly string[] =>
      types.map(({ PATTERN }) => `"${String(PATTERN)}"`);
    const list = (name: string): readonly string[] =>
      printProduction(written.get(name)!)
        .replace(/^\( | \)$/g, "")
        .split(" | ");
    expect(list("HARD").toSorted()).toEqual(texts(t.hardKeywords).toSorted());
    expect(list("SOFT").toSorted()).toEqual(texts(t.softKeywords).toSorted());
    expect(list("BINOP").toSorted()).toEqual(texts([t.Or, t.And, ...t.binaryOperators]).toSorted());
    expect(list("name")).toEqual(["IDENT", "SOFT"]);
    expect(list("anyName")).toEqual(["IDENT", "SOFT", "HARD"]);
    for (const [name, token] of [
      ["IDENT", t.Identifier],
      ["INT", t.Int],
      ["FLOAT", t.Float],
      ["STRING", t.String],
    ] as const) {
      expect(list(name)).toEqual([String(token.PATTERN)]);
    }
  });

  test("needs a second token in exactly two places", () => {
    expect(findConflicts(written).toSorted()).toEqual([
      'arg: [ anyName "=" ]',
      'repeatStage: [ name "in" ]',
    ]);
  });

  test("the search for such places finds a dangling else, a prefix and a greedy list", () => {
    const bad = readEbnf(`
      s = "if" s [ "else" s ] | e ;
      e = "a" "b" | "a" "c" | l "," ;
      l = "x" { "," "x" } ;
    `);
    expect(findConflicts(bad).toSorted()).toEqual([
      'e: ( "a" "b" | "a" "c" | l "," )',
      'l: { "," "x" }',
      's: [ "else" s ]',
    ]);
  });

  test("no statement can go on with the next line: none starts with what continues an expression", () => {
    const first = (name: string): readonly string[] => firstTexts(name);
    const continues = ["(", "[", ".", "->", ...first("BINOP"), ",", ":"];
    for (const name of ["stmt", "trainItem", "stepItem", "decl"]) {
      for (const text of first(name)) expect(continues).not.toContain(text);
    }
  });
});

/** The texts a rule can start with; enough for rules that start with a keyword or a choice of rules. */
const firstTexts = (name: string): readonly string[] => {
  const production = written.get(name)!;
  const of = (part: typeof production): readonly string[] => {
    if (part.kind === "text") return [part.text];
    if (part.kind === "choice") return part.parts.flatMap(of);
    if (part.kind === "sequence") return of(part.parts[0]!);
    if (part.kind === "use") return part.name === "IDENT" ? ["IDENT"] : of(written.get(part.name)!);
    throw new Error(`${name} starts with something optional`);
  };
  return of(production);
};
