// The gradient of a scan: a scan in the other direction, over what the first one is made to give out as well.

import { costOfFunction } from "../costs/target.ts";
import { typescript } from "../costs/typescript.ts";
import type { Op, Value } from "../ir/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import type { GraphBuilder } from "../ops/builder.ts";
import type { Builder } from "../ops/define.ts";
import { keepsCarriesOnly, scanAttrs } from "../ops/scan.ts";
import { besides } from "./rebuild.ts";
import { bodyFrom, copyOps, nameOf } from "./scan-body.ts";
import { isView } from "./step-kinds.ts";
import { sumOverSteps } from "./sum-over-steps.ts";
import type { StepSum } from "./sum-over-steps.ts";

/** Cotangents of `xs` for those of `ys`; null where there is none. */
export type PullBack = (
  b: Builder,
  ys: readonly Value[],
  seeds: readonly Value[],
  xs: readonly Value[],
) => readonly (Value | null)[];

/** One step of the forward body and its gradient, in one builder. */
type Step = {
  readonly r: GraphBuilder;
  /** By value of the body. */
  readonly copies: ReadonlyMap<Value, Value>;
  /** Cotangents of the next carries, by carry; null for one that stays 0. */
  readonly carried: readonly (Value | null)[];
  /** Cotangents of what a step gives. */
  readonly given: readonly (Value | null)[];
  /** Of each input of the body. */
  readonly gradients: readonly (Value | null)[];
};

/** Cotangents of the operands of a scan for those of its results. `wanted`: which are asked for. */
export const scanCotangents = (
  b: Builder,
  op: Op,
  given: readonly (Value | null)[],
  wanted: readonly boolean[],
  pullBack: PullBack,
): readonly (Value | null)[] => {
  const { body, length, reverse, carries, sliced } = scanAttrs(op.attrs);
  const step = stepBackward(op, given, wanted, pullBack);
  const { r, copies, gradients } = step;
  const input = body.inputs.map((value) => copies.get(value)!);
  const isSlice = (i: number): boolean => i >= carries && i < carries + sliced;

  const live = body.inputs.flatMap((_, i) => (step.carried[i] != null ? [i] : []));
  const slices = body.inputs.flatMap((_, i) => (isSlice(i) && gradients[i] !== null ? [i] : []));
  const sums = body.inputs.flatMap((_, i): { i: number; sum: StepSum }[] =>
    i >= carries + sliced && gradients[i] !== null
      ? [
          {
            i,
            sum: sumOverSteps(gradients[i]!, (value) => input.indexOf(value) >= carries + sliced),
          },
        ]
      : [],
  );
  const accumulated = sums.filter(({ sum }) => sum.kind === "carry");
  const rows = sums.flatMap(({ i, sum }) => (sum.kind === "rows" ? [{ i, sum }] : []));

  const zero = (i: number): Value => b.constant(0, body.inputs[i]!.type);
  const sumsBefore = accumulated.map(({ i }) => r.input("%", `sum${i}`, input[i]!.type));
  const next = [
    ...live.map((i) => gradients[i] ?? r.constant(0, input[i]!.type)),
    ...accumulated.map(({ i }, k) => r.op("add", [sumsBefore[k]!, gradients[i]!])),
  ];
  const emitted = new Set([
    ...slices.map((i) => gradients[i]!),
    ...rows.flatMap(({ sum }) => sum.stacks),
  ]);
  const keeps = keepsCarriesOnly(op.attrs) ? () => false : isWorthKeeping;
  const needed = neededFrom([...next, ...emitted], step, input, carries, keeps);
  // What stands in a stack already is not given out a second time.
  const stackOf = new Map<Value, Value>();
  input.forEach((value, i) => {
    if (isSlice(i)) stackOf.set(value, op.operands[i]!);
  });
  const saved = [...needed.saved].map((value) => needed.bodyValue.get(value)!);
  const forward = b.op("scan", op.operands, {
    ...op.attrs,
    body: { ...body, outputs: [...body.outputs, ...saved] },
  });
  const savedStacks = besides(forward).slice(body.outputs.length);
  [...needed.saved].forEach((value, k) => stackOf.set(value, savedStacks[k]!));

  const carriedIn = [...live.map((i) => step.carried[i]!), ...sumsBefore];
  const slicedIn = [
    ...needed.saved,
    ...input.filter((value, i) => isSlice(i) && needed.inputs.has(value)),
    ...step.given.filter((ct) => ct !== null),
  ];
  const wholeIn = input.filter((value, i) => i >= carries + sliced && needed.inputs.has(value));
  step.given.forEach((ct, k) => {
    if (ct !== null) stackOf.set(ct, given[carries + k]!);
  });
  const stacks = [...emitted].filter((value) => !stackOf.has(value));
  const goBack = (): readonly Value[] =>
    besides(
      b.op(
        "scan",
        [
          ...live.map((i) => given[i] ?? zero(i)),
          ...accumulated.map(({ i }) => zero(i)),
          ...slicedIn.map((value) => stackOf.get(value)!),
          ...wholeIn.map((value) => op.operands[input.indexOf(value)]!),
        ],
        {
          body: bodyFrom([...carriedIn, ...slicedIn, ...wholeIn], [...next, ...stacks]),
          length,
          ...(keepsCarriesOnly(op.attrs) ? { keep: "carries" } : {}),
          reverse: !reverse,
          carries: carriedIn.length,
          sliced: slicedIn.length,
        },
      ),
    );
  // All that gradients of weights are sums of may be in stacks already.
  const backward = next.length + stacks.length === 0 ? [] : goBack();
  stacks.forEach((value, k) => stackOf.set(value, backward[carriedIn.length + k]!));

  const found = op.operands.map((): Value | null => null);
  live.forEach((i, k) => (found[i] = backward[k]!));
  accumulated.forEach(({ i }, k) => (found[i] = backward[live.length + k]!));
  slices.forEach((i) => (found[i] = stackOf.get(gradients[i]!)!));
  const whole = (value: Value): Value => op.operands[input.indexOf(value)]!;
  rows.forEach(({ i, sum }) => (found[i] = sum.build(b, (value) => stackOf.get(value)!, whole)));
  return found;
};

