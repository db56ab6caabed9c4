// An example's small form: its figures, and what is in its pictures.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import { expect } from "vitest";
import type { Figures, Run } from "../../examples/example.ts";
import { fashionFolder } from "../../examples/images.ts";

export const hasFashion = existsSync(fashionFolder());
export const needsFashion = "needs the Debian package dataset-fashion-mnist";

/** Width and height of a PNG; the number of marks of an SVG: lines, or points. */
type Measure = readonly number[] | number;

const measure = (path: string): Measure => {
  const bytes = readFileSync(path);
  expect(bytes.length).toBeLessThan(100_000);
  if (path.endsWith(".png")) {
    const { width, height, data } = PNG.sync.read(bytes);
    // Not one flat colour: some pixel of the images differs from another.
    expect(new Set(data).size).toBeGreaterThan(16);
    return [width, height];
  }
  const svg = bytes.toString();
  expect(svg).toMatch(/^<svg [^>]*width="\d+" height="\d+"/);
  expect(svg).not.toMatch(/NaN|Infinity/);
  const points = svg.split('class="mark-symbol role-mark')[1]?.split("</g>")[0];
  return (points?.match(/<path /g) ?? svg.match(/class="mark-line role-mark/g) ?? []).length;
};

export const runSmall = async (
  run: Run,
): Promise<{ readonly figures: Figures; readonly pictures: Readonly<Record<string, Measure>> }> => {
  const out = mkdtempSync(join(tmpdir(), "dlm-example-"));
  try {
    const { figures } = await run({ seed: 0, small: true, out });
    const names = readdirSync(out).sort();
    return { figures, pictures: Object.fromEntries(names.map((n) => [n, measure(join(out, n))])) };
  } finally {
    rmSync(out, { recursive: true });
  }
};
