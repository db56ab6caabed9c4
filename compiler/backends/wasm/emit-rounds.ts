// A loop over an axis: round by round, or several fours of rounds at a time and what is left over one by one.

import type { AxisRange } from "../../kernel/expr.ts";
import type { Code } from "./bytes.ts";
import type { Emitter } from "./emit-expr.ts";
import { choose, get, i32, intConst, repeat, set, when } from "./instructions.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { SharedRounds } from "./shared-rounds.ts";

export type Rounds = AxisRange & { readonly name: string };

/** So many rounds that store nothing stand one behind the other: those of a window of a pool. */
const mostCopies = 2;

/**
 * `fours`: how many fours of rounds are made at a time, most first; none where rounds have to be made one by one. `write`
 * is called for each four, and for a single round. `pure`: nothing is stored in them.
 */
export const emitRounds = (
  emitter: Emitter,
  { name, from, to }: Rounds,
  fours: readonly number[],
  scope: Scope,
  pure: boolean,
  write: (inner: Scope, four: number) => void,
): void => {
  const { locals } = emitter;
  let left = from.kind === "number" && to.kind === "number" ? to.value - from.value : null;
  if (left !== null && left <= 0) return;
  const start = emitter.value(from, scope);
  const end = emitter.keep(emitter.value(to, scope), to, 1, scope);
  const local = locals.fresh("i32");
  scope.code.push(set(local, start));
  const purity = pure ? { pure } : {};
  for (const count of [...fours, 0]) {
    const rounds = count === 0 ? 1 : 4 * count;
    if (left !== null && left < rounds) continue;
    const inner = openScope(scope, purity);
    for (let four = 0; four < Math.max(1, count); four++) {
      const at = four === 0 ? local : locals.fresh("i32");
      if (four > 0) inner.code.push(set(at, i32.add(get(local), intConst(4 * four))));
      const one = openScope(inner, {
        binds: [[name, { local: at, differs: count > 0 }]],
        ...(count > 0 ? { axis: name } : {}),
      });
      write(one, four);
      inner.code.push(one.code);
    }
    const last: Code =
      rounds === 1 ? end : emitter.keep(i32.sub(end, intConst(rounds - 1)), to, 1, scope);
    const again = i32.lt(get(local), last);
    const body = [inner.code, set(local, i32.add(get(local), intConst(rounds)))];
    const times = left === null ? null : Math.floor(left / rounds);
    if (times === null) scope.code.push(when(again, repeat(body, again)));
    else if (pure && times <= mostCopies) scope.code.push(new Array<Code>(times).fill(body));
    else scope.code.push(repeat(body, again));
    if (left !== null) left %= rounds;
  }
};

/** Rounds in pieces of `most`, the last one of what is left; `open` gives the scope of a piece, which has one round at least. */
export const emitPieces = (
  { locals }: Emitter,
  ends: { readonly from: Code; readonly to: Code },
  most: number,
  scope: Scope,
  open: (piece: SharedRounds) => Scope,
  write: (inner: Scope, piece: SharedRounds) => void,
): void => {
  const piece = { from: locals.fresh("i32"), to: locals.fresh("i32") };
  const inner = open(piece);
  const next = i32.add(get(piece.from), intConst(most));
  inner.code.push(set(piece.to, choose(next, ends.to, i32.lt(next, ends.to))));
  write(inner, piece);
  const again = i32.lt(get(piece.from), ends.to);
  const loop = repeat([inner.code, set(piece.from, get(piece.to))], again);
  scope.code.push(set(piece.from, ends.from), when(again, loop));
};
