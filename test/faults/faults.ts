// Faults that a change of one line could bring into the compiler, and the check that has to find each of them.

import type { Change } from "./build.ts";
import { inShaders } from "./shader-faults.ts";
import { inTaps } from "./taps-faults.ts";
import { inWasm } from "./wasm-faults.ts";

/**
 * `programs`: generated programs, run in every way. `conventions`: values and slopes known by
 * definition, at kinks, ties and bounds. `training`: updates of small recipes worked out by hand. `steps`: causal models
 * one position at a time. `math`: transcendental functions against doubles. `schedules`: kernels under schedules at random.
 * `taps`: sums of which padding is skipped. `shaders`: kernels, updates and generated programs on SwiftShader. `wasm`:
 * these and functions as WebAssembly.
 */
export type Check =
  | "programs"
  | "conventions"
  | "training"
  | "steps"
  | "math"
  | "schedules"
  | "taps"
  | "shaders"
  | "wasm";

export type Fault = Change & { readonly name: string; readonly check: Check };

const inPrograms: readonly Omit<Fault, "check">[] = [
  {
    name: "a kernel reads elements of its own result before they are there",
    file: "compiler/lower/merge.ts",
    from: "const moved = inGroup.find((read) => !read.identity);",
    to: "const moved = inGroup.find(() => false);",
  },
  {
    name: "a later part of a loop begins where the loop does",
    file: "compiler/lower/cut-loops.ts",
    from: "extent === 1 ? int(start) : addI(axis(own.axis), int(start))",
    to: "extent === 1 ? int(start) : axis(own.axis)",
  },
  {
    name: "a causal row ends before its own position",
    file: "compiler/lower/streams/hidden.ts",
    from: 'const past = condition.fn === "le" ? 1 : 0;',
    to: "const past = 0;",
  },
  {
    name: "rows that are made at once end where the first of them ends",
    file: "compiler/lower/streams/block-rows.ts",
    from: "to: at(to, count - 1)",
    to: "to: at(to, 0)",
  },
  {
    name: "a conditional takes the other branch",
    file: "compiler/backends/typescript/language.ts",
    from: "`(${condition} ? ${yes} : ${no})`",
    to: "`(${condition} ? ${no} : ${yes})`",
  },
  {
    name: "the gradient of a quotient has the wrong sign",
    file: "compiler/ops/elementwise.ts",
    from: `return [left, b.op("neg", [b.op("mul", [left, quotient])])];`,
    to: `return [left, b.op("mul", [left, quotient])];`,
  },
  {
    name: "the gradient of a product comes back transposed",
    file: "compiler/ops/contract.ts",
    from: "printSpec({ a: spec.a, b: spec.out, out: spec.b })",
    to: `printSpec({ a: spec.a, b: spec.out, out: [...spec.b].reverse().join("") })`,
  },
  {
    name: "the gradient of a pad starts one off",
    file: "compiler/ops/slices.ts",
    from: "start: axes.map(({ lo }) => lo),",
    to: "start: axes.map(({ lo }) => (lo === 1 ? 0 : lo)),",
  },
  {
    name: "a slice backwards goes forwards",
    file: "compiler/ops/slices.ts",
    from: "step > 0 ? 0 : dim.sub(count, 1)",
    to: "step > 0 ? 0 : dim.sub(count, count)",
  },
  {
    name: "gradients of two uses are not added",
    file: "compiler/passes/differentiate.ts",
    from: "before === undefined ? part : addCotangents(b, before, part)",
    to: "part",
  },
  {
    name: "gradients of two branches change places",
    file: "compiler/ops/mask.ts",
    from: "const sides = l.on ? [l.live, r.live] : [r.live, l.live];",
    to: "const sides = l.on ? [r.live, l.live] : [l.live, r.live];",
  },
  {
    name: "overlapping windows are added where they do not lie",
    file: "compiler/ops/windows.ts",
    from: `if (numberAttr(attrs, "stride") !== 1) guards.push`,
    to: `if (numberAttr(attrs, "stride") > 2) guards.push`,
  },
  {
    name: "differences are shared in either order",
    file: "compiler/passes/cse.ts",
    from: `["add", "mul", "min", "max", "eq"]`,
    to: `["add", "mul", "min", "max", "eq", "sub"]`,
  },
  {
    name: "a convolution's gradient is padded by one too many",
    file: "compiler/passes/rows/fold-contract.ts",
    from: "lo: onCount(dim.mul(dim.sub(taps, 1), dilation), 0),",
    to: "lo: onCount(dim.add(dim.mul(dim.sub(taps, 1), dilation), 1), 0),",
  },
  {
    name: "a sum of sums forgets an axis",
    file: "compiler/passes/rows/reduce.ts",
    from: ".map((axis) => axis - unit.filter((u) => u < axis).length);",
    to: ".map((axis) => Math.max(0, axis - unit.length));",
  },
  {
    name: "a slice of a slice forgets the first step",
    file: "compiler/passes/rows/views.ts",
    from: "dim.add(first[i]!, dim.mul(s, inner[i]!))",
    to: "dim.add(first[i]!, s)",
  },
  {
    name: "two transposes are joined the wrong way round",
    file: "compiler/passes/rows/views.ts",
    from: "perm: perm.map((axis) => inner[axis]!)",
    to: "perm: inner.map((axis) => perm[axis]!)",
  },
  {
    name: "a guard is dropped although it can fail",
    file: "compiler/kernel/affine.ts",
    from: "const end = mul(coefficient, sub(extent, 1));",
    to: "const end = mul(coefficient, sub(extent, 2));",
  },
  {
    name: "a value that is repeated counts as read element by element",
    file: "compiler/lower/flat-map.ts",
    from: "return long.length === extents.length && long.every((d, k) => equalDims(d, extents[k]!));",
    to: "return decl !== undefined;",
  },
  {
    name: "results are written over operands that are read elsewhere",
    file: "compiler/lower/task.ts",
    from: "read !== cell || readsOnlyOwnElement(task.kernel, p, r)",
    to: "true",
  },
  {
    name: "results are written over operands of which other rows are read",
    file: "compiler/lower/small-kernels.ts",
    from: "!apart.some(saysRow)",
    to: "own.index.indexOf(apart[0] ?? own.index.at(-1)!) >= outer.length",
  },
  {
    name: "values of symbolic size share memory while both are needed",
    file: "compiler/lower/plan-memory.ts",
    from: "region.last < block.first",
    to: "region.last <= block.first",
  },
  {
    name: "values of fixed size share memory while both are needed",
    file: "compiler/lower/taken-words.ts",
    from: "if (last < node.from || node.to < first) return;",
    to: "if (last <= node.from || node.to < first) return;",
  },
  {
    name: "a norm that goes into weights leaves the shift as it was",
    file: "compiler/passes/prepare/affine.ts",
    from: "shift: shift === null ? null : w.combine(name, shift, by),",
    to: "shift,",
  },
  {
    name: "two values that are prepared get one place",
    file: "compiler/passes/prepare/index.ts",
    from: "for (let n = 1; paths.has(free); n++)",
    to: "for (let n = 1; n < 1; n++)",
  },
  {
    name: "what a loop reads in every round is given up after its first",
    file: "compiler/lower/loops.ts",
    from: "[range.first, range.last].forEach((at) => append(uses, cell, at));",
    to: "append(uses, cell, range.first);",
  },
  {
    name: "a state is overwritten by what is made of it",
    file: "compiler/lower/scan-tasks.ts",
    from: "if (k < carries) return place(k, loop, after);",
    to: "if (k < carries) return place(k, loop, before);",
  },
  {
    name: "the states after each step are taken for those before it",
    file: "compiler/lower/scan-tasks.ts",
    from: "const shift = body.outputs[k] === body.outputs[i] ? after : before;",
    to: "const shift = body.outputs[k] === body.outputs[i] ? before : after;",
  },
  {
    name: "results are written over operands that later kernels read",
    file: "compiler/lower/plan-entry.ts",
    from: `if (slots[from]!.role !== "temporary" || slots[from]!.last !== position) return false;`,
    to: `if (slots[from]!.role !== "temporary") return false;`,
  },
  {
    name: "stored tensors count as free memory",
    file: "compiler/lower/plan-memory.ts",
    from: "return fixed(blocksOf(slots, over, most), slabOf, storedWords, alignment);",
    to: "return fixed(blocksOf(slots, over, most), slabOf, 0, alignment);",
  },
  {
    name: "weights are overwritten before the loss is known",
    file: "compiler/lower/plan-entry.ts",
    from: `kind === "loss" || kind === "penalty";`,
    to: `kind === "penalty";`,
  },
  {
    name: "memory for several values has room for the last of them only",
    file: "compiler/backends/entry-text.ts",
    from: "room[region] = Math.max(room[region]!, words[slot]!);",
    to: "room[region] = words[slot]!;",
  },
];

