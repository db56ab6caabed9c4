// Which launches are contractions, what their axes and operands are, and which tile they get.

import { expect, test } from "vitest";
import { contractionOf } from "../../../compiler/lower/contraction.ts";
import type { Contraction, Factor } from "../../../compiler/lower/contraction.ts";
import type { GridAxis } from "../../../compiler/lower/launch.ts";
import { launchesOf } from "../../../compiler/backends/wgsl/launches.ts";
import {
  anyDevice,
  chooseTile,
  fits,
  invocationsOf,
  tiles,
} from "../../../compiler/backends/wgsl/tiles.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { printExpr } from "../../../compiler/kernel/text.ts";
import { contractions, product } from "./contractions.ts";

const found = (kernel: Kernel): Contraction | string =>
  contractionOf(kernel, launchesOf(kernel)[0]!);

const factorText = ({ value, guards, liesAlongDepth }: Factor): string =>
  [
    printExpr(value),
    ...guards.map((g) => `where ${printExpr(g)}`),
    liesAlongDepth ? "along depth" : "across",
  ].join(", ");

const text = (kernel: Kernel): string => {
  const one = found(kernel);
  if (typeof one === "string") return `${kernel.name}: ${one}\n`;
  const names = (axes: readonly GridAxis[]): string => axes.map(({ name }) => name).join(" ");
  return [
    `${kernel.name}${one.isMasked ? ", masked" : ""}`,
    `  batch ${names(one.batch)}; rows ${names(one.rows)}; columns ${names(one.columns)}; depth ${names(one.depth)}`,
    `  left  ${factorText(one.left)}`,
    `  right ${factorText(one.right)}`,
    `  stores ${one.stores.map(({ buffer }) => buffer).join(" ")}\n`,
  ].join("\n");
};

test("contractions are found, with their axes and operands", async () => {
  const layouts = (["nn", "tn", "nt", "tt"] as const).map((layout) => product(layout, {}));
  const all = [...layouts, ...contractions].map(text).join("\n");
  await expect(all).toMatchFileSnapshot("contractions.txt");
});

const body = (lines: string): Kernel =>
  parseKernel(`kernel @k(x: f32[B, 4], y: f32[4, T], n: i32[B, 4]) -> z: f32[B, T], s: f32[B] sizes(B, T) {
${lines}
}
`);

test.each([
  ["for i in 0..B, j in 0..T spatial\n z[i, j] = x[i, 0]", "nothing is summed"],
  [
    "for i in 0..B, j in 0..T spatial\n z[i, j] = reduce max k in 0..4 (mul(x[i, k], y[k, j]))",
    "it is no sum of floats",
  ],
  [
    "for i in 0..B, j in 0..T spatial\n z[i, j] = f32(reduce add k in 0..4 (mul(n[i, k], j)))",
    "it is no sum of floats",
  ],
  [
    "for i in 0..B, j in 0..T spatial\n z[i, j] = reduce add k in 0..4 (add(x[i, k], y[k, j]))",
    "what is summed is no product",
  ],
  [
    "for i in 0..B spatial\n s[i] = reduce add k in 0..4 (mul(x[i, k], y[k, 0]))",
    "the operands have no rows and columns",
  ],
  [
    "for i in 0..B, j in 0..T spatial\n z[i, j] = mul(reduce add k in 0..4 (mul(x[i, k], y[k, j])), reduce add l in 0..4 (x[i, l]))",
    "there is more than one sum",
  ],
  [
    "for i in 0..B, j in 0..T spatial\n z[i, j] = reduce add k in 0..4 where lt(k, add(i, j)) (mul(x[i, k], y[k, j]))",
    "which elements are summed depends on rows and columns at once",
  ],
  [
    "for i in 0..B, j in 0..T spatial\n z[i, j] add= reduce add k in 0..4 (mul(x[i, k], y[k, j]))",
    "it does more than to store what it computes",
  ],
])("%s: %s", (lines, why) => {
  expect(found(body(lines))).toBe(why);
});

test("a copy of each operand is shared out without a rest, and within every device's limits", () => {
  for (const tile of tiles) {
    const invocations = invocationsOf(tile);
    expect(invocations).toBeLessThanOrEqual(anyDevice.invocations);
    for (const words of [tile.rows, tile.columns]) {
      expect(((words / 4) * tile.depth) % invocations).toBe(0);
      expect(invocations % (words / 4)).toBe(0);
    }
    expect(invocations % tile.depth).toBe(0);
    expect(fits(anyDevice, tile, across)).toBe(true);
  }
});
const across = { left: { liesAlongDepth: false }, right: { liesAlongDepth: false } };

const chosen = (
  sizes: { readonly M?: number; readonly N?: number; readonly K?: number },
  device = anyDevice,
): string => {
  const one = found(product("nn", sizes));
  const tile = typeof one === "string" ? null : chooseTile(one, device);
  return tile === null ? "none" : `${tile.rows}x${tile.columns}x${tile.depth}`;
};

const large = { ...anyDevice, bytes: 32_768, lanes: 32_768 };

test.each([
  [{ M: 4096, N: 4096, K: 4096 }, anyDevice, "128x128x8"],
  [{ M: 4096, N: 4096, K: 4096 }, large, "128x128x16"],
  [{ M: 1024, N: 1024, K: 1024 }, anyDevice, "128x128x8"],
  [{ M: 32, N: 65536, K: 512 }, anyDevice, "32x128x16"],
  [{ M: 65536, N: 24, K: 216 }, anyDevice, "128x32x16"],
  [{ N: 4096, K: 1024 }, anyDevice, "128x128x8"],
  [{ M: 3, N: 5, K: 64 }, anyDevice, "none"],
  [{ M: 4096, N: 3, K: 64 }, anyDevice, "none"],
])("%j: %j gives %s", (sizes, device, tile) => {
  expect(chosen(sizes, device)).toBe(tile);
});
