// Writes a kernel as a function over the heap: loops, tiles with their ragged ends, stores.

import { sub } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { addI, axis as axisOf, int } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { BufferDecl, Kernel, Stmt } from "../../kernel/kernel.ts";
import { childrenOf, createInterner } from "../../lower/intern.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { sizeName } from "../identifiers.ts";
import { createEmitter } from "./emit-expr.ts";
import type { Emitter } from "./emit-expr.ts";
import { spellSize } from "./emit-size.ts";
import { createFlat } from "./flatten.ts";
import type { Flat } from "./flatten.ts";
import { createNames } from "./names.ts";
import { bare } from "./parens.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { spellCast } from "./spelling.ts";
import { chooseTile, nestOf } from "./tile.ts";
import type { LoopAxis, Nest, Store, TileAxis } from "./tile.ts";

/** A kernel as the body of a function: parameters are the heap `f`, `i`, then offsets of buffers, then sizes. */
export type EmittedKernel = {
  /** Names of the offset parameters, in the order of the kernel's params and results. */
  readonly offsets: readonly string[];
  readonly sizes: readonly string[];
  readonly lines: readonly string[];
};

type Context = {
  readonly emitter: Emitter;
  readonly flat: Flat;
  readonly dtypes: ReadonlyMap<string, BufferDecl>;
  /** Values of an axis stay below its extent; narrower while a tiled loop is written. */
  readonly extents: Map<string, Dim>;
};

export const emitKernel = (kernel: Kernel): EmittedKernel => {
  const decls = [...kernel.params, ...kernel.results];
  const buffers = new Map(decls.map((d) => [d.name, d]));
  const extents = axesOf(kernel);
  const sizes = kernel.sizes.map(sizeName);
  const names = createNames(sizes);
  const offsets = decls.map((d) => names.fresh(d.name));
  const axisNames = [...extents.keys()].map((a) => [a, names.fresh(a)] as const);
  const variables = new Map([
    ...decls.map((d, k) => [d.name, offsets[k]!] as const),
    ...axisNames,
    ...letsOf(kernel.body).map((name) => [name, names.fresh(name)] as const),
  ]);
  const interner = createInterner();
  const flat = createFlat(buffers, extents, interner);
  const emitter = createEmitter({
    flat,
    names,
    variables,
    size: spellSize,
    dtypeOf: (buffer) => buffers.get(buffer)!.dtype,
    stored: new Set(kernel.results.map((r) => r.name)),
  });
  const scope = openScope(null, [...offsetsInScope(decls)]);
  emitTop({ emitter, flat, dtypes: buffers, extents }, kernel.body, scope);
  return { offsets, sizes, lines: scope.lines };
};

const offsetsInScope = (decls: readonly BufferDecl[]): readonly string[] =>
  decls.map((d) => d.name);

/** Every axis of a kernel with its extent, outer loops before inner ones. */
const axesOf = (kernel: Kernel): Map<string, Dim> => {
  const extents = new Map<string, Dim>();
  const seen = new Set<Expr>();
  const visitExpr = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === "reduce") for (const a of expr.axes) extents.set(a.name, a.extent);
    childrenOf(expr).forEach(visitExpr);
  };
  const visitLoops = (stmts: readonly Stmt[]): void => {
    for (const s of stmts) {
      if (s.kind === "for") extents.set(s.axis, s.extent);
      if (s.kind === "for" || s.kind === "if") visitLoops(s.body);
    }
  };
  visitLoops(kernel.body);
  kernel.body.forEach((s) => exprsIn(s).forEach(visitExpr));
  return extents;
};

const letsOf = (stmts: readonly Stmt[]): readonly string[] =>
  stmts.flatMap((s) => {
    if (s.kind === "let") return [s.name];
    return s.kind === "for" || s.kind === "if" ? letsOf(s.body) : [];
  });

/** Every expression of a statement. */
const exprsIn = (stmt: Stmt): readonly Expr[] => {
  switch (stmt.kind) {
    case "for":
      return stmt.body.flatMap(exprsIn);
    case "if":
      return [stmt.condition, ...stmt.body.flatMap(exprsIn)];
    case "let":
      return [stmt.value];
    case "store":
      return [...stmt.index, stmt.value];
  }
};

const emitTop = (context: Context, body: readonly Stmt[], scope: Scope): void => {
  for (const together of partsOf(body)) {
    const nest = nestOf(together[0]!);
    const tile = nest === null ? [] : chooseTile(nest);
    if (nest !== null && tile.length > 0) {
      emitOuterLoops(context, nest, tile, 0, scope);
      continue;
    }
    const flat = flattenAll(context, together);
    context.emitter.begin(flat.flatMap(rootsOf));
    emitStmts(context, flat, scope);
  }
};

