// The code of loads. Where lanes differ: four words side by side at once, else one by one; lanes that do not count read
// the first word of the memory instead of one that may not be there.

import type { Expr } from "../../kernel/expr.ts";
import { linearOf } from "../../lower/linear.ts";
import type { Code } from "./bytes.ts";
import type { Emitter } from "./emit-expr.ts";
import {
  branch,
  choose,
  get,
  i32,
  i32x4,
  intConst,
  intsConst,
  lane,
  load,
  loadLane,
  loadSplat,
  set,
  v128,
} from "./instructions.ts";
import type { At } from "./instructions.ts";
import type { Scope } from "./scope.ts";
import { typeOf } from "./spelling.ts";

type Load = Extract<Expr, { kind: "load" }>;

/** How the addresses of four lanes lie: so many bytes apart, or anyhow. */
export type Spread = { readonly kind: "even"; readonly bytes: number } | { readonly kind: "any" };

export const wordBytes = 4;

export const spreadOf = (emitter: Emitter, address: Expr, scope: Scope): Spread => {
  const { terms } = linearOf(address, emitter.interner);
  const differing = terms.filter(({ atom }) => emitter.lanesOf(atom, scope) === 4);
  if (differing.length === 0) return { kind: "even", bytes: 0 };
  const [term] = differing;
  const isAxis = term!.atom.kind === "axis" && term!.atom.name === scope.axis;
  return differing.length === 1 && isAxis && typeof term!.coefficient === "number"
    ? { kind: "even", bytes: term!.coefficient }
    : { kind: "any" };
};

/** A number that is added last is part of the instruction, where nothing before it can be negative. */
export const placeOf = (emitter: Emitter, address: Expr, scope: Scope): At => {
  const [sum, last] = address.kind === "call" && address.fn === "add" ? address.args : [];
  const isSplit =
    last?.kind === "number" &&
    last.value >= 0 &&
    linearOf(sum!, emitter.interner).terms.every(
      ({ atom, coefficient }) =>
        (atom.kind === "axis" || atom.kind === "local") &&
        typeof coefficient === "number" &&
        coefficient > 0,
    );
  return isSplit
    ? { base: emitter.first(sum!, scope), offset: last.value }
    : { base: emitter.first(address, scope), offset: 0 };
};

export const createLoads = (emitter: Emitter): ((load: Load, scope: Scope) => Code) => {
  const { locals, flat, lanesOf, vector } = emitter;

  const oneByOne = (address: Expr, scope: Scope): Code => {
    const spread = spreadOf(emitter, address, scope);
    if (spread.kind === "even" && spread.bytes > 0) {
      const base = locals.fresh("i32");
      const { base: start, offset } = placeOf(emitter, address, scope);
      scope.code.push(set(base, start));
      const at = (k: number): At => ({ base: get(base), offset: offset + k * spread.bytes });
      return [1, 2, 3].reduce<Code>((all, k) => loadLane(at(k), all, k), loadSplat(at(0)));
    }
    return fromEach(vector(address, scope), scope);
  };

  const fromEach = (addresses: Code, scope: Scope): Code => {
    const all = locals.fresh("v128");
    scope.code.push(set(all, addresses));
    const at = (k: number): At => ({ base: lane("i32", get(all), k), offset: 0 });
    return [1, 2, 3].reduce<Code>((words, k) => loadLane(at(k), words, k), loadSplat(at(0)));
  };

  const masked = (expr: Load, mask: Code, scope: Scope): Code => {
    const [address] = expr.index as [Expr];
    if (lanesOf(expr, scope) === 1) {
      const base = choose(emitter.value(address, scope), intConst(0), v128.anyTrue(mask));
      return load(typeOf(expr.dtype, 1), { base, offset: 0 });
    }
    const each = fromEach(v128.select(vector(address, scope), intsConst(0), mask), scope);
    const spread = spreadOf(emitter, address, scope);
    return spread.kind === "even" && spread.bytes === wordBytes
      ? branch("v128", i32x4.allTrue(mask), load("v128", placeOf(emitter, address, scope)), each)
      : each;
  };

  return (expr, scope) => {
    const [address] = expr.index as [Expr];
    const lanes = lanesOf(expr, scope);
    const words = ((): Code => {
      if (scope.mask !== null && !flat.isInside(expr)) return masked(expr, get(scope.mask), scope);
      if (lanes === 1) return load(typeOf(expr.dtype, 1), placeOf(emitter, address, scope));
      const spread = spreadOf(emitter, address, scope);
      return spread.kind === "even" && spread.bytes === wordBytes
        ? load("v128", placeOf(emitter, address, scope))
        : oneByOne(address, scope);
    })();
    if (expr.dtype !== "bool") return words;
    return lanes === 1 ? i32.ne(words, intConst(0)) : i32x4.ne(words, intsConst(0));
  };
};