const inTraining: readonly Omit<Fault, "check">[] = [
  {
    name: "a store overwrites what a later one still reads",
    file: "compiler/lower/statements.ts",
    from: `together(body, ({ kind }) => kind === "store");`,
    to: "together(body, () => false);",
  },
  {
    name: "weights are overwritten before their last reader",
    file: "compiler/lower/store-in-place.ts",
    from: "for (const task of before) maker.after.add(task);",
    to: "",
  },
  {
    name: "weights that do not lie side by side are updated as if they did",
    file: "compiler/lower/gather-updates.ts",
    from: "if (distance !== alignUp(before.words, alignment)) return false;",
    to: "",
  },
  {
    name: "a gradient is put where that of another weight belongs",
    file: "compiler/lower/gather-updates.ts",
    from: "const shift = run[n]!.at - first.at;",
    to: "const shift = run[run.length - 1 - n]!.at - first.at;",
  },
  {
    name: "accumulated gradients are added instead of averaged",
    file: "compiler/frontend/minimize.ts",
    from: "1 / accumulation.batches",
    to: "1",
  },
  {
    name: "clipping also makes small gradients larger",
    file: "compiler/frontend/minimize.ts",
    from: `return b.op("min", [b.constant(1, scalar), ratio]);`,
    to: "return ratio;",
  },
  {
    name: "a second application reads a buffer as it was before the first",
    file: "compiler/frontend/open-scan.ts",
    from: "let value = state.buffers.get(path) ?? start;",
    to: "let value = start;",
  },
  {
    name: "two draws of one body are the same",
    file: "compiler/frontend/draw.ts",
    from: "#${ordinal}@",
    to: "#@",
  },
  {
    name: "what dropout keeps is not scaled",
    file: "compiler/std/sources.gen.ts",
    from: "let keep: [...S] ~ bernoulli(1 - rate)\n  return if training and rate > 0 then x * keep / (1 - rate) else x",
    to: "let keep: [...S] ~ bernoulli(1 - rate)\n  return if training and rate > 0 then x * keep else x",
  },
  {
    name: "the update count does not reach the host's numbers",
    file: "runtime/trainer.ts",
    from: "updatesOf(this.#turns, turn.step, executions) + 1",
    to: "updatesOf(this.#turns, turn.step, 0) + 1",
  },
];