/** Statements one by one, but neighbouring stores together: what one writes another may still have to read. */
const partsOf = (body: readonly Stmt[]): readonly (readonly Stmt[])[] =>
  body.reduce<Stmt[][]>((parts, stmt) => {
    const last = parts.at(-1);
    if (stmt.kind === "store" && last?.[0]?.kind === "store") last.push(stmt);
    else parts.push([stmt]);
    return parts;
  }, []);

/** A statement whose expressions are flat and whose stores have their address. */
type FlatStmt =
  | {
      readonly kind: "for";
      readonly axis: LoopAxis;
      readonly body: readonly FlatStmt[];
    }
  | {
      readonly kind: "store";
      readonly buffer: string;
      readonly address: Expr;
      readonly value: Expr;
      readonly accumulate: Store["accumulate"];
    }
  | { readonly kind: "let"; readonly name: string; readonly value: Expr }
  | { readonly kind: "if"; readonly condition: Expr; readonly body: readonly FlatStmt[] };

const flattenAll = (context: Context, stmts: readonly Stmt[]): readonly FlatStmt[] =>
  stmts.map((s): FlatStmt => {
    switch (s.kind) {
      case "for": {
        const axis = { name: s.axis, extent: s.extent };
        return { kind: "for", axis, body: flattenAll(context, s.body) };
      }
      case "if": {
        const condition = context.flat.expr(s.condition);
        return { kind: "if", condition, body: flattenAll(context, s.body) };
      }
      case "let":
        return { kind: "let", name: s.name, value: context.flat.expr(s.value) };
      case "store":
        return {
          kind: "store",
          buffer: s.buffer,
          address: context.flat.address(s.buffer, s.index),
          value: context.flat.expr(s.value),
          accumulate: s.accumulate,
        };
    }
  });

const rootsOf = (stmt: FlatStmt): readonly Expr[] => {
  switch (stmt.kind) {
    case "for":
      return stmt.body.flatMap(rootsOf);
    case "if":
      return [stmt.condition, ...stmt.body.flatMap(rootsOf)];
    case "let":
      return [stmt.value];
    case "store":
      return [stmt.address, stmt.value];
  }
};

/** Consecutive stores to different buffers are one batch. */
const batchAt = (stmts: readonly FlatStmt[], start: number): readonly FlatStore[] => {
  const batch: FlatStore[] = [];
  for (const s of stmts.slice(start)) {
    if (s.kind !== "store" || batch.some((other) => other.buffer === s.buffer)) break;
    batch.push(s);
  }
  return batch;
};

const emitStmts = (context: Context, stmts: readonly FlatStmt[], scope: Scope): void => {
  const { emitter } = context;
  for (let position = 0; position < stmts.length; position++) {
    const s = stmts[position]!;
    switch (s.kind) {
      case "for": {
        const inner = openScope(scope, [s.axis.name]);
        emitStmts(context, s.body, inner);
        const name = emitter.variable(s.axis.name);
        const end = emitter.size(s.axis.extent);
        emitLoop(scope, `let ${name} = 0; ${name} < ${end}; ${name}++`, inner);
        break;
      }
      case "if": {
        const condition = emitter.text(s.condition, scope);
        const inner = openScope(scope, [], true);
        emitStmts(context, s.body, inner);
        scope.lines.push(`if (${bare(condition)}) {`, ...inner.lines, "}");
        break;
      }
      case "let":
        scope.lines.push(
          `const ${emitter.variable(s.name)} = ${bare(emitter.text(s.value, scope))};`,
        );
        scope.binds.add(s.name);
        break;
      case "store": {
        const batch = batchAt(stmts, position);
        emitStores(context, batch, scope);
        position += batch.length - 1;
      }
    }
  }
};

const emitLoop = (scope: Scope, head: string, inner: Scope): void => {
  scope.lines.push(`for (${head}) {`, ...inner.lines, "}");
};

type FlatStore = Extract<FlatStmt, { kind: "store" }>;

/** Results may lie where operands were, so every value is read before the first is written. */
const emitStores = (context: Context, batch: readonly FlatStore[], scope: Scope): void => {
  const { emitter } = context;
  const values = batch.map((store, k) => {
    const value = emitter.text(store.value, scope);
    if (k === 0 || /^\w+$/.test(value)) return value;
    const name = emitter.names.numbered("t");
    scope.lines.push(`const ${name} = ${bare(value)};`);
    return name;
  });
  batch.forEach((store, k) => {
    const address = bare(emitter.text(store.address, scope));
    scope.lines.push(storeLine(context, store, values[k]!, address));
  });
};

