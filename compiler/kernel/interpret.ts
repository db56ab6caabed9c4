// Runs a kernel in doubles, slowly and checked: the numbers every backend is compared with.

import { CompilerBug } from "../../grammar/bug.ts";
import { evaluateDim } from "../ir/dim.ts";
import type { DType } from "../ir/type.ts";
import type { Expr, ReduceAxis, ReduceOp } from "./expr.ts";
import type { BufferDecl, Kernel, Stmt } from "./kernel.ts";
import { neutralOf } from "./neutral.ts";
import { castTo, scalarOf } from "./scalar.ts";
import { filled, stridesOf } from "./tensor.ts";
import type { Tensor } from "./tensor.ts";

/** What an expression may refer to; anything left out must not occur in it. */
export type Bindings = {
  readonly sizes?: ReadonlyMap<string, number>;
  readonly buffers?: ReadonlyMap<string, Tensor>;
  /** Values of axes and of `let`s. */
  readonly values?: ReadonlyMap<string, number>;
};

/**
 * Results of a kernel by buffer name. A result found in `buffers` is written in place; another one starts as
 * NaN, or as the neutral element where the kernel only ever accumulates into it.
 */
export function interpretKernel(
  kernel: Kernel,
  buffers: ReadonlyMap<string, Tensor>,
  sizes: ReadonlyMap<string, number>,
): ReadonlyMap<string, Tensor> {
  const bound = new Map<string, Tensor>();
  for (const decl of [...kernel.params, ...kernel.results]) {
    const shape = decl.shape.map((dim) => evaluateDim(dim, sizes));
    const isResult = kernel.results.includes(decl);
    const given = buffers.get(decl.name);
    if (given === undefined && !isResult) {
      throw new CompilerBug(`kernel ${kernel.name}: no buffer for ${decl.name}`, kernel.span);
    }
    const found = given ?? filled(decl.dtype, shape, startOf(kernel.body, decl));
    checkTensor(kernel, decl, shape, found);
    bound.set(decl.name, found);
  }
  const scope = createScope(`kernel ${kernel.name}`, sizes, bound);
  compileBlock(scope, kernel.body)();
  return new Map(kernel.results.flatMap(({ name }) => [[name, tensorOf(scope, name)]]));
}

/** The value of one expression. */
export function interpretExpr(expr: Expr, bindings: Bindings = {}): number {
  const { sizes = new Map(), buffers = new Map(), values = new Map() } = bindings;
  const scope = createScope("expression", sizes, buffers);
  for (const [name, value] of values) scope.slots[slotOf(scope, name)] = value;
  return compileExpr(scope, expr)();
}

/** What a result that is not given holds before the kernel runs. */
function startOf(body: readonly Stmt[], { name, dtype }: BufferDecl): number {
  const stores = body.flatMap(storesIn).filter((s) => s.buffer === name);
  const op = stores[0]?.accumulate ?? null;
  return op !== null && stores.every((s) => s.accumulate === op) ? neutralOf(op, dtype) : NaN;
}

function storesIn(stmt: Stmt): readonly Extract<Stmt, { kind: "store" }>[] {
  if (stmt.kind === "store") return [stmt];
  return stmt.kind === "for" || stmt.kind === "if" ? stmt.body.flatMap(storesIn) : [];
}

/** Compiled code reads and writes `slots`; names of axes and lets are turned into positions once. */
type Scope = {
  readonly where: string;
  readonly sizes: ReadonlyMap<string, number>;
  readonly buffers: Map<string, Tensor>;
  readonly names: Map<string, number>;
  readonly slots: number[];
};
type Run = () => void;
type Eval = () => number;

function createScope(
  where: string,
  sizes: ReadonlyMap<string, number>,
  buffers: ReadonlyMap<string, Tensor>,
): Scope {
  return { where, sizes, buffers: new Map(buffers), names: new Map(), slots: [] };
}

function slotOf(scope: Scope, name: string): number {
  const known = scope.names.get(name);
  if (known !== undefined) return known;
  const slot = scope.slots.push(NaN) - 1;
  scope.names.set(name, slot);
  return slot;
}

function tensorOf(scope: Scope, name: string): Tensor {
  const found = scope.buffers.get(name);
  if (found === undefined) throw new CompilerBug(`${scope.where}: no buffer ${name}`);
  return found;
}

