// The `let`s of a recipe as a scope: each is evaluated when first used, so a step computes only what it needs.

import type { LetStmt } from "../../grammar/ast.ts";
import type { Context, Frame } from "./context.ts";
import { settleNames } from "./name-layers.ts";
import { find } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import { evaluateLet } from "./statements.ts";
import { unknown } from "./value.ts";

const namesOf = (statement: LetStmt): readonly string[] =>
  statement.kind === "multi-let" ? statement.names.map(({ text }) => text) : [statement.name.text];

/** One frame per statement, so that a later `let` may shadow an earlier one and read it. */
export const lazyLets = (ctx: Context, frame: Frame, statements: readonly LetStmt[]): Frame =>
  statements.reduce((outer, statement) => lazyLet(ctx, outer, statement), frame);

const lazyLet = (ctx: Context, outer: Frame, statement: LetStmt): Frame => {
  const names = namesOf(statement);
  let bound: ReadonlyMap<string, Binding> | null = null;
  const evaluateOnce = (): ReadonlyMap<string, Binding> => {
    // Known before it is evaluated: a `let` that reads its own name reads the one it shadows.
    if (bound !== null) return bound;
    const inner = evaluateLet(ctx, outer, statement);
    settleNames(ctx, outer.body, null);
    bound = new Map(
      names.map((name) => [name, find(inner.scope, name) ?? { item: unknown, span: null }]),
    );
    return bound;
  };
  const scope: Scope = {
    parent: outer.scope,
    lookup: (name) => (names.includes(name) ? (evaluateOnce().get(name) ?? null) : null),
    names: () => names,
  };
  return { ...outer, scope };
};
