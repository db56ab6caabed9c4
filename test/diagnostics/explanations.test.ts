// What `dlm explain` says is true: the first program of every explanation gets its report and no
// other, the second one compiles.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { check, compile, webgpuBackend } from "../../compiler/index.ts";
import { catalogue, plannedSlugs } from "../../grammar/catalogue.ts";
import type { CatalogueRow } from "../../grammar/catalogue.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { explanations } from "../../grammar/explanations.gen.ts";
import { format } from "../../grammar/format.ts";

/** Codes without an explanation, and why. */
const unexplained: Readonly<Record<string, string>> = {
  DLM0115: "its program would be a megabyte long",
  DLM0802: "reported by no phase yet: limits of devices",
  DLM0804: "reported by no phase yet: what a backend cannot run",
  DLM0805: "about options of the command line, not about a program",
  DLM0903: "reported by no phase yet: ranges of values",
  DLM0904: "reported by no phase yet: branches that are never taken",
};

const layers = `/// A small layer to import.
block Tower(dim)(x: [B, D]) -> [B, dim] {
  return x -> Dense(8) -> relu -> Dense(dim)
}
`;
/** Reports about memory and devices come only once a program is planned. */
const reportsOf = (text: string, code = ""): readonly Diagnostic[] => {
  const options = {
    entry: "main.dlm",
    read: (path: string) => (path === "main.dlm" ? text : path === "layers.dlm" ? layers : null),
  };
  const isPlanned = code.startsWith("DLM08") || plannedSlugs.has(explained(code)?.slug ?? "");
  return (isPlanned ? compile({ ...options, backend: webgpuBackend }) : check(options)).diagnostics;
};
const explained = (code: string): CatalogueRow | undefined => new Map(rows).get(code);
const programsOf = (code: string): readonly string[] =>
  [...(explanations[code] ?? "").matchAll(/```dlm\n([^]*?)```/g)].map(([, text]) => text!);

const rows: readonly (readonly [string, CatalogueRow])[] = Object.entries(catalogue);

describe("explanations", () => {
  test("every code has one, or a reason to have none", () => {
    const codes = rows.map(([code]) => code);
    expect([...Object.keys(explanations), ...Object.keys(unexplained)].toSorted()).toEqual(
      codes.toSorted(),
    );
  });

  test("what no phase reports is in no phase", () => {
    const sources = readdirSync(new URL("../../compiler/", import.meta.url), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(new URL(`../../compiler/${name}`, import.meta.url), "utf8"))
      .join("\n");
    for (const [code, reason] of Object.entries(unexplained)) {
      if (reason.startsWith("reported by no phase"))
        expect([code, sources.includes(`"${code}"`)]).toEqual([code, false]);
    }
  });

  for (const [code, { slug }] of rows.filter(([name]) => !(name in unexplained))) {
    describe(`${code} ${slug}`, () => {
      const programs = programsOf(code);
      const [failing = "", fixed = ""] = programs;

      test("has a heading, a failing program and a fixed one", () => {
        expect(explanations[code]).toMatch(new RegExp(`^# ${code} ${slug}\n\n`));
        expect(programs).toHaveLength(2);
      });

      test("the first program gets this report only", () => {
        const codes = reportsOf(failing, code).map((problem) => problem.code);
        expect([...new Set(codes)]).toEqual([code]);
      });

      test("the second program compiles without it", () => {
        const reports = reportsOf(fixed, code);
        const wrong = reports.filter((one) => one.severity === "error" || one.code === code);
        expect(wrong).toEqual([]);
      });

      test("the fixed program is formatted", () => {
        expect(format({ path: "main.dlm", text: fixed })).toBe(fixed);
      });
    });
  }
});
