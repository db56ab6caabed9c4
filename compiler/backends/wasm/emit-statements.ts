// The code of statements: loops, branches, variables and stores.

import { CompilerBug } from "../../../grammar/bug.ts";
import { int, size } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { BufferDecl } from "../../kernel/kernel.ts";
import { batchAt, rootsOf, runAt } from "../emit/emit-statements.ts";
import type { FlatStmt, FlatStore } from "../emit/emit-statements.ts";
import type { Code } from "./bytes.ts";
import type { Emitter } from "./emit-expr.ts";
import { emitRounds } from "./emit-rounds.ts";
import { get, intsConst, lane, load, set, store, storeLane, v128, when } from "./instructions.ts";
import type { At } from "./instructions.ts";
import { placeOf, spreadOf, wordBytes } from "./loads.ts";
import { bindingOf, openScope } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import { sharedRange } from "./shared-rounds.ts";
import { spell, typeOf } from "./spelling.ts";

export type StatementWriter = {
  readonly emitter: Emitter;
  readonly buffers: ReadonlyMap<string, BufferDecl>;
  /** Loops that have code of their own, where lanes do not differ. */
  readonly special: ReadonlyMap<FlatStmt, (scope: Scope) => void>;
};

type FlatLoop = Extract<FlatStmt, { kind: "for" }>;

export const emitStmts = (
  writer: StatementWriter,
  stmts: readonly FlatStmt[],
  scope: Scope,
): void => {
  const { emitter } = writer;
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
        const own = scope.axis === null ? writer.special.get(s) : undefined;
        if (own === undefined) emitFor(writer, s, scope);
        else own(scope);
        break;
      }
      case "if": {
        if (emitter.lanesOf(s.condition, scope) === 4)
          throw new CompilerBug("a branch differs among lanes");
        const test = emitter.value(s.condition, scope);
        const inner = openScope(scope, { guard: true });
        emitStmts(writer, s.body, inner);
        scope.code.push(when(test, inner.code));
        break;
      }
      case "next":
        emitNext(writer, s.values, scope);
        break;
      case "row":
        break;
      case "let":
        scope.binds.set(s.name, assigned(emitter, s.value, scope));
        break;
      case "store": {
        const batch = batchAt(stmts, position);
        emitStores(writer, batch, scope);
        position += batch.length - 1;
      }
    }
  }
};

const assigned = ({ locals, lanesOf, value }: Emitter, expr: Expr, scope: Scope): Binding => {
  const lanes = lanesOf(expr, scope);
  const code = value(expr, scope);
  const local = locals.fresh(typeOf(expr.dtype, lanes));
  scope.code.push(set(local, code));
  return { local, differs: lanes === 4 };
};

/** What a loop carries differs among lanes wherever there are any. */
const emitFor = (writer: StatementWriter, loop: FlatLoop, scope: Scope): void => {
  const { axis, carries, body } = loop;
  const { emitter } = writer;
  const carried = carries.map(({ name, init }): readonly [string, Binding] => {
    if (scope.axis === null) return [name, assigned(emitter, init, scope)];
    const local = emitter.locals.fresh("v128");
    scope.code.push(set(local, emitter.vector(init, scope)));
    return [name, { local, differs: true }];
  });
  const whole = axis.range ?? { from: int(0), to: size(axis.extent) };
  const range = sharedRange(scope, axis.name) ?? whole;
  const byFours = carries.length === 0 && emitter.vectors.loops.has(loop) && scope.axis === null;
  const around = openScope(scope, { loopStores: storedIn(body) });
  emitRounds(emitter, { name: axis.name, ...range }, byFours ? [1] : [], around, false, (inner) => {
    for (const [name, binding] of carried) inner.binds.set(name, binding);
    emitStmts(writer, body, inner);
  });
  scope.code.push(around.code);
  for (const [name, binding] of carried) scope.binds.set(name, binding);
};

const storedIn = (stmts: readonly FlatStmt[]): ReadonlySet<string> =>
  new Set(
    stmts.flatMap((s): readonly string[] => {
      if (s.kind === "store") return [s.buffer];
      return s.kind === "for" || s.kind === "if" ? [...storedIn(s.body)] : [];
    }),
  );

/** All values are read before the first is taken. */
const emitNext = (
  { emitter }: StatementWriter,
  values: readonly { readonly name: string; readonly value: Expr }[],
  scope: Scope,
): void => {
  const rows = values.map(({ name, value }) => {
    const { local } = bindingOf(scope, name)!;
    const code = scope.axis === null ? emitter.value(value, scope) : emitter.vector(value, scope);
    const next = emitter.locals.fresh(local.type);
    scope.code.push(set(next, code));
    return set(local, get(next));
  });
  scope.code.push(...rows);
};

/** Results may lie where operands were, so every value is read before the first is written. */
const emitStores = (writer: StatementWriter, batch: readonly FlatStore[], scope: Scope): void => {
  const { emitter } = writer;
  const lanes = scope.axis === null ? 1 : 4;
  const values = batch.map(({ value }) => {
    const code = lanes === 4 ? emitter.vector(value, scope) : emitter.value(value, scope);
    return emitter.keep(code, value, lanes, scope);
  });
  batch.forEach((one, k) => storeOne(writer, one, values[k]!, scope));
};

const storeOne = (
  { emitter, buffers }: StatementWriter,
  { buffer, address, accumulate }: FlatStore,
  value: Code,
  scope: Scope,
): void => {
  const { dtype } = buffers.get(buffer)!;
  const taken = (old: Code, lanes: 1 | 4, one: Code): Code =>
    accumulate === null ? one : spell(accumulate, dtype, lanes)!(old, one);
  if (scope.axis === null) {
    const type = typeOf(dtype, 1);
    const { base, offset } = placeOf(emitter, address, scope);
    const at: At = { base: accumulate === null ? base : kept(emitter, base, scope), offset };
    scope.code.push(store(type, at, taken(load(type, at), 1, value)));
    return;
  }
  const spread = spreadOf(emitter, address, scope);
  // Of lanes a bool is a mask.
  const word = (mask: Code): Code => (dtype === "bool" ? v128.and(mask, intsConst(1)) : mask);
  if (spread.kind === "even" && spread.bytes === wordBytes) {
    const { base, offset } = placeOf(emitter, address, scope);
    const at: At = { base: accumulate === null ? base : kept(emitter, base, scope), offset };
    scope.code.push(store("v128", at, taken(load("v128", at), 4, word(value))));
    return;
  }
  const words = emitter.locals.fresh("v128");
  const addresses = emitter.locals.fresh("v128");
  scope.code.push(set(words, word(value)), set(addresses, emitter.vector(address, scope)));
  for (let k = 0; k < 4; k++) {
    const at: At = { base: lane("i32", get(addresses), k), offset: 0 };
    const type = typeOf(dtype, 1);
    scope.code.push(
      accumulate === null
        ? storeLane(at, get(words), k)
        : store(
            type,
            at,
            taken(load(type, at), 1, lane(type === "f32" ? "f32" : "i32", get(words), k)),
          ),
    );
  }
};

const kept = ({ locals }: Emitter, code: Code, scope: Scope): Code => {
  const local = locals.fresh("i32");
  scope.code.push(set(local, code));
  return get(local);
};
