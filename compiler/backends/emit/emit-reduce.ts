// Writes reductions over the same axes as one loop with an accumulator each.

import type { Expr } from "../../kernel/expr.ts";
import type { Emitter } from "./emit-expr.ts";
import type { Language } from "./language.ts";
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

/** Lines that take one more value into an accumulator. */
const stepOf = (
  { step, beats, constant }: Language,
  { name, reduction, best }: Accumulator,
  value: string,
  position: () => string,
): readonly string[] => {
  const { op, dtype, body } = reduction;
  if (op !== "argmax") return [step(op, dtype, name, value)];
  return [
    constant(best!.value, value),
    `if (${beats(body.dtype, best!.value, name)}) {`,
    `${name} = ${best!.value};`,
    `${best!.at} = ${position()};`,
    `}`,
  ];
};

/** Puts the loop into `home` and the results into its variables. All of them run over the same axes between the same ends, where the same holds. */
export const emitReductions = (
  emitter: Emitter,
  reductions: readonly Reduction[],
  home: Scope,
): void => {
  const { language } = emitter;
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
    const { dtype } = reduction.body;
    home.lines.push(language.variable(name, dtype, language.start(reduction.op, dtype)));
    if (best !== null)
      home.lines.push(language.variable(best.at, "i32", language.number("i32", 0)));
  }
  const { axes, where } = reductions[0]!;
  const step = (scope: Scope): void => {
    // All values before the first step: a variable that two of them share must come first.
    const values = accumulators.map((acc) => bare(emitter.text(acc.reduction.body, scope)));
    accumulators.forEach((acc, k) => {
      scope.lines.push(...stepOf(language, acc, values[k]!, () => positionOf(emitter, axes)));
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
    .map((axis) => ({
      name: emitter.variable(axis.name),
      extent: emitter.language.size(axis.extent),
    }))
    .reduce((sum, { name, extent }) => ({ name: `(${sum.name} * ${extent} + ${name})`, extent }))
    .name;
