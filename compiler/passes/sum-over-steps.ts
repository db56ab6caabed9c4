// What a scan adds up over its steps: one sum or product over stacks after the loop, where that can be said.

import type { Attrs, Op, Value } from "../ir/graph.ts";
import { numbersAttr, textAttr } from "../ops/attrs.ts";
import { parseSpec, printSpec } from "../ops/contract-spec.ts";
import type { Builder } from "../ops/define.ts";
import { opNameOf } from "../ops/to-kernel.ts";

/**
 * `rows`: `stacks` are values of a step that stand in stacks; `build` makes the sum of them. `carry`: it has to be
 * carried from step to step.
 */
export type StepSum =
  | { readonly kind: "rows"; readonly stacks: readonly Value[]; readonly build: BuildSum }
  | { readonly kind: "carry" };

type BuildSum = (
  b: Builder,
  stackOf: (value: Value) => Value,
  wholeOf: (value: Value) => Value,
) => Value;

/** The sum over all steps of a value of a step. `isWhole`: inputs of the step that are the same in all of them. */
export const sumOverSteps = (value: Value, isWhole: (value: Value) => boolean): StepSum => {
  if (value.def.kind === "input") return { kind: "carry" };
  const { op } = value.def;
  switch (op.name) {
    case "contract":
      return productSum(op, isWhole);
    case "reduceSum": {
      const axes = [0, ...numbersAttr(op.attrs, "axes").map((axis) => axis + 1)];
      return oneStack(op, (b, stack) => b.op("reduceSum", [stack], { axes }));
    }
    case "scatterAdd":
      if (op.attrs["batch"] !== 0) return { kind: "carry" };
      return {
        kind: "rows",
        stacks: op.operands,
        build: (b, stackOf) => b.op("scatterAdd", op.operands.map(stackOf), op.attrs),
      };
    case "add": {
      const parts = op.operands.map((operand) => sumOverSteps(operand, isWhole));
      const rows = parts.flatMap((part) => (part.kind === "rows" ? [part] : []));
      if (rows.length < parts.length) return { kind: "carry" };
      return {
        kind: "rows",
        stacks: rows.flatMap((part) => part.stacks),
        build: (b, stackOf, wholeOf) =>
          b.op(
            "add",
            rows.map((part) => part.build(b, stackOf, wholeOf)),
          ),
      };
    }
    case "neg":
    case "reshape":
    case "transpose":
    case "pad":
      return afterSum(op, isWhole, op.name === "pad" ? isZeroPad : () => true);
    default:
      return { kind: "carry" };
  }
};

const isZeroPad = (attrs: Attrs): boolean => attrs["value"] === 0;

const oneStack = (op: Op, build: (b: Builder, stack: Value) => Value): StepSum => ({
  kind: "rows",
  stacks: op.operands,
  build: (b, stackOf) => build(b, stackOf(op.operands[0]!)),
});

/** A view of a sum is the sum of the views. */
const afterSum = (
  op: Op,
  isWhole: (value: Value) => boolean,
  fits: (attrs: Attrs) => boolean,
): StepSum => {
  const inner = sumOverSteps(op.operands[0]!, isWhole);
  if (inner.kind === "carry" || !fits(op.attrs)) return { kind: "carry" };
  return {
    ...inner,
    build: (b, stackOf, wholeOf) =>
      b.op(opNameOf(op), [inner.build(b, stackOf, wholeOf)], op.attrs),
  };
};

/** The steps become one more letter that is summed: one product over all steps. */
const productSum = (op: Op, isWhole: (value: Value) => boolean): StepSum => {
  const [left, right] = op.operands;
  const spec = parseSpec(textAttr(op.attrs, "spec"));
  const used = `${spec.a}${spec.b}${spec.out}`;
  const letter = [..."tabcdefghijklmnopqrsuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"].find(
    (one) => !used.includes(one),
  );
  if (letter === undefined) return { kind: "carry" };
  if (isWhole(left!) || isWhole(right!)) {
    const [stack, whole] = isWhole(left!) ? [right!, left!] : [left!, right!];
    if (isWhole(stack)) return { kind: "carry" };
    return {
      kind: "rows",
      stacks: [stack],
      build: (b, stackOf, wholeOf) => {
        const sum = b.op("reduceSum", [stackOf(stack)], { axes: [0] });
        const sides = stack === left ? [sum, wholeOf(whole)] : [wholeOf(whole), sum];
        return b.op("contract", sides, op.attrs);
      },
    };
  }
  const batched = { ...spec, a: letter + spec.a, b: letter + spec.b };
  return {
    kind: "rows",
    stacks: op.operands,
    build: (b, stackOf) => b.op("contract", op.operands.map(stackOf), { spec: printSpec(batched) }),
  };
};
