// Elements of values as expressions: loaded from a buffer, or computed where they are read.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Op, Value } from "../ir/graph.ts";
import { load } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { BufferDecl } from "../kernel/kernel.ts";
import type { Operand } from "../ops/define.ts";
import { meaningOf } from "./access.ts";
import { createInterner } from "./intern.ts";
import type { KernelNames } from "./kernel-names.ts";
import type { KernelContext } from "./to-kernels.ts";

export type Elements = {
  readonly at: (value: Value, index: readonly Expr[]) => Expr;
  readonly operandsOf: (op: Op) => readonly Operand[];
  /** Buffers that were read so far; grows. */
  readonly params: ReadonlyMap<Value, BufferDecl>;
};

/**
 * `own`: how a kernel has an element of a value of its own, "compute" where it has it by computing it; null for all
 * other values.
 */
export const createElements = (
  { buffers }: KernelContext,
  names: KernelNames,
  own: (value: Value, index: readonly Expr[]) => Expr | "compute" | null,
): Elements => {
  const params = new Map<Value, BufferDecl>();
  const interner = createInterner();
  const known = new Map<string, Expr>();

  const bufferOf = (value: Value): BufferDecl => {
    const found = params.get(value);
    if (found !== undefined) return found;
    const decl = { name: names.forValue(value), ...value.type };
    params.set(value, decl);
    return decl;
  };
  const at = (value: Value, index: readonly Expr[]): Expr => {
    const mine = own(value, index);
    if (mine !== null && mine !== "compute") return mine;
    if (mine === null && buffers.has(value)) return load(bufferOf(value), index);
    const key = `${value.id}:${index.map((e) => interner.id(e)).join(",")}`;
    const found = known.get(key) ?? element(value, index);
    known.set(key, found);
    return found;
  };
  const element = (value: Value, index: readonly Expr[]): Expr => {
    if (value.def.kind === "input") throw new CompilerBug("an input has no element of its own");
    const { op } = value.def;
    const meaning = meaningOf(op);
    if (meaning.kind !== "expr") throw new CompilerBug(`${op.name} has no element`, op.span);
    return meaning.at(operandsOf(op), index, names.forAxis);
  };
  const operandsOf = (op: Op): readonly Operand[] =>
    op.operands.map((value) => ({ type: value.type, at: (index) => at(value, index) }));
  return { at, operandsOf, params };
};

/** Whether two indices are the same axes and numbers. */
export const isSameIndex = (a: readonly Expr[], b: readonly Expr[]): boolean =>
  a.length === b.length && a.every((e, k) => isSame(e, b[k]!));

export const isSame = (a: Expr, b: Expr): boolean => {
  if (a.kind === "axis" && b.kind === "axis") return a.name === b.name;
  return a.kind === "number" && b.kind === "number" && a.value === b.value;
};
