// Records of the ops that depend on the order of elements along an axis: running sums and the k greatest.

import { CompilerBug } from "../../grammar/bug.ts";
import { sub } from "../ir/dim.ts";
import { printType } from "../ir/type.ts";
import {
  axis,
  call,
  carryLoop,
  cast,
  ifStmt,
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
import type { OpDef } from "./define.ts";

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
    build: ([x], result, fresh) => {
      const names = type!.shape.map(() => fresh("i"));
      const outer = names.slice(0, -1).map(axis);
      const length = type!.shape.at(-1)!;
      const [own, other] = [names.at(-1)!, fresh("r")];
      const [mine, theirs] = [x!.at([...outer, axis(own)]), x!.at([...outer, axis(other)])];
      // A position's rank is the number of positions that come before it; ranks are all different.
      const nan = (value: Expr): Expr => call("not", call("eq", value, value));
      const greater = call(
        "or",
        call("lt", mine, theirs),
        call("and", nan(theirs), call("not", nan(mine))),
      );
      const tie = call("or", call("eq", mine, theirs), call("and", nan(mine), nan(theirs)));
      const earlier = call("and", tie, call("lt", axis(other), axis(own)));
      const before = cast("i32", call("or", greater, earlier));
      const rank = fresh("rank");
      const place = local(rank, "i32");
      const body = [
        letStmt(rank, reduce("add", [over(other, length)], before)),
        ifStmt(ltI(place, size(dimAttr(attrs, "k"))), [result.store([...outer, place], axis(own))]),
      ];
      return loops(
        names.map((name, a) => over(name, type!.shape[a]!)),
        body,
      );
    },
  }),
  vjp: { flat: "positions have no gradient; gather the values" },
  samples: [
    { operands: [{ shape: [7] }], attrs: { k: 3 } },
    { operands: [{ shape: [3, 5] }], attrs: { k: 5 } },
    { operands: [{ shape: [2, 3, 4], dtype: "i32", range: [0, 3] }], attrs: { k: 2 } },
    { operands: [{ shape: [1] }], attrs: { k: 1 } },
  ],
};