function checkTensor(
  kernel: Kernel,
  decl: BufferDecl,
  shape: readonly number[],
  given: Tensor,
): void {
  const count = shape.reduce((n, size) => n * size, 1);
  const same = given.shape.length === shape.length && shape.every((n, i) => n === given.shape[i]);
  if (same && given.dtype === decl.dtype && given.data.length === count) return;
  const got = `${given.dtype}[${given.shape.join(", ")}] of ${given.data.length} elements`;
  const wanted = `${decl.dtype}[${shape.join(", ")}]`;
  throw new CompilerBug(
    `kernel ${kernel.name}: ${decl.name} is ${wanted}, got ${got}`,
    kernel.span,
  );
}

function compileBlock(scope: Scope, body: readonly Stmt[]): Run {
  const steps = body.map((stmt) => compileStmt(scope, stmt));
  const [only] = steps;
  if (steps.length === 1 && only !== undefined) return only;
  return () => {
    for (const step of steps) step();
  };
}

function compileStmt(scope: Scope, stmt: Stmt): Run {
  switch (stmt.kind) {
    case "for": {
      const begin = compileAssign(
        scope,
        stmt.carries.map(({ name, init }) => ({ name, value: init })),
      );
      const run = compileLoop(scope, { ...stmt, name: stmt.axis });
      const rounds = run(compileBlock(scope, stmt.body));
      return () => {
        begin();
        rounds();
      };
    }
    case "next":
      return compileAssign(scope, stmt.values);
    case "row": {
      const { name, dtype, shape } = stmt.decl;
      const extents = shape.map((dim) => evaluateDim(dim, scope.sizes));
      const { data } = scope.buffers.set(name, filled(dtype, extents, NaN)).get(name)!;
      return () => {
        data.fill(NaN);
      };
    }
    case "store":
      return compileStore(scope, stmt);
    case "let":
      return compileAssign(scope, [stmt]);
    case "if": {
      const condition = compileExpr(scope, stmt.condition);
      const body = compileBlock(scope, stmt.body);
      return () => {
        if (condition() !== 0) body();
      };
    }
  }
}

/** All values are worked out before the first is taken. */
function compileAssign(
  scope: Scope,
  named: readonly { readonly name: string; readonly value: Expr }[],
): Run {
  const values = named.map(({ value }) => compileExpr(scope, value));
  const { slots } = scope;
  const places = named.map(({ name }) => slotOf(scope, name));
  return () => {
    const found = values.map((value) => value());
    places.forEach((slot, k) => {
      slots[slot] = found[k] ?? NaN;
    });
  };
}

/** What runs a body once for every value of an axis. Names are bound in the order of the text. */
function compileLoop(scope: Scope, axis: ReduceAxis): (body: Run) => Run {
  const { slots } = scope;
  const ends = compileRange(scope, axis);
  const slot = slotOf(scope, axis.name);
  return (body) => () => {
    const { from, to } = ends();
    for (let i = from; i < to; i++) {
      slots[slot] = i;
      body();
    }
  };
}

/** Where an axis begins and ends, within its extent. */
function compileRange(
  scope: Scope,
  { name, extent, range }: ReduceAxis,
): () => { readonly from: number; readonly to: number } {
  const count = evaluateDim(extent, scope.sizes);
  const whole = { from: 0, to: count };
  if (range === null) return () => whole;
  const [first, end] = [compileExpr(scope, range.from), compileExpr(scope, range.to)];
  return () => {
    const [from, to] = [first(), end()];
    if (from < to && (from < 0 || to > count)) {
      throw new CompilerBug(`${scope.where}: ${name} in ${from}..${to} is outside 0..${count}`);
    }
    return { from, to };
  };
}

function compileStore(scope: Scope, stmt: Extract<Stmt, { kind: "store" }>): Run {
  const { data, dtype } = tensorOf(scope, stmt.buffer);
  const at = compileIndex(scope, stmt.buffer, stmt.index);
  const value = compileExpr(scope, stmt.value);
  if (stmt.accumulate === null) {
    return () => {
      const element = value();
      data[at()] = element;
    };
  }
  const combine = scalarOf(stmt.accumulate, dtype);
  return () => {
    const element = value();
    const offset = at();
    data[offset] = combine(data[offset] ?? NaN, element, 0, 0);
  };
}

