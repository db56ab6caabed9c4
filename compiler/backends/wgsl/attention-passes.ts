// How often attention goes over the columns of a row, and what it makes of them each time.

import { call, num, local } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { printExpr } from "../../kernel/text.ts";
import { createFreeAxes } from "../../lower/access.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { visitExprs } from "../../lower/statements.ts";
import { isGuarded } from "../../lower/streams/hidden.ts";
import type { Attention, RowNumber, RowSum } from "./attention.ts";
import type { Product } from "./row-products.ts";

/** A maximum that is not known before the end of a pass that has sums relative to it. */
export type Running = {
  readonly number: RowNumber;
  /** What sums are multiplied by when it becomes greater, made of locals `before` and `after`. */
  readonly rescale: Expr;
};

export type Pass = {
  readonly products: readonly Product[];
  readonly running: Running | null;
  /** In addition to the running one. */
  readonly numbers: readonly RowNumber[];
  readonly sums: readonly RowSum[];
};

export const [before, after] = ["running.before", "running.after"];

/** Weights lose what is the same for all columns of a row: it goes to where the sum is stored. */
export const passesOf = (attention: Attention): readonly Pass[] => {
  const { numbers } = attention;
  const sums = attention.sums.map((sum) => withoutFactors(sum, attention));
  const made = new Set<string>();
  const passes: Pass[] = [];
  for (;;) {
    const left = numbers.filter(({ name }) => !made.has(name));
    const waiting = sums.filter(({ name }) => !made.has(name));
    if (left.length + waiting.length === 0) return passes;
    const missing = (e: Expr): readonly string[] =>
      left.map(({ name }) => name).filter((name) => localsIn(e).has(name));
    const ready = left.filter(({ term }) => missing(term).length === 0);
    const running = runningAmong(ready, left, waiting, attention);
    const now = <T>(all: readonly T[], exprOf: (one: T) => Expr): readonly T[] =>
      all.filter((one) => {
        const names = missing(exprOf(one));
        const [only] = names;
        if (only === undefined) return true;
        const isOnly = names.length === 1 && only === running?.number.name;
        return isOnly && relativeTo(exprOf(one), running, attention) !== null;
      });
    const pass = {
      running,
      // A maximum of what is relative would be that of another scale with every column.
      numbers: now(left, ({ term }) => term).filter(
        (one) => one !== running?.number && (one.op === "add" || missing(one.term).length === 0),
      ),
      sums: now(waiting, ({ weight }) => weight),
    };
    const exprs = [
      ...(running === null ? [] : [running.number.term]),
      ...pass.numbers.map(({ term }) => term),
      ...pass.sums.map(({ weight }) => weight),
    ];
    const read = new Set(exprs.flatMap((e) => [...localsIn(e)]));
    passes.push({ ...pass, products: attention.products.filter(({ name }) => read.has(name)) });
    for (const { name } of [...pass.numbers, ...pass.sums]) made.add(name);
    if (running !== null) made.add(running.number.name);
  }
};

export const localsIn = (e: Expr): ReadonlySet<string> => {
  const found = new Set<string>();
  visitExprs([{ kind: "let", name: "e", value: e }], (part) => {
    if (part.kind === "local") found.add(part.name);
  });
  return found;
};

/** Whether it is the same for all columns of a row. */
const isOfRow = (e: Expr, { columns, products }: Attention): boolean => {
  const free = createFreeAxes()(e);
  const locals = localsIn(e);
  return !columns.some((a) => free.has(a.name)) && !products.some((p) => locals.has(p.name));
};

const withoutFactors = (sum: RowSum, attention: Attention): RowSum => {
  const [weight, factor] = split(sum.weight, attention);
  const withFactor = createRebuild((e) =>
    e.kind === "local" && e.name === sum.name ? factor(e) : null,
  );
  return { ...sum, weight, store: { ...sum.store, value: withFactor(sum.store.value) } };
};

/** A weight, and what its sum is put through. */
const split = (e: Expr, attention: Attention): readonly [Expr, (sum: Expr) => Expr] => {
  const whole = [e, (sum: Expr) => sum] as const;
  const fn = e.kind === "call" && (e.fn === "mul" || e.fn === "div") ? e.fn : null;
  if (e.kind !== "call" || fn === null) return whole;
  const [a, b] = e.args as [Expr, Expr];
  const [isRowA, isRowB] = [isOfRow(a, attention), isOfRow(b, attention)];
  const [weight, factor] = isRowA ? [a, (sum: Expr) => sum] : split(a, attention);
  if (isRowB) return isRowA ? whole : [weight, (sum) => call(fn, factor(sum), b)];
  if (fn === "div") return [call("div", weight, b), factor];
  const [other, more] = split(b, attention);
  return isRowA
    ? [other, (sum) => call("mul", a, more(sum))]
    : [call("mul", weight, other), (sum) => more(factor(sum))];
};

/** A maximum that something else may be relative to, with the first that is. */
const runningAmong = (
  ready: readonly RowNumber[],
  numbers: readonly RowNumber[],
  sums: readonly RowSum[],
  attention: Attention,
): Running | null => {
  const exprs = [...numbers.map(({ term }) => term), ...sums.map(({ weight }) => weight)];
  for (const number of ready) {
    if (number.op !== "max") continue;
    for (const e of exprs) {
      const from = relativeTo(e, { number, rescale: null }, attention);
      if (from !== null) return { number, rescale: rescaleOf(from, number) };
    }
  }
  return null;
};

/** With nothing but -inf before, sums are those of exp(-inf): 0. */
const rescaleOf = (from: Expr, { name }: RowNumber): Expr => {
  const at = (other: string): Expr =>
    createRebuild((e) => (e.kind === "local" && e.name === name ? local(other, "f32") : null))(
      from,
    );
  return call(
    "select",
    call("eq", local(before!, "f32"), num(-Infinity)),
    num(1),
    call("exp", call("sub", at(before!), at(after!))),
  );
};

type Candidate = { readonly number: RowNumber; readonly rescale: Expr | null };

/**
 * The `from` of an expression that is `exp(term - from)` times what does not depend on the maximum of `term`, where `from`
 * is made of that maximum and finite where that is not; null where it is no such thing. `rescale`: what others are relative to already.
 */
const relativeTo = (e: Expr, running: Candidate | null, attention: Attention): Expr | null => {
  if (running === null || e.kind !== "call") return null;
  const { number, rescale } = running;
  const isFree = (part: Expr): boolean => !localsIn(part).has(number.name);
  const [a, b, c] = e.args;
  switch (e.fn) {
    case "exp": {
      if (a!.kind !== "call" || a!.fn !== "sub") return null;
      const [term, from] = a!.args as [Expr, Expr];
      const isRelative =
        printExpr(term) === printExpr(number.term) &&
        isOfRow(from, attention) &&
        isGuarded(from) &&
        [...localsIn(from)].join() === number.name;
      if (!isRelative) return null;
      const same = rescale === null || printExpr(rescale) === printExpr(rescaleOf(from, number));
      return same ? from : null;
    }
    case "mul":
      if (isFree(a!)) return relativeTo(b!, running, attention);
      return isFree(b!) ? relativeTo(a!, running, attention) : null;
    case "div":
      return isFree(b!) ? relativeTo(a!, running, attention) : null;
    case "select":
      return isFree(a!) && c!.kind === "number" && c!.value === 0
        ? relativeTo(b!, running, attention)
        : null;
    default:
      return null;
  }
};