const inConventions: readonly Omit<Fault, "check">[] = [
  {
    name: "min is written as max",
    file: "compiler/backends/typescript/spelling.ts",
    from: `min: { f32: math("min")`,
    to: `min: { f32: math("max")`,
  },
  {
    name: "whole products do not wrap at 32 bits",
    file: "compiler/backends/typescript/spelling.ts",
    from: `i32: math("imul") }`,
    to: `i32: infix("*") }`,
  },
  {
    name: "remainders have the sign of the dividend",
    file: "compiler/backends/typescript/spelling.ts",
    from: `"return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;"`,
    to: `"return rest;"`,
  },
  {
    name: "of two that are equal both get the whole gradient",
    file: "compiler/ops/elementwise.ts",
    from: `b.op("mul", [ct, fill(b, 0.5, ct)]),\n    zero,`,
    to: `ct,\n    zero,`,
  },
  {
    name: "the slope of x^0 is not 0 at 0",
    file: "compiler/ops/elementwise.ts",
    from: `b.op("eq", [y!, zero]),`,
    to: `b.op("lt", [y!, zero]),`,
  },
  {
    name: "the branch not taken lets NaN through",
    file: "compiler/ops/scalar-op.ts",
    from: "? maskedRule(row.vjp) :",
    to: "? row.vjp :",
  },
  {
    name: "an index outside its axis is read all the same",
    file: "compiler/ops/gather.ts",
    from: "return select(guard, element, num(0, type!.dtype));",
    to: "return element;",
  },
  {
    name: "an index outside its axis is not reported",
    file: "compiler/lower/small-kernels.ts",
    from: "andB(leI(int(0), element), ltI(element, size(required.extent)))",
    to: "leI(int(0), element)",
  },
  {
    name: "a divisor of 0 is not reported",
    file: "compiler/lower/run-time-checks.ts",
    from: 'name === "mod" && operands',
    to: "name !== name && operands",
  },
  {
    name: "the last of equal maxima is taken",
    file: "compiler/backends/typescript/language.ts",
    from: "`${value} > ${best} || (",
    to: "`${value} >= ${best} || (",
  },
];

