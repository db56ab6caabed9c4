// What WebAssembly computes of single numbers beside the interpreter: all that is further off than rounding.

import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import type { FunctionCase } from "../backends/wgsl/function-cases.ts";
import { errorInUlps } from "../kernel/ulp.ts";
import { runKernel } from "./run-kernel.ts";

export const functionErrors = (
  { kernel, buffers, fn, ulps, name }: FunctionCase,
  isFused = false,
): readonly string[] => {
  const none = new Map<string, number>();
  const { data: want, dtype } = interpretKernel(kernel, buffers, none).get("y")!;
  const got = runKernel(kernel, buffers, none, undefined, isFused).get("y")!.data;
  const args = kernel.params.map((param) => buffers.get(param.name)!.data);
  const isRight = (k: number): boolean => {
    const [x, y] = [want[k]!, got[k]!];
    if (Number.isNaN(x)) return Number.isNaN(y);
    if ((fn === "sin" || fn === "cos") && Math.abs(args[0]![k]!) > 2 ** 13) return Math.abs(y) <= 1;
    if (fn === "normal") return Math.abs(y - x) <= 2.1e-6;
    const exact = ["add", "sub", "mul", "div", "sqrt"].includes(fn);
    if (dtype !== "f32") return x === y;
    return exact ? Object.is(Math.fround(x), y) : errorInUlps(y, x) <= ulps;
  };
  return [...want.keys()]
    .filter((k) => !isRight(k))
    .map((k) => `${name} of ${args.map((a) => a[k]).join(", ")} is ${got[k]}, not ${want[k]}`);
};
