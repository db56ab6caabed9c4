// What shaders compute of single numbers, NaN and infinity among them, beside the interpreter.

import { afterAll, beforeAll, expect, test } from "vitest";
import { interpretKernel } from "../../../compiler/kernel/interpret.ts";
import { errorInUlps } from "../../kernel/ulp.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";
import { functionCases } from "./function-cases.ts";
import type { FunctionCase } from "./function-cases.ts";
import { runShaders } from "./run-shader.ts";
import type { Buffers } from "./run-shader.ts";

const smallest = 2 ** -126;

/** A device may take what is subnormal on the way for 0; sines of large numbers have no digit left, but stay within -1 .. 1. */
const isRight = (
  { fn, ulps }: FunctionCase,
  args: readonly number[],
  want: number,
  got: number,
): boolean => {
  if (want !== 0 && Math.abs(got - want) <= 2 * smallest) return true;
  if ((fn === "sin" || fn === "cos") && Math.abs(args[0]!) > 2 ** 13 && Number.isFinite(args[0]))
    return Math.abs(got) <= 1;
  // A radius of at most 5.8 with 2.5 ulp, times a sine that is 1.5e-7 off.
  if (fn === "normal") return Math.abs(got - want) <= 2.1e-6;
  return errorInUlps(got, want) <= ulps;
};

const failuresOf = (one: FunctionCase, found: Buffers): readonly string[] => {
  const { data } = interpretKernel(one.kernel, one.buffers, new Map()).get("y")!;
  const args = one.kernel.params.map(({ name }) => one.buffers.get(name)!.data);
  return [...data].flatMap((want, k) => {
    const operands = args.map((list) => list[k]!);
    const got = found.get("y")!.data[k]!;
    return isRight(one, operands, want, got)
      ? []
      : [`${one.name} of ${operands.join(", ")} is ${got} instead of ${want}`];
  });
};

let opened: Device | null = null;
let found: readonly Buffers[] = [];

beforeAll(async () => {
  if (!hasSwiftShader) return;
  opened = await openSwiftShader();
  const runs = functionCases.map(({ kernel, buffers }) => ({ kernel, buffers, sizes: new Map() }));
  found = await runShaders(opened.device, runs);
});
afterAll(() => opened?.close());

test.skipIf(!hasSwiftShader).each(functionCases.map((one, k) => ({ ...one, k })))(
  `$name (${needsSwiftShader})`,
  (one) => {
    expect(failuresOf(one, found[one.k]!)).toEqual([]);
  },
);
