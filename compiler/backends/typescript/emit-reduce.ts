// Writes reductions over the same axes as one loop with an accumulator each.

import type { Expr, ReduceOp } from "../../kernel/expr.ts";
import type { Emitter } from "./emit-expr.ts";
import { loopHead } from "./loop-head.ts";
import { bare } from "./parens.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";

export type Reduction = Extract<Expr, { kind: "reduce" }>;

type Accumulator = {
  readonly reduction: Reduction;
  readonly name: string;
  /** For argmax: the position of the best so far, and the value being looked at. */
  readonly best: { readonly at: string; readonly value: string } | null;
};

const startOf = (op: ReduceOp, bool: boolean): string => {
  switch (op) {
    case "add":
      return "0";
    case "mul":
      return bool ? "true" : "1";
    case "max":
    case "argmax":
      return bool ? "false" : "-Infinity";
    case "min":
      return bool ? "true" : "Infinity";
  }
};

/** Lines that take one more value into an accumulator. */
const stepOf = (acc: Accumulator, value: string, position: () => string): readonly string[] => {
  const { name, reduction } = acc;
  const whole = reduction.dtype === "i32";
  const bool = reduction.dtype === "bool";
  switch (reduction.op) {
    case "add":
      return [whole ? `${name} = (${name} + (${value})) | 0;` : `${name} += ${value};`];
    case "mul":
      if (bool) return [`${name} = ${name} && (${value});`];
      return [whole ? `${name} = Math.imul(${name}, ${value});` : `${name} *= ${value};`];
    case "max":
      return [bool ? `${name} = ${name} || (${value});` : `${name} = Math.max(${name}, ${value});`];
    case "min":
      return [bool ? `${name} = ${name} && (${value});` : `${name} = Math.min(${name}, ${value});`];
    case "argmax":
      // NaN is greater than every number, and the first one stays.
      return [
        `const ${acc.best!.value} = ${value};`,
        `if (${beats(acc.best!.value, name)}) {`,
        `${name} = ${acc.best!.value};`,
        `${acc.best!.at} = ${position()};`,
        `}`,
      ];
  }
};

const beats = (value: string, best: string): string =>
  `${value} > ${best} || (${value} !== ${value} && ${best} === ${best})`;

/** Puts the loop into `home` and the results into its variables. All of them run over the same axes between the same ends, where the same holds. */
export const emitReductions = (
  emitter: Emitter,
  reductions: readonly Reduction[],
  home: Scope,
): void => {
  const accumulators = reductions.map((reduction): Accumulator => {
    const { numbered } = emitter.names;
    if (reduction.op !== "argmax")
      return { reduction, name: numbered(hints[reduction.op]), best: null };
    return {
      reduction,
      name: numbered("best"),
      best: { at: numbered("position"), value: numbered("value") },
    };
  });
  for (const { reduction, name, best } of accumulators) {
    home.lines.push(`let ${name} = ${startOf(reduction.op, reduction.body.dtype === "bool")};`);
    if (best !== null) home.lines.push(`let ${best.at} = 0;`);
  }
  const { axes, where } = reductions[0]!;
  const step = (scope: Scope): void => {
    // All values before the first step: a variable that two of them share must come first.
    const values = accumulators.map((acc) => bare(emitter.text(acc.reduction.body, scope)));
    accumulators.forEach((acc, k) => {
      scope.lines.push(...stepOf(acc, values[k]!, () => positionOf(emitter, axes)));
    });
  };
  const nest = (position: number, scope: Scope): void => {
    const axis = axes[position];
    if (axis === undefined) {
      if (where === null) return step(scope);
      const condition = bare(emitter.text(where, scope));
      const guarded = openScope(scope, [], true);
      step(guarded);
      scope.lines.push(`if (${condition}) {`, ...guarded.lines, "}");
      return;
    }
    const head = loopHead(emitter, axis, scope);
    const inner = openScope(scope, [axis.name], false, true);
    nest(position + 1, inner);
    scope.lines.push(`for (${head}) {`, ...inner.lines, "}");
  };
  nest(0, home);
  for (const { reduction, name, best } of accumulators) home.held.set(reduction, best?.at ?? name);
};

const hints = { add: "sum", mul: "product", max: "max", min: "min" } as const;

/** Row-major position over the reduced axes. */
const positionOf = (emitter: Emitter, axes: Reduction["axes"]): string =>
  axes
    .map((axis) => ({ name: emitter.variable(axis.name), extent: emitter.size(axis.extent) }))
    .reduce((sum, { name, extent }) => ({ name: `(${sum.name} * ${extent} + ${name})`, extent }))
    .name;
