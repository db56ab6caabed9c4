// Kernels under schedules at random: the interpreter gives the same bits, emitted code the same numbers.

import { evaluateDim } from "../../compiler/ir/dim.ts";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { buffersOf } from "../../compiler/kernel/buffers.ts";
import type { Kernel, Stmt } from "../../compiler/kernel/kernel.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { visitExprs } from "../../compiler/lower/statements.ts";
import { applySchedule } from "../../compiler/schedule/apply.ts";
import { chooseSchedule } from "../../compiler/schedule/choose.ts";
import type { Schedule } from "../../compiler/schedule/schedule.ts";
import { typescript } from "../../compiler/costs/typescript.ts";
import { printSchedule } from "../../compiler/schedule/text.ts";
import { writeOut } from "../../compiler/schedule/write-out.ts";
import { bitDifferenceOf, differenceOf } from "../fuzz/compare.ts";
import { createRandom } from "../ir/random.ts";
import type { Random } from "../ir/random.ts";
import { emitKernels } from "./run-kernels.ts";
import { randomSchedule } from "./random-schedule.ts";

type Sizes = ReadonlyMap<string, number>;
type Buffers = ReadonlyMap<string, Tensor>;

/** Less than a tile, more than one, with nothing left over. */
const lengths = [1, 3, 4, 6, 9];

const mostIterations = 5_000;

/** Times the innermost loops run, about. */
export const iterationsOf = (kernel: Kernel, sizes: Sizes): number => {
  let inner = 1;
  visitExprs(kernel.body, (e) => {
    if (e.kind !== "reduce") return;
    inner += e.axes.reduce((n, a) => n * evaluateDim(a.extent, sizes), 1);
  });
  const count = (stmts: readonly Stmt[]): number =>
    stmts.reduce((n, s) => {
      if (s.kind === "for") return n + evaluateDim(s.extent, sizes) * count(s.body);
      return n + (s.kind === "if" ? count(s.body) : 1);
    }, 0);
  return inner * count(kernel.body);
};

/** Numbers that f32 holds; results start full of them too. */
export const drawBuffers = (kernel: Kernel, sizes: Sizes, random: Random): Buffers =>
  new Map(
    buffersOf(kernel).map(({ name, dtype, shape }) => {
      const known = shape.map((d) => evaluateDim(d, sizes));
      const count = known.reduce((a, b) => a * b, 1);
      const draw = (): number => {
        if (dtype === "f32") return (random.below(129) - 64) / 64;
        return random.below(dtype === "bool" ? 2 : 3);
      };
      return [name, tensor(dtype, known, Array.from({ length: count }, draw))];
    }),
  );

const copied = (buffers: Buffers): Buffers =>
  new Map([...buffers].map(([name, t]) => [name, tensor(t.dtype, t.shape, t.data)]));

type Case = {
  readonly kernel: Kernel;
  readonly schedule: Schedule;
  readonly scheduled: Kernel;
  readonly sizes: Sizes;
  readonly buffers: Buffers;
  readonly wanted: ReadonlyMap<string, Tensor>;
};

/** Null where random data lead the kernel itself out of its buffers, or it takes too long. */
const caseOf = (kernel: Kernel, schedule: Schedule, random: Random): Case | null => {
  const sizes = new Map(kernel.sizes.map((name) => [name, lengths[random.below(5)]!]));
  const scheduled = applySchedule(kernel, schedule);
  verifyKernel(scheduled, "schedule");
  verifyKernel(writeOut(scheduled), "write-out");
  if (iterationsOf(kernel, sizes) > mostIterations) return null;
  const buffers = drawBuffers(kernel, sizes, random);
  try {
    const wanted = interpretKernel(kernel, copied(buffers), sizes);
    return { kernel, schedule, scheduled, sizes, buffers, wanted };
  } catch {
    return null;
  }
};

const nameOf = ({ schedule, sizes }: Case): string =>
  `${printSchedule(schedule).trim()} at ${[...sizes].map(([name, n]) => `${name}=${n}`).join()}`;

const inInterpreter = (one: Case, kernel: Kernel): string | null => {
  const found = interpretKernel(kernel, copied(one.buffers), one.sizes);
  for (const [name, { data }] of one.wanted) {
    const difference = bitDifferenceOf(`${nameOf(one)}: ${name}`, data, found.get(name)!.data);
    if (difference !== null) return difference;
  }
  return null;
};

export type Looked = { readonly cases: number; readonly difference: string | null };

/** Each kernel under the schedule of the target and `times` random ones. */
export const findDifference = async (
  kernels: readonly Kernel[],
  seed: number,
  times: number,
): Promise<Looked> => {
  const random = createRandom(seed);
  const cases = kernels.flatMap((kernel) =>
    [
      chooseSchedule(kernel, typescript),
      ...Array.from({ length: times }, () => randomSchedule(kernel, random)),
    ].flatMap((schedule) => caseOf(kernel, schedule, random) ?? []),
  );
  const looked = (difference: string | null): Looked => ({ cases: cases.length, difference });
  for (const one of cases) {
    const difference =
      inInterpreter(one, one.scheduled) ?? inInterpreter(one, writeOut(one.scheduled));
    if (difference !== null) return looked(difference);
  }
  const run = await emitKernels(cases.map(({ scheduled }) => scheduled));
  for (const [k, one] of cases.entries()) {
    const found = run[k]!(one.buffers, one.sizes);
    for (const [name, { data }] of one.wanted) {
      const what = `${nameOf(one)}: emitted ${name}`;
      const difference = differenceOf(what, data, found.get(name)!.data, 1e-5);
      if (difference !== null) return looked(difference);
    }
  }
  return looked(null);
};