/** The offset of an element, every index checked against its axis. */
function compileIndex(scope: Scope, buffer: string, index: readonly Expr[]): Eval {
  const { shape } = tensorOf(scope, buffer);
  if (index.length !== shape.length) {
    const ranks = `${index.length} indices for rank ${shape.length}`;
    throw new CompilerBug(`${scope.where}: ${buffer} is indexed with ${ranks}`);
  }
  const strides = stridesOf(shape);
  const axes = index.map((e, axis) => ({
    at: compileExpr(scope, e),
    extent: shape[axis] ?? 0,
    stride: strides[axis] ?? 0,
  }));
  return () => {
    let offset = 0;
    for (const { at, extent, stride } of axes) {
      const i = at();
      if (!(i >= 0 && i < extent)) {
        throw new CompilerBug(
          `${scope.where}: index ${i} is outside ${buffer}[${shape.join(", ")}]`,
        );
      }
      offset += i * stride;
    }
    return offset;
  };
}

function compileExpr(scope: Scope, e: Expr): Eval {
  const { slots } = scope;
  switch (e.kind) {
    case "number": {
      const { value } = e;
      return () => value;
    }
    case "size": {
      const value = evaluateDim(e.dim, scope.sizes);
      return () => value;
    }
    case "axis":
    case "local": {
      const slot = scope.names.get(e.name);
      if (slot === undefined) throw new CompilerBug(`${scope.where}: no ${e.kind} ${e.name}`);
      return () => slots[slot] ?? NaN;
    }
    case "load": {
      const { data } = tensorOf(scope, e.buffer);
      const at = compileIndex(scope, e.buffer, e.index);
      return () => data[at()] ?? NaN;
    }
    case "call":
      return compileCall(scope, e);
    case "reduce":
      return compileReduce(scope, e);
  }
}

function compileCall(scope: Scope, e: Extract<Expr, { kind: "call" }>): Eval {
  const args = e.args.map((arg) => compileExpr(scope, arg));
  const zero: Eval = () => 0;
  const [a = zero, b = zero, c = zero, d = zero] = args;
  const { fn, dtype } = e;
  if (fn === "select") return () => (a() !== 0 ? b() : c());
  if (fn === "cast") return () => castTo(dtype, a());
  const apply = scalarOf(fn, e.args[0]?.dtype ?? dtype);
  if (args.length === 1) return () => apply(a(), 0, 0, 0);
  if (args.length === 2) return () => apply(a(), b(), 0, 0);
  return () => apply(a(), b(), c(), d());
}

function compileReduce(scope: Scope, e: Extract<Expr, { kind: "reduce" }>): Eval {
  const loops = e.axes.map((axis) => compileLoop(scope, axis));
  const body = compileExpr(scope, e.body);
  const fold = e.op === "argmax" ? argmaxFold(compilePosition(scope, e)) : valueFold(e.op, e.dtype);
  const where = e.where === null ? null : compileExpr(scope, e.where);
  const step = (): void => {
    if (where === null || where() !== 0) fold.add(body());
  };
  const walk = loops.reduceRight<Run>((inner, run) => run(inner), step);
  return () => {
    // A reduce may sit in the body of another, never of itself, so one state each is enough.
    fold.reset();
    walk();
    return fold.result();
  };
}

/** The position that the axes of a reduction are at, row-major over their extents. */
function compilePosition(scope: Scope, e: Extract<Expr, { kind: "reduce" }>): Eval {
  const { slots } = scope;
  const axes = e.axes.map(({ name, extent }) => ({
    slot: slotOf(scope, name),
    count: evaluateDim(extent, scope.sizes),
  }));
  return () => axes.reduce((at, { slot, count }) => at * count + (slots[slot] ?? NaN), 0);
}

type Fold = {
  readonly reset: () => void;
  readonly add: (value: number) => void;
  readonly result: () => number;
};

function valueFold(op: Exclude<ReduceOp, "argmax">, dtype: DType): Fold {
  const combine = scalarOf(op, dtype);
  const start = neutralOf(op, dtype);
  let total = start;
  return {
    reset: () => {
      total = start;
    },
    add: (value) => {
      total = combine(total, value, 0, 0);
    },
    result: () => total,
  };
}

/** Position of the first maximum; the first NaN beats every number. */
function argmaxFold(positionOf: Eval): Fold {
  let best = -Infinity;
  let position = 0;
  return {
    reset: () => {
      best = -Infinity;
      position = 0;
    },
    add: (value) => {
      if (value > best || (Number.isNaN(value) && !Number.isNaN(best))) {
        best = value;
        position = positionOf();
      }
    },
    result: () => position,
  };
}
