// What is generated is fresh, and the editor grammar colours what the lexer reads.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { generatedFiles } from "../../grammar/generate.ts";
import { textMateGrammar } from "../../grammar/textmate.ts";

describe("generated files", () => {
  test("are what `npx tsx grammar/generate.ts` writes", async () => {
    for (const [name, content] of Object.entries(await generatedFiles())) {
      const text = readFileSync(new URL(`../../grammar/${name}`, import.meta.url), "utf8");
      expect(text === content, `${name} is stale`).toBe(true);
    }
  });
});

describe("the TextMate grammar", () => {
  type Rule = {
    readonly name?: string;
    readonly match?: string;
    readonly begin?: string;
    readonly end?: string;
    readonly captures?: Readonly<Record<string, { readonly name: string }>>;
  };
  const { patterns } = textMateGrammar() as { readonly patterns: readonly Rule[] };
  /** Scope of the text at the place where `words` stand: the rule that matches first from the left. */
  const scopeOf = (line: string, words: string): string | undefined => {
    const target = line.indexOf(words);
    for (let at = 0; at < line.length;) {
      const hits = patterns.flatMap((rule) => {
        const source = rule.match ?? `${rule.begin}(?:\\\\.|[^"\\\\])*(?:${rule.end})`;
        const pattern = new RegExp(source, "dg");
        pattern.lastIndex = at;
        const found = pattern.exec(line);
        return found === null || found[0] === "" ? [] : [{ rule, found }];
      });
      const start = Math.min(...hits.map(({ found }) => found.index));
      const hit = hits.find(({ found }) => found.index === start);
      if (hit === undefined) return undefined;
      const { rule, found } = hit;
      const end = found.index + found[0].length;
      if (target >= found.index && target < end) {
        const group = Object.entries(rule.captures ?? {}).find(
          ([index]) => found.indices![Number(index)]![0] === target,
        );
        return group?.[1].name ?? rule.name;
      }
      if (target < found.index) return undefined;
      at = end;
    }
    return undefined;
  };

  const cases: readonly (readonly [line: string, words: string, scope: string | undefined])[] = [
    ["model Mlp(x: [B, 784]) -> [B, 10] {", "model", "storage.type.dlm"],
    ["model Mlp(x: [B, 784]) -> [B, 10] {", "Mlp", "entity.name.function.dlm"],
    ["model Mlp(x: [B, 784]) -> [B, 10] {", "784", "constant.numeric.integer.dlm"],
    ["model Mlp(x: [B, 784]) -> [B, 10] {", "->", "keyword.operator.pipe.dlm"],
    ["  let model_size = 1e-3", "let", "storage.modifier.dlm"],
    ["  let model_size = 1e-3", "model_size", undefined],
    ["  let model_size = 1e-3", "1e-3", "constant.numeric.float.dlm"],
    ["  state h: [B] = 0", "state", "keyword.other.dlm"],
    ["  let y = state + 1", "state", undefined],
    ["  return x -> Dense(10) // why model", "Dense", "entity.name.function.dlm"],
    ["  return x -> Dense(10) // why model", "model", "comment.line.double-slash.dlm"],
    ["/// model", "model", "comment.line.documentation.dlm"],
    ['  require n > 0, "let model"', "model", "string.quoted.double.dlm"],
    ['  require n > 0, "let model"', "require", "keyword.other.dlm"],
    ["  let ok = not true and x", "not", "keyword.operator.logical.dlm"],
    ["  let ok = not true and x", "true", "constant.language.boolean.dlm"],
    ["  let e: int[B] ~ normal()", "int", "support.type.dlm"],
    ["  let σx = x2", "2", undefined],
  ];
  for (const [line, words, scope] of cases) {
    test(`\`${words}\` in \`${line.trim()}\` is ${scope ?? "plain"}`, () => {
      expect(scopeOf(line, words)).toBe(scope);
    });
  }
});