/** Carries whose cotangent stays 0 through all steps are found by trying: each round may make others live. */
const stepBackward = (
  op: Op,
  given: readonly (Value | null)[],
  wanted: readonly boolean[],
  pullBack: PullBack,
): Step => {
  const { body, carries } = scanAttrs(op.attrs);
  const r = createBuilder();
  const copies = new Map<Value, Value>();
  body.inputs.forEach((value, i) =>
    copies.set(value, r.input("%", `${nameOf(value)}_${i}`, value.type)),
  );
  copyOps(r, body.ops, copies);
  const outputs = body.outputs.map((value) => copies.get(value)!);
  const seedOf = (i: number): Value => r.input("%", `ct${i}`, outputs[i]!.type);
  const asked = body.inputs.flatMap((value, i) =>
    value.type.dtype === "f32" && (i < carries || wanted[i] === true) ? [i] : [],
  );
  const live = new Set(given.flatMap((ct, i) => (ct !== null && i < carries ? [i] : [])));
  for (;;) {
    const seeded = outputs.flatMap((_, i) =>
      i < carries ? (live.has(i) ? [i] : []) : given[i] !== null ? [i] : [],
    );
    const found = pullBack(
      r,
      seeded.map((i) => outputs[i]!),
      seeded.map(seedOf),
      asked.map((i) => copies.get(body.inputs[i]!)!),
    );
    const gradients = body.inputs.map((_, i) => found[asked.indexOf(i)] ?? null);
    const more = asked.filter((i) => i < carries && gradients[i] !== null && !live.has(i));
    more.forEach((i) => live.add(i));
    if (more.length > 0) continue;
    const seeds = outputs.map((_, i) => (seeded.includes(i) ? seedOf(i) : null));
    return { r, copies, gradients, carried: seeds.slice(0, carries), given: seeds.slice(carries) };
  }
};

type Needed = {
  /** Values of the forward step that are kept from it: the rest is cheap to compute again. */
  readonly saved: ReadonlySet<Value>;
  /** Inputs of the forward step that are read. */
  readonly inputs: ReadonlySet<Value>;
  /** Copy to value of the body. */
  readonly bodyValue: ReadonlyMap<Value, Value>;
};

const neededFrom = (
  roots: readonly Value[],
  { copies }: Step,
  input: readonly Value[],
  carries: number,
  keeps: (op: Op) => boolean,
): Needed => {
  const bodyValue = new Map<Value, Value>();
  for (const [old, copy] of copies) if (!bodyValue.has(copy)) bodyValue.set(copy, old);
  const saved = new Set<Value>();
  const inputs = new Set<Value>();
  const seen = new Set<Value>();
  const stack = [...roots];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (value.def.kind === "input") {
      const position = input.indexOf(value);
      if (position >= 0) (position < carries ? saved : inputs).add(value);
    } else if (bodyValue.has(value) && keeps(value.def.op)) saved.add(value);
    else stack.push(...value.def.op.operands);
  }
  return { saved, inputs, bodyValue };
};

/** Views and what takes less than a store and a load are computed again; sums, products and slow functions are kept. */
const isWorthKeeping = (op: Op): boolean => {
  const { store, load } = typescript.costs;
  const cost = isView(op) ? 0 : (costOfFunction(op.name, typescript.costs) ?? Infinity);
  return op.name === "random" || cost > store + load;
};
