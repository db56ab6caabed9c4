// Records of the ops that depend on the order of elements along an axis: running sums and the k greatest.

import { CompilerBug } from "../../grammar/bug.ts";
import { sub } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { printType } from "../ir/type.ts";
import type { TensorType } from "../ir/type.ts";
import {
  axis,
  call,
  carryLoop,
  cast,
  ifStmt,
  int,
  letStmt,
  local,
  loop,
  loops,
  ltI,
  num,
  over,
  reduce,
  size,
  subI,
} from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { Stmt } from "../kernel/kernel.ts";
import { dimAttr, flagAttr, numberAttr } from "./attrs.ts";
import type { FreshAxis, OpDef, Operand, Target } from "./define.ts";

export const cumSum: OpDef = {
  doc: "Running sum along {axis}, from the end if {reverse}, without the element itself if {exclusive}.",
  arity: 1,
  infer: ([x], attrs) => {
    if (x!.dtype === "bool" || !(numberAttr(attrs, "axis") in x!.shape))
      throw new CompilerBug(`cumSum cannot take ${printType(x!)}`);
    return [x!];
  },
  meaning: ([type], attrs) => ({
    kind: "body",
    build: ([x], result, fresh) => {
      const along = numberAttr(attrs, "axis");
      const length = type!.shape[along]!;
      const names = type!.shape.map(() => fresh("i"));
      const place = (step: Expr): readonly Expr[] =>
        names.map((name, a) => {
          if (a !== along) return axis(name);
          return flagAttr(attrs, "reverse") ? subI(size(sub(length, 1)), step) : step;
        });
      const here = place(axis(names[along]!));
      const [before, after] = [fresh("sum"), fresh("sum")].map((name) => local(name, type!.dtype));
      const sums = [letStmt(after!.name, call("add", before!, x!.at(here)))];
      const store = result.store(here, flagAttr(attrs, "exclusive") ? before! : after!);
      const carry = { name: before!.name, init: num(0, type!.dtype), next: after! };
      const others = names.map((_, a) => a).filter((a) => a !== along);
      return others.reduceRight<readonly Stmt[]>(
        (body, a) => [loop(names[a]!, type!.shape[a]!, body)],
        [carryLoop(over(names[along]!, length), [carry], [...sums, store])],
      );
    },
  }),
  vjp: (b, ct, _operands, _y, attrs) => [
    b.op("cumSum", [ct], { ...attrs, reverse: !flagAttr(attrs, "reverse") }),
  ],
  samples: [
    { operands: [{ shape: [7] }], attrs: { axis: 0, reverse: false, exclusive: false } },
    { operands: [{ shape: [3, 5] }], attrs: { axis: 1, reverse: true, exclusive: false } },
    { operands: [{ shape: [5, 1, 2] }], attrs: { axis: 0, reverse: false, exclusive: true } },
    { operands: [{ shape: [1, 3] }], attrs: { axis: 0, reverse: true, exclusive: true } },
  ],
};

/** So few, of so many times as many, are found one after the other with less work than all are ranked. */
const [mostFound, timesMore] = [8, 4];

type BuildTopK = (
  type: TensorType,
  k: Dim,
  x: Operand,
  result: Target,
  fresh: FreshAxis,
) => readonly Stmt[];

const isNaN = (value: Expr): Expr => call("not", call("eq", value, value));

/** Whether what is at position `a` comes before what is at `b`. */
const comesBefore = (
  a: { readonly value: Expr; readonly at: Expr },
  b: { readonly value: Expr; readonly at: Expr },
): Expr =>
  call(
    "or",
    call(
      "or",
      call("lt", b.value, a.value),
      call("and", isNaN(a.value), call("not", isNaN(b.value))),
    ),
    call("and", areTied(a.value, b.value), call("lt", a.at, b.at)),
  );

const areTied = (a: Expr, b: Expr): Expr =>
  call("or", call("eq", b, a), call("and", isNaN(b), isNaN(a)));