const storeLine = (context: Context, store: FlatStore, value: string, address: string): string => {
  const { dtype } = context.dtypes.get(store.buffer)!;
  const place = dtype === "f32" ? `f[${address}]` : `i[${address}]`;
  const word = dtype === "bool" ? spellCast("bool", "i32", value) : value;
  switch (store.accumulate) {
    case null:
      return `${place} = ${bare(word)};`;
    case "add":
      return `${place}! += ${word};`;
    case "mul":
      return dtype === "i32"
        ? `${place} = Math.imul(${place}!, ${word});`
        : `${place}! *= ${word};`;
    case "max":
    case "min":
      return `${place} = Math.${store.accumulate}(${place}!, ${word});`;
  }
};

/** Loops that are not tiled, then the tile: their order is free because iterations are independent. */
const emitOuterLoops = (
  context: Context,
  nest: Nest,
  tile: readonly TileAxis[],
  position: number,
  scope: Scope,
): void => {
  const outer = nest.axes.filter((a) => tile.every((t) => t.name !== a.name));
  const axis = outer[position];
  if (axis === undefined) {
    emitTile(context, nest.stores, tile, scope, new Map());
    return;
  }
  const inner = openScope(scope, [axis.name]);
  emitOuterLoops(context, nest, tile, position + 1, inner);
  const name = context.emitter.variable(axis.name);
  const end = context.emitter.size(axis.extent);
  emitLoop(scope, `let ${name} = 0; ${name} < ${end}; ${name}++`, inner);
};

/** Values an axis takes within one step of its loop. */
type Lanes = ReadonlyMap<string, readonly Expr[]>;

const lanesFrom = (start: Expr, width: number): readonly Expr[] =>
  Array.from({ length: width }, (_, lane) => addI(start, int(lane)));

/** Whole tiles along an axis, then what is left: of a known size in one step, else one by one. */
const emitTile = (
  context: Context,
  stores: readonly Store[],
  tile: readonly TileAxis[],
  scope: Scope,
  lanes: Lanes,
): void => {
  const [axis, ...rest] = tile;
  if (axis === undefined) {
    emitLanes(context, stores, lanes, scope);
    return;
  }
  const within = (inner: Scope, values: readonly Expr[]): void =>
    emitTile(context, stores, rest, inner, new Map([...lanes, [axis.name, values]]));
  const name = context.emitter.variable(axis.name);
  const { extent, width } = axis;
  const loop = (from: string, end: string, step: number): void => {
    const inner = openScope(scope, [axis.name]);
    context.extents.set(axis.name, sub(extent, step - 1));
    within(inner, lanesFrom(axisOf(axis.name), step));
    const advance = step === 1 ? `${name}++` : `${name} += ${step}`;
    emitLoop(scope, `let ${name} = ${from}; ${name} < ${end}; ${advance}`, inner);
  };
  if (typeof extent === "number") {
    const whole = extent - (extent % width);
    if (whole === width) within(scope, lanesFrom(int(0), width));
    else if (whole > 0) loop("0", String(whole), width);
    if (whole < extent) within(scope, lanesFrom(int(whole), extent - whole));
    return;
  }
  const size = context.emitter.size(extent);
  const end = context.emitter.names.fresh(`${name}End`);
  scope.lines.push(`const ${end} = ${size} - (${size} % ${width});`);
  loop("0", end, width);
  loop(end, size, 1);
};

/** One statement per combination of lanes; reductions of all lanes run in one loop. */
const emitLanes = (
  context: Context,
  stores: readonly Store[],
  lanes: Lanes,
  scope: Scope,
): void => {
  const combinations = [...lanes].reduce<readonly ReadonlyMap<string, Expr>[]>(
    (found, [name, values]) =>
      found.flatMap((have) => values.map((value) => new Map([...have, [name, value]]))),
    [new Map()],
  );
  const flat = combinations.flatMap((lane) => {
    const replace = createRebuild((e) => (e.kind === "axis" ? (lane.get(e.name) ?? null) : null));
    return flattenAll(
      context,
      stores.map((s) => ({ ...s, index: s.index.map(replace), value: replace(s.value) })),
    );
  });
  context.emitter.begin(flat.flatMap(rootsOf));
  emitStmts(context, flat, scope);
};
