// Kernel → kernel in which part of an operand is read from a copy that lies in the order in which it is read.

import { equalDims } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { axis, ifStmt, int, load, loops, ltI, over, size, store } from "../kernel/build.ts";
import type { Expr, ReduceAxis } from "../kernel/expr.ts";
import { isWithin } from "../kernel/is-within.ts";
import type { BufferDecl, Kernel, Stmt } from "../kernel/kernel.ts";
import { printExpr } from "../kernel/text.ts";
import { axesIn, isIndex } from "../lower/access.ts";
import { childrenOf, endsOf } from "../lower/intern.ts";
import { createRebuild } from "../lower/rebuild.ts";
import { extentsOf, mapStmts } from "../lower/statements.ts";
import { namesIn } from "../lower/names-in.ts";
import { copiedPart } from "./copied-part.ts";
import type { CopiedPart } from "./copied-part.ts";
import type { Loop } from "./nests.ts";
import type { Pack } from "./schedule.ts";

/** The kernel after the step; a sentence where it is not legal. */
export const packPanel = (kernel: Kernel, step: Pack): Kernel | string => {
  const operand = kernel.params.find(({ name }) => name === step.buffer);
  if (operand === undefined) return `${step.buffer} is no operand`;
  const clash = [...namesIn(kernel)].find(
    (name) => name === step.panel || name.startsWith(ownName(step.panel, "")),
  );
  if (clash !== undefined) return `the name ${clash} is taken`;
  const extents = extentsOf(kernel.body);
  if (step.at === null) {
    const body = packedIn(kernel.body, step, operand, extents);
    return typeof body === "string" ? body : { ...kernel, body };
  }
  const found = loopsOver(kernel.body, step.at);
  const [at] = found;
  if (at === undefined) return `no loop is over ${step.at}`;
  if (found.length > 1) return `several loops are over ${step.at}`;
  const inner = packedIn(at.body, step, operand, extents);
  if (typeof inner === "string") return inner;
  const rewrite = (stmts: readonly Stmt[]): readonly Stmt[] =>
    stmts.map((s): Stmt => {
      if (s === at) return { ...at, body: inner };
      return s.kind === "for" || s.kind === "if" ? { ...s, body: rewrite(s.body) } : s;
    });
  return { ...kernel, body: rewrite(kernel.body) };
};

/** A block with the copy in it, before the first of its statements that reads it. */
const packedIn = (
  block: readonly Stmt[],
  step: Pack,
  operand: BufferDecl,
  extents: ReadonlyMap<string, Dim>,
): readonly Stmt[] | string => {
  const inside = loopsAround(step);
  const reads = (s: Stmt): boolean => inside.every((name) => loopsOver([s], name).length > 0);
  const read = readOf(block.filter(reads), step, operand, extents);
  if (typeof read === "string") return read;
  const first = block.findIndex(reads);
  const [decl, ...copy] = copyOf(operand, read, step.panel);
  const rounds = step.sharedBy === null ? 1 : extents.get(step.sharedBy)!;
  const isSure = typeof rounds === "number" && rounds > 0;
  return [
    ...block.slice(0, first),
    decl,
    ...(isSure ? copy : [ifStmt(ltI(int(0), size(rounds)), copy)]),
    ...readInstead(block.slice(first), inside, replaceIn(step, operand, read)),
  ];
};

/** What reads the copy stands inside loops over all of these. */
const loopsAround = ({ axis: name, at, sharedBy }: Pack): readonly string[] =>
  [at === name ? null : name, sharedBy].filter((one) => one !== null);

/** Not inside what is written out: its iterations would share the copy. */
const loopsOver = (stmts: readonly Stmt[], name: string): readonly Loop[] =>
  stmts.flatMap((s) => {
    if ((s.kind !== "for" && s.kind !== "if") || (s.kind === "for" && s.role === "unroll"))
      return [];
    const own = s.kind === "for" && isOver(s, name) ? [s] : [];
    return [...own, ...loopsOver(s.body, name)];
  });

/** What is read of an operand: where, and the axes of the copy: loops, the reduction, lanes. */
type Read = CopiedPart & {
  readonly place: Place;
  readonly loops: readonly ReduceAxis[];
  readonly lanes: readonly ReduceAxis[];
};

type Reduce = Extract<Expr, { kind: "reduce" }>;

const isOver = (l: Loop, name: string): boolean => l.axis === name && l.role !== "unroll";

const axisOf = (l: Loop): ReduceAxis => over(l.axis, l.extent, l.range);

const readOf = (
  block: readonly Stmt[],
  step: Pack,
  { name: operand, shape }: BufferDecl,
  extents: ReadonlyMap<string, Dim>,
): Read | string => {
  const { axis: name, at } = step;
  const stores = storesAmong(block);
  if (stores === null) return `there is more than loops and stores inside ${name}`;
  const isWhole = at === name;
  const around = loopsAround(step);
  const inside = stores.filter(({ loops: list }) =>
    around.every((one) => list.some((l) => isOver(l, one))),
  );
  if (inside.length === 0) return `no loop is over ${around.join(" and ") || name}`;
  const reads = inside
    .flatMap(({ values }) => values.flatMap((value) => readsIn(value, operand)))
    .filter(({ index }) => axesIn(index).has(name));
  const [first] = reads;
  if (first === undefined) return `no reduction reads ${operand} at positions of ${name}`;
  if (reads.some((read) => !isSameRead(read, first)))
    return `${operand} is not always read in the same place`;
  const { axes } = first.over;
  const part = copiedPart(first.index, shape, axes, extents);
  const { index } = part;
  // The copy is made whether or not a guard lets what it is for be read.
  if (!index.every((e, k) => part.positions.has(String(k)) || isWithin(e, shape[k]!, extents)))
    return `what is read of ${operand} may lie outside of it`;
  const [mentioned, anywhere] = [axesIn(index), axesIn(first.index)];
  if (axes.some((a) => !anywhere.has(a.name)))
    return `${operand} is read again within the reduction`;
  const own = inside.flatMap(({ loops: list }) => list).filter((l) => mentioned.has(l.axis));
  const [firstOf, differs] = [
    own.filter((l, k) => own.findIndex((other) => other.axis === l.axis) === k),
    own.some((l) => own.some((m) => m.axis === l.axis && !equalDims(m.extent, l.extent))),
  ];
  if (differs) return `loops over parts of ${operand} differ`;
  const plain = firstOf.filter(({ role }) => role !== "unroll");
  const within = plain.find((l) => isWhole || l.range !== null || l.role !== "spatial");
  if (within !== undefined) return `what is read of ${operand} depends on ${within.axis}`;
  const lanes = firstOf.filter(({ role }) => role === "unroll").map(axisOf);
  return { ...part, place: first, loops: plain.map(axisOf), lanes };
};

