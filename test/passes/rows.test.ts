// Every rule is used by a case or a random graph, so that a broken one cannot go unseen.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseGraph } from "../../compiler/ir/graph-parse.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { rewrite } from "../../compiler/passes/rewrite.ts";
import { simplifyRows } from "../../compiler/passes/simplify.ts";
import { randomGraph } from "./random-graph.ts";

const root = fileURLToPath(new URL("../cases/passes", import.meta.url));
const cases = ["simplify", "all"].flatMap((pass) =>
  readdirSync(join(root, pass)).map((name) =>
    parseGraph(readFileSync(join(root, pass, name, "input.ir"), "utf8")),
  ),
);
const random = Array.from({ length: 60 }, (_, i) => randomGraph(i + 1, 16));

test("every rule is used", () => {
  const used = new Set<string>();
  const rows = simplifyRows.map((row) => ({
    ...row,
    apply: (...args: Parameters<typeof row.apply>) => {
      const found = row.apply(...args);
      if (found !== null) used.add(row.rule);
      return found;
    },
  }));
  for (const graph of [...cases, ...random]) rewrite(differentiate(rewrite(graph, rows)), rows);
  expect(simplifyRows.map(({ rule }) => rule).filter((rule) => !used.has(rule))).toEqual([]);
});

test("every rule says its algebra once", () => {
  const rules = simplifyRows.map(({ rule }) => rule);
  expect(new Set(rules).size).toBe(rules.length);
  for (const rule of rules) expect(rule).toMatch(/->/);
});
