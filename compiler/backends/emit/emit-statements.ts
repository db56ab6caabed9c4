// Writes statements: loops, branches, variables and stores.

import type { Expr, ReduceAxis, ReduceOp } from "../../kernel/expr.ts";
import type { AxisRole, Carry, Stmt } from "../../kernel/kernel.ts";
import { endsOf } from "../../lower/intern.ts";
import { joinsStores, loadsAny } from "../../lower/statements.ts";
import type { Emitter, Panels } from "./emit-expr.ts";
import type { Flat } from "./flatten.ts";
import { loopHead } from "./loop-head.ts";
import { bare } from "./parens.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";

/** What writing a kernel needs to know about it. */
export type KernelWriter = {
  readonly emitter: Emitter;
  readonly flat: Flat;
  readonly panels: Panels;
};

type Next = Extract<Stmt, { kind: "next" }>;

/** A statement whose expressions are flat and whose stores have their address. */
export type FlatStmt =
  | {
      readonly kind: "for";
      readonly axis: ReduceAxis;
      readonly role: AxisRole;
      readonly carries: readonly Carry[];
      readonly body: readonly FlatStmt[];
    }
  | {
      readonly kind: "store";
      readonly buffer: string;
      readonly address: Expr;
      readonly value: Expr;
      readonly accumulate: Exclude<ReduceOp, "argmax"> | null;
    }
  | Next
  | { readonly kind: "row"; readonly name: string }
  | { readonly kind: "let"; readonly name: string; readonly value: Expr }
  | { readonly kind: "if"; readonly condition: Expr; readonly body: readonly FlatStmt[] };

export const flattenAll = (
  writer: Pick<KernelWriter, "flat">,
  stmts: readonly Stmt[],
): readonly FlatStmt[] =>
  stmts.map((s): FlatStmt => {
    switch (s.kind) {
      case "for": {
        const range = writer.flat.range(s.range);
        const axis = { name: s.axis, extent: s.extent, range };
        const carries = s.carries.map(({ name, init }) => ({ name, init: writer.flat.expr(init) }));
        return { kind: "for", axis, role: s.role, carries, body: flattenAll(writer, s.body) };
      }
      case "if": {
        const condition = writer.flat.expr(s.condition);
        return { kind: "if", condition, body: flattenAll(writer, s.body) };
      }
      case "let":
        return { kind: "let", name: s.name, value: writer.flat.expr(s.value) };
      case "next": {
        const values = s.values.map((v) => ({ name: v.name, value: writer.flat.expr(v.value) }));
        return { kind: "next", values };
      }
      case "row":
        return { kind: "row", name: s.decl.name };
      case "store":
        return {
          kind: "store",
          buffer: s.buffer,
          address: writer.flat.address(s.buffer, s.index),
          value: writer.flat.expr(s.value),
          accumulate: s.accumulate,
        };
    }
  });

export const rootsOf = (stmt: FlatStmt): readonly Expr[] => {
  switch (stmt.kind) {
    case "for":
      return [
        ...endsOf(stmt.axis.range),
        ...stmt.carries.map((c) => c.init),
        ...stmt.body.flatMap(rootsOf),
      ];
    case "next":
      return stmt.values.map(({ value }) => value);
    case "if":
      return [stmt.condition, ...stmt.body.flatMap(rootsOf)];
    case "row":
      return [];
    case "let":
      return [stmt.value];
    case "store":
      return [stmt.address, stmt.value];
  }
};

/** Consecutive stores that need nothing of each other are one batch. */
export const batchAt = (stmts: readonly FlatStmt[], start: number): readonly FlatStore[] => {
  const batch: FlatStore[] = [];
  for (const s of stmts.slice(start)) {
    if (s.kind !== "store" || !joinsStores(batch, s.buffer, [s.address, s.value])) break;
    batch.push(s);
  }
  return batch;
};

