// Kernel → kernel in which rows are listed by an index that data give side by side: one after the other, each is looked at
// for every index. Then each row finds its place by itself, as many rows before it have the same index.

import { axis } from "../../kernel/build.ts";
import { rowsIn } from "../../kernel/buffers.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { BufferDecl, Kernel, Stmt } from "../../kernel/kernel.ts";
import { printKernel } from "../../kernel/text.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { listRows } from "../../lower/sums-by-index.ts";
import type { Listed, ListedRows } from "../../lower/sums-by-index.ts";
import { isFasterOn } from "./gather-sums.ts";
import type { Prefers } from "./gather-sums.ts";
import { listsOf } from "./lists.ts";
import { kernelWith, namingFor } from "./rewriting.ts";
import { anyDevice } from "./tiles.ts";

export const listSideBySide = (
  kernel: Kernel,
  prefers: Prefers = isFasterOn(anyDevice),
): Kernel => {
  const { body } = kernel;
  const all = body.map((_, k) => listsAt(kernel, k));
  const at = all.findIndex((lists) => lists !== null);
  if (at < 0) return kernel;
  const made = sideBySide(all[at]!, namingFor(kernel));
  return prefers(kernelWith(kernel, made), kernelWith(kernel, body.slice(at, at + 2)))
    ? { ...kernel, body: [...body.slice(0, at), ...made, ...body.slice(at + 2)] }
    : kernel;
};

type Lists = {
  readonly rows: ListedRows;
  /** The index of a row. */
  readonly at: Expr;
  readonly count: number;
  readonly listed: Listed;
};

/** Null where the statement and the next are not the two of `listRows`. */
const listsAt = (kernel: Kernel, position: number): Lists | null => {
  const [each, end] = kernel.body.slice(position, position + 2);
  if (each?.kind !== "for" || end === undefined || typeof each.extent !== "number") return null;
  const [start, rows] = each.body;
  if (start?.kind !== "store" || rows?.kind !== "for") return null;
  const [branch] = rows.body;
  if (branch?.kind !== "if" || branch.condition.kind !== "call") return null;
  const [note] = branch.body;
  const [at] = branch.condition.args;
  const declOf = (s: Stmt | undefined): BufferDecl | undefined =>
    s?.kind === "store" ? rowsIn(kernel.body).find(({ name }) => name === s.buffer) : undefined;
  const [starts, order] = [start, note].map(declOf);
  if (at === undefined || starts === undefined || order === undefined) return null;
  const names = new Map([
    ["e", each.axis],
    ["before", each.carries[0]?.name],
    ["listed", rows.carries[0]?.name],
  ]);
  const lists = { rows, at, count: each.extent, listed: { starts, order } };
  const wanted = listRows(rows, at, each.extent, lists.listed, (hint) => names.get(hint) ?? "");
  const text = (body: readonly Stmt[]): string => printKernel({ ...kernel, body });
  return text(wanted.slice(-2)) === text([each, end]) ? lists : null;
};

const sideBySide = (
  { rows, at, count, listed }: Lists,
  fresh: (hint: string) => string,
): readonly Stmt[] => {
  const atRow = (name: string): Expr =>
    createRebuild((e) => (e.kind === "axis" && e.name === rows.axis ? axis(name) : null))(at);
  return listsOf({ rows: rows.extent, count, at: atRow }, listed, fresh);
};
