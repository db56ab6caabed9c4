// Every kind of statement as a shader on SwiftShader.

import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyKernel } from "../../../compiler/kernel/verify.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase } from "./against-interpreter.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";
import { writtenKernels } from "./written-kernels.ts";

let opened: Device | null = null;
beforeAll(async () => {
  if (hasSwiftShader) opened = await openSwiftShader();
});
afterAll(() => opened?.close());

/** One element, few, and more than a workgroup has invocations. */
const lengths = [
  [1, 1],
  [3, 5],
  [7, 2],
  [70, 9],
] as const;

test.skipIf(!hasSwiftShader).each(writtenKernels)(`$name (${needsSwiftShader})`, async (kernel) => {
  verifyKernel(kernel);
  const random = createRandom(3);
  const cases = lengths.map(([B, T]) =>
    drawCase(
      kernel,
      new Map([
        ["B", B],
        ["T", T],
      ]),
      random,
    ),
  );
  expect(cases.every((one) => one !== null)).toBe(true);
  expect(
    await differencesOf(
      opened!.device,
      cases.flatMap((one) => one ?? []),
    ),
  ).toEqual({ found: [], unstable: [] });
});