/** Consecutive lets and stores of which none reads what one before it stores. */
export const runAt = (stmts: readonly FlatStmt[], start: number): readonly FlatStmt[] => {
  const written = new Set<string>();
  const run: FlatStmt[] = [];
  for (const s of stmts.slice(start)) {
    if (s.kind !== "let" && s.kind !== "store") break;
    if (rootsOf(s).some((e) => loadsAny(e, written))) break;
    if (s.kind === "store") written.add(s.buffer);
    run.push(s);
  }
  return run;
};

export const emitStmts = (writer: KernelWriter, stmts: readonly FlatStmt[], scope: Scope): void => {
  const { emitter } = writer;
  const { language } = emitter;
  let endOfRun = 0;
  for (let position = 0; position < stmts.length; position++) {
    const s = stmts[position]!;
    if (position >= endOfRun) {
      const run = runAt(stmts, position);
      emitter.beginRun(run.flatMap(rootsOf));
      endOfRun = position + run.length;
    }
    switch (s.kind) {
      case "for": {
        const carried = s.carries.map((c) => c.name);
        for (const { name, init } of s.carries)
          scope.lines.push(
            language.variable(emitter.variable(name), init.dtype, bare(emitter.text(init, scope))),
          );
        const head = loopHead(emitter, s.axis, scope);
        const inner = openScope(scope, [s.axis.name, ...carried]);
        emitStmts(writer, s.body, inner);
        emitLoop(scope, head, inner);
        for (const name of carried) scope.binds.add(name);
        break;
      }
      case "if": {
        const condition = emitter.text(s.condition, scope);
        const inner = openScope(scope, [], true);
        emitStmts(writer, s.body, inner);
        scope.lines.push(`if (${bare(condition)}) {`, ...inner.lines, "}");
        break;
      }
      case "next":
        emitNext(writer, s, scope);
        break;
      case "row":
        // Its place is a parameter, or known; what a copy holds is there from here on.
        if (writer.panels.has(s.name)) scope.binds.add(s.name);
        break;
      case "let":
        scope.lines.push(
          language.constant(emitter.variable(s.name), bare(emitter.text(s.value, scope))),
        );
        scope.binds.add(s.name);
        break;
      case "store": {
        const batch = batchAt(stmts, position);
        emitStores(writer, batch, scope);
        position += batch.length - 1;
      }
    }
  }
};

/** All values are read before the first is taken. */
const emitNext = ({ emitter }: KernelWriter, { values }: Next, scope: Scope): void => {
  const carried = new Set(values.map(({ name }) => emitter.variable(name)));
  const texts = values.map(({ value }, k) => {
    const text = bare(emitter.text(value, scope));
    if (k === 0 || (/^\w+$/.test(text) && !carried.has(text))) return text;
    const name = emitter.names.numbered("next");
    scope.lines.push(emitter.language.constant(name, text));
    return name;
  });
  values.forEach(({ name }, k) => {
    const variable = emitter.variable(name);
    if (texts[k] !== variable) scope.lines.push(`${variable} = ${texts[k]};`);
  });
};

export const emitLoop = (scope: Scope, head: string, inner: Scope): void => {
  scope.lines.push(`for (${head}) {`, ...inner.lines, "}");
};

export type FlatStore = Extract<FlatStmt, { kind: "store" }>;

/** Results may lie where operands were, so every value is read before the first is written. */
const emitStores = (writer: KernelWriter, batch: readonly FlatStore[], scope: Scope): void => {
  const { emitter } = writer;
  const { language } = emitter;
  const values = batch.map((store, k) => {
    const value = emitter.text(store.value, scope);
    if (k === 0 || /^\w+$/.test(value)) return value;
    const name = emitter.names.numbered("t");
    scope.lines.push(language.constant(name, bare(value)));
    return name;
  });
  batch.forEach((store, k) => {
    const { at, view } = writer.flat.placeOf(store.address);
    const address = language.address(emitter.text(at, scope));
    scope.lines.push(language.store(store.buffer, address, values[k]!, store.accumulate, view));
  });
};