const inSteps: readonly Omit<Fault, "check">[] = [
  {
    name: "earlier elements are kept too long",
    file: "compiler/passes/step/delay.ts",
    from: "{ start: 1, count: before }",
    to: "{ start: 0, count: before }",
  },
  {
    name: "a running sum leaves out the position itself",
    file: "compiler/passes/step/sum-rules.ts",
    from: 'return flagAttr(op.attrs, "exclusive") ? before : sum;',
    to: "return before;",
  },
  {
    name: "a maximum over all positions is taken for causal",
    file: "compiler/passes/step/sum-rules.ts",
    from: "s.beyond(x, here, axis) === wanted) continue;",
    to: "true) continue;",
  },
  {
    name: "a mask that lets the next position through is taken for causal",
    file: "compiler/passes/step/beyond.ts",
    from: '(op.name === "lt" ? end <= 0 : end < 0)',
    to: "end <= 0",
  },
  {
    name: "a sum with a mask of another position is taken for causal",
    file: "compiler/passes/step/sum-rules.ts",
    from: "s.beyond(operand, q, k) === 0;",
    to: "true;",
  },
];

const inMath: readonly Omit<Fault, "check">[] = [
  {
    name: "e^x leaves out the second part of ln 2",
    file: "compiler/kernel/math/exp.ts",
    from: "sub(sub(x, mul(n, ln2High)), mul(n, ln2Low))",
    to: "sub(x, mul(n, ln2High + ln2Low))",
  },
  {
    name: "e^x is not subnormal in time",
    file: "compiler/kernel/math/exp.ts",
    from: "less(n, -125)",
    to: "less(n, -126)",
  },
  {
    name: "a coefficient of the logarithm has a wrong digit",
    file: "compiler/kernel/math/log.ts",
    from: "0.20011073350906372",
    to: "0.20014073350906372",
  },
  {
    name: "the logarithm of a subnormal number is that of a normal one",
    file: "compiler/kernel/math/log.ts",
    from: "compose(f, add(down, by))",
    to: "compose(f, down)",
  },
  {
    name: "the sign of -0 is lost",
    file: "compiler/kernel/math/sine.ts",
    from: "choose(equal(x, 0), x, sineFrom(x, 0))",
    to: "sineFrom(x, 0)",
  },
  {
    name: "a comparison takes NaN for too large",
    file: "compiler/kernel/math/arithmetic.ts",
    from: "choose(less(high, x), high, x)",
    to: "choose(less(x, high), x, high)",
  },
];

const inSchedules: readonly Omit<Fault, "check">[] = [
  {
    name: "what is left after whole tiles is one short",
    file: "compiler/schedule/apply.ts",
    from: "{ from: size(whole), to: size(extent) }",
    to: "{ from: addI(size(whole), int(1)), to: size(extent) }",
  },
  {
    name: "what is left of a symbolic axis is skipped",
    file: "compiler/schedule/apply.ts",
    from: "if (left === null && equalDims(whole, extent)) return [];",
    to: 'if (left === null && (equalDims(whole, extent) || typeof whole !== "number")) return [];',
  },
  {
    name: "what is left before an end of its own is skipped",
    file: "compiler/schedule/take-step.ts",
    from: "left: { from: atLeast(mulI(tiles, int(by)), from, extents), to },",
    to: "left: { from: to, to },",
  },
  {
    name: "tiles overlap",
    file: "compiler/schedule/apply.ts",
    from: "mulI(axis(outer.name), int(by))",
    to: "mulI(axis(outer.name), int(by - 1))",
  },
  {
    name: "iterations written side by side share a variable",
    file: "compiler/schedule/write-out.ts",
    from: "lanes = named;",
    to: "lanes = lanes.map(() => named[0]!);",
  },
];

export const faults: readonly Fault[] = [
  ...inPrograms.map((fault): Fault => ({ ...fault, check: "programs" })),
  ...inConventions.map((fault): Fault => ({ ...fault, check: "conventions" })),
  ...inTraining.map((fault): Fault => ({ ...fault, check: "training" })),
  ...inSteps.map((fault): Fault => ({ ...fault, check: "steps" })),
  ...inMath.map((fault): Fault => ({ ...fault, check: "math" })),
  ...inSchedules.map((fault): Fault => ({ ...fault, check: "schedules" })),
  ...inTaps.map((fault): Fault => ({ ...fault, check: "taps" })),
  ...inShaders.map((fault): Fault => ({ ...fault, check: "shaders" })),
  ...inWasm.map((fault): Fault => ({ ...fault, check: "wasm" })),
];
