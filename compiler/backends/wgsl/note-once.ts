// Kernel → kernel in which a loop that only notes whether something occurs is a store of what was noted: lanes can
// share how that is found out.

import { andB, over, reduce, select, store } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { loadsAny } from "../../lower/statements.ts";
import { nestAt } from "../../schedule/nests.ts";

export const noteOnce = (kernel: Kernel): Kernel => ({
  ...kernel,
  body: kernel.body.map((s) => noted(s) ?? s),
});

/** `for … if occurs and word is free: word = note`, where neither the note nor what occurs depends on the word. */
const noted = (s: Stmt): Stmt | null => {
  if (s.kind !== "for") return null;
  const { axes, body } = nestAt(s);
  const [branch] = body;
  if (body.length !== 1 || branch?.kind !== "if" || branch.body.length !== 1) return null;
  const [note] = branch.body;
  if (note?.kind !== "store" || note.accumulate !== null || note.index.length > 0) return null;
  if (note.value.kind !== "number") return null;
  const word = new Set([note.buffer]);
  const parts = conjunction(branch.condition);
  const occurs = parts.filter((part) => !loadsAny(part, word));
  const free = parts.filter((part) => loadsAny(part, word));
  const [isFree] = free;
  if (free.length !== 1 || occurs.length === 0 || !isOf(isFree!, note.buffer)) return null;
  const any = reduce(
    "max",
    axes.map((a) => over(a.name, a.extent, a.range)),
    occurs.reduce(andB),
  );
  const before: Expr = { kind: "load", dtype: note.value.dtype, buffer: note.buffer, index: [] };
  return store(note.buffer, [], select(andB(any, isFree!), note.value, before));
};

const conjunction = (e: Expr): readonly Expr[] =>
  e.kind === "call" && e.fn === "and" ? e.args.flatMap(conjunction) : [e];

/** Whether it compares the word with a number. */
const isOf = (e: Expr, buffer: string): boolean =>
  e.kind === "call" &&
  e.fn === "eq" &&
  e.args.every((arg) => arg.kind === "number" || (arg.kind === "load" && arg.buffer === buffer));