type Found = { readonly values: readonly Expr[]; readonly loops: readonly Loop[] };

/** Stores with the loops around them; null where there is anything else. */
const storesAmong = (stmts: readonly Stmt[], around: readonly Loop[] = []): Found[] | null => {
  const found = stmts.map((s): Found[] | null => {
    if (s.kind === "row") return [];
    if (s.kind === "store") return [{ values: [...s.index, s.value], loops: around }];
    if (s.kind !== "for" || s.carries.length > 0) return null;
    const inner = storesAmong(s.body, [...around, s]);
    return inner === null ? null : [{ values: endsOf(s.range), loops: around }, ...inner];
  });
  return found.includes(null) ? null : found.flatMap((list) => list!);
};

/** Where elements of a sum are read. */
type Place = { readonly index: readonly Expr[]; readonly over: Reduce };

const textOf = (index: readonly Expr[]): string => index.map(printExpr).join();

const isOverSame = (a: Reduce, b: Reduce): boolean =>
  a.axes.map(({ name }) => name).join() === b.axes.map(({ name }) => name).join();

const isSameRead = (a: Place, b: Place): boolean =>
  textOf(a.index) === textOf(b.index) && isOverSame(a.over, b.over);

/** At axes, by the innermost sum around it. */
const readsIn = (value: Expr, buffer: string): readonly Place[] => {
  const found: Place[] = [];
  const seen = new Map<Expr, Set<Reduce | null>>();
  const visit = (e: Expr, inside: Reduce | null): void => {
    const known = seen.get(e) ?? new Set();
    if (known.has(inside)) return;
    seen.set(e, known.add(inside));
    if (e.kind === "load" && e.buffer === buffer && inside !== null && e.index.every(isIndex))
      found.push({ index: e.index, over: inside });
    for (const child of childrenOf(e)) visit(child, e.kind === "reduce" ? e : inside);
  };
  visit(value, null);
  return found;
};

const declOf = (operand: BufferDecl, read: Read, name: string): BufferDecl => {
  const shape = [...read.loops, ...read.over, ...read.lanes].map((a) => a.extent);
  return { name, dtype: operand.dtype, shape };
};

const placeIn = (read: Read): readonly Expr[] =>
  [...read.loops, ...read.over, ...read.lanes].map((a) => axis(a.name));

const placeOfReader = (read: Read): readonly Expr[] =>
  [...read.loops, ...read.over, ...read.lanes].map(
    (a) => read.positions.get(a.name) ?? axis(a.name),
  );

const copyOf = (operand: BufferDecl, read: Read, name: string): readonly [Stmt, ...Stmt[]] => {
  // Loops of its own: what a reduction runs over may be a loop elsewhere.
  const own = (axes: readonly ReduceAxis[]): readonly ReduceAxis[] =>
    axes.map((a) => ({ ...a, name: ownName(name, a.name) }));
  const names = new Set([...read.loops, ...read.over, ...read.lanes].map((a) => a.name));
  const rename = createRebuild((e) =>
    e.kind === "axis" && names.has(e.name) ? axis(ownName(name, e.name)) : null,
  );
  const one = store(name, placeIn(read).map(rename), load(operand, read.index.map(rename)));
  const copy = loops(own(read.lanes), [one], "unroll");
  const decl = declOf(operand, read, name);
  return [{ kind: "row", decl }, ...loops(own([...read.loops, ...read.over]), copy)];
};

const ownName = (panel: string, name: string): string => `${panel}_${name}`;

/** Reads the copy instead of the operand, in that place. */
const replaceIn = (step: Pack, operand: BufferDecl, read: Read): ((expr: Expr) => Expr) => {
  const copied = load(declOf(operand, read, step.panel), placeOfReader(read));
  const text = textOf(read.place.index);
  const inSum = createRebuild((e) =>
    e.kind === "load" && e.buffer === operand.name && textOf(e.index) === text ? copied : null,
  );
  return createRebuild((e) =>
    e.kind === "reduce" && isOverSame(e, read.place.over)
      ? { ...e, body: inSum(e.body), where: e.where === null ? null : inSum(e.where) }
      : null,
  );
};

/** Inside loops over all of `names`. */
const readInstead = (
  stmts: readonly Stmt[],
  names: readonly string[],
  replace: (expr: Expr) => Expr,
): readonly Stmt[] => {
  if (names.length === 0) return mapStmts(stmts, replace);
  return stmts.map((s) => {
    if (s.kind !== "for") return s;
    const left = s.role === "unroll" ? names : names.filter((name) => name !== s.axis);
    return { ...s, body: readInstead(s.body, left, replace) };
  });
};
