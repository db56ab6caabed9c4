// An editor shows what `dlm check` prints: on every program that has something to report.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { check } from "../../compiler/index.ts";
import { createPrelude } from "../../compiler/frontend/index.ts";
import { analyse } from "../../compiler/lsp/analyse.ts";

const folder = new URL("../cases/diagnostics/", import.meta.url);
const read = (path: string): string | null => {
  const url = new URL(path, folder);
  return existsSync(url) && statSync(url).isFile() ? readFileSync(url, "utf8") : null;
};
const cases = readdirSync(folder).map((name) => `${name}/input.dlm`);

test("the same reports, one program after the other on one library", () => {
  expect(cases.length).toBeGreaterThan(100);
  const prelude = createPrelude();
  let found = 0;
  for (const entry of cases) {
    const { diagnostics } = analyse({ entry, read, prelude });
    expect(diagnostics, entry).toEqual(check({ entry, read }).diagnostics);
    found += diagnostics.length;
  }
  expect(found).toBeGreaterThan(cases.length);
});