/** A position's rank is the number of positions that come before it; ranks are all different. */
const byRank: BuildTopK = (type, k, x, result, fresh) => {
  const names = type.shape.map(() => fresh("i"));
  const outer = names.slice(0, -1).map(axis);
  const [own, other] = [names.at(-1)!, fresh("r")];
  const at = (name: string) => ({ value: x.at([...outer, axis(name)]), at: axis(name) });
  const before = cast("i32", comesBefore(at(other), at(own)));
  const rank = fresh("rank");
  const place = local(rank, "i32");
  const body = [
    letStmt(rank, reduce("add", [over(other, type.shape.at(-1)!)], before)),
    ifStmt(ltI(place, size(k)), [result.store([...outer, place], axis(own))]),
  ];
  return loops(
    names.map((name, a) => over(name, type.shape[a]!)),
    body,
  );
};

/** The first of the greatest of those that come after the one before it. */
const oneByOne: BuildTopK = (type, k, x, result, fresh) => {
  const names = type.shape.slice(0, -1).map(() => fresh("i"));
  const outer = names.map(axis);
  const length = type.shape.at(-1)!;
  const at = (place: Expr) => ({ value: x.at([...outer, place]), at: place });
  const find = (before: Expr | null): { readonly stmts: readonly Stmt[]; readonly found: Expr } => {
    const [last, greatest] = [local(fresh("last"), type.dtype), local(fresh("most"), type.dtype)];
    const found = local(fresh("next"), "i32");
    const one = { value: last, at: before ?? int(0) };
    const [r, s] = [fresh("r"), fresh("r")];
    const isLeft = (name: string): Expr | null =>
      before === null ? null : comesBefore(one, at(axis(name)));
    const isGreatest = areTied(at(axis(s)).value, greatest);
    const left = isLeft(s);
    const isNext = left === null ? isGreatest : call("and", left, isGreatest);
    const stmts = [
      ...(before === null ? [] : [letStmt(last.name, x.at([...outer, before]))]),
      letStmt(greatest.name, reduce("max", [over(r, length)], at(axis(r)).value, isLeft(r))),
      letStmt(found.name, reduce("min", [over(s, length)], axis(s), isNext)),
    ];
    return { stmts, found };
  };
  const body: Stmt[] = [];
  let before: Expr | null = null;
  for (let place = 0; place < (k as number); place++) {
    const { stmts, found } = find(before);
    body.push(...stmts, result.store([...outer, int(place)], found));
    before = found;
  }
  return loops(
    names.map((name, a) => over(name, type.shape[a]!)),
    body,
  );
};

export const topK: OpDef = {
  doc: "Positions of the {k} greatest along the last axis, greatest first, lowest position first on ties, NaN counting as the greatest.",
  arity: 1,
  infer: ([x], attrs) => {
    const k = dimAttr(attrs, "k");
    const length = x!.shape.at(-1);
    const room = length === undefined ? -1 : sub(length, k);
    if (x!.dtype === "bool" || (typeof room === "number" && room < 0))
      throw new CompilerBug(`topK cannot take ${printType(x!)}`);
    return [{ dtype: "i32", shape: x!.shape.with(-1, k) }];
  },
  meaning: ([type], attrs) => ({
    kind: "body",
    build: (operands, result, fresh) => {
      const [length, k] = [type!.shape.at(-1)!, dimAttr(attrs, "k")];
      const isKnown = typeof length === "number" && typeof k === "number";
      const areFew = isKnown && k <= mostFound && timesMore * k <= length;
      return (areFew ? oneByOne : byRank)(type!, k, operands[0]!, result, fresh);
    },
  }),
  vjp: { flat: "positions have no gradient; gather the values" },
  samples: [
    { operands: [{ shape: [7] }], attrs: { k: 3 } },
    { operands: [{ shape: [3, 5] }], attrs: { k: 5 } },
    { operands: [{ shape: [2, 3, 4], dtype: "i32", range: [0, 3] }], attrs: { k: 2 } },
    { operands: [{ shape: [1] }], attrs: { k: 1 } },
    { operands: [{ shape: [3, 19] }], attrs: { k: 2 } },
    { operands: [{ shape: [2, 17], dtype: "i32", range: [0, 3] }], attrs: { k: 2 } },
  ],
};
