// Which results may be written over an operand: those whose kernel has read all it needs of it by then.

import { expect, test } from "vitest";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { readsOnlyOwnElement } from "../../compiler/lower/small-kernels.ts";

/** A kernel over the rows of x [6, 5]; y [6, 5] is its result, `t` scratch of a row. */
const rows = (body: string): string =>
  `kernel @rows(x: f32[6, 5]) -> y: f32[6, 5] {\n  for i in 0..6 spatial {\n    row t: f32[5]\n${body}\n  }\n}\n`;

test.each<readonly [string, string, boolean]>([
  [
    "a row is summed up, then each element is read where it is written",
    `let s = reduce add r in 0..5 (x[i, r])
    for j in 0..5 spatial {
      y[i, j] = div(x[i, j], s)
    }`,
    true,
  ],
  [
    "two values of one loop read the element",
    `for j in 0..5 spatial {
      t[j] = x[i, j]
      y[i, j] = x[i, j]
    }`,
    true,
  ],
  [
    "a row is read after it was written",
    `for j in 0..5 spatial {
      y[i, j] = x[i, j]
    }
    for k in 0..5 spatial {
      t[k] = x[i, k]
    }`,
    false,
  ],
  [
    "another element is read where one is written",
    `for j in 0..5 spatial {
      y[i, j] = x[i, 0]
    }`,
    false,
  ],
  [
    "another row is read",
    `let s = reduce add r in 0..5 (x[0, r])
    for j in 0..5 spatial {
      y[i, j] = s
    }`,
    false,
  ],
  [
    "the result is written twice",
    `for j in 0..5 spatial {
      y[i, j] = x[i, j]
    }
    for k in 0..5 spatial {
      y[i, k] = t[k]
    }`,
    false,
  ],
])("%s", (_what, body, allowed) => {
  expect(readsOnlyOwnElement(parseKernel(rows(body)), 0, 0)).toBe(allowed);
});

test("what each row writes anew cannot lie over what every row reads", () => {
  const kernel = parseKernel(`kernel @rows(w: f32[5], x: f32[6, 5]) -> y: f32[6, 5], t: f32[5] {
  for i in 0..6 sequential {
    for j in 0..5 spatial {
      t[j] = mul(w[j], x[i, 0])
    }
    for k in 0..5 spatial {
      y[i, k] = mul(t[k], x[i, k])
    }
  }
}
`);
  expect(readsOnlyOwnElement(kernel, 0, 1)).toBe(false);
  expect(readsOnlyOwnElement(kernel, 1, 0)).toBe(true);
});

test("nor can a row", () => {
  const kernel = parseKernel(`kernel @rows(w: f32[5], x: f32[6, 5]) -> y: f32[6, 5] {
  for i in 0..6 spatial {
    row t: f32[5]
    for j in 0..5 spatial
      t[j] = mul(w[j], x[i, 0])
    for k in 0..5 spatial
      y[i, k] = mul(t[k], x[i, k])
  }
}
`);
  expect(readsOnlyOwnElement(kernel, 0, 1)).toBe(false);
  expect(readsOnlyOwnElement(kernel, 1, 0)).toBe(true);
});

test.each([
  ["add(x[0, i, r], x[0, sub(5, i), r])", false],
  ["add(x[0, i, r], x[0, i, sub(4, r)])", true],
])("of rows behind an axis of length 1, where a row is made of %s", (value, allowed) => {
  const kernel = parseKernel(`kernel @rows(x: f32[1, 6, 5]) -> y: f32[1, 6, 5] {
  for i in 0..6 spatial {
    let s = reduce add r in 0..5 (${value})
    for j in 0..5 spatial
      y[0, i, j] = div(x[0, i, j], s)
  }
}
`);
  expect(readsOnlyOwnElement(kernel, 0, 0)).toBe(allowed);
});
