// Writes where a loop begins and ends.

import { int, size } from "../../kernel/build.ts";
import type { ReduceAxis } from "../../kernel/expr.ts";
import type { Emitter } from "./emit-expr.ts";
import { bare } from "./parens.ts";
import type { Scope } from "./scope.ts";

/** What is cheap enough to be looked at in every round: a name, a number, or one of them with a number added. */
const cheap = /^[\w$]+( [+-] \d+)?$/;

/** The head of a loop over a flat axis; an end that is costly, or could change while it runs, gets a variable before it. */
export const loopHead = (emitter: Emitter, axis: ReduceAxis, scope: Scope): string => {
  const name = emitter.variable(axis.name);
  const { from: first, to: last } = axis.range ?? { from: int(0), to: size(axis.extent) };
  const [from, to] = [first, last].map((end) => bare(emitter.text(end, scope)));
  if (cheap.test(to!)) return emitter.language.loopHead(name, from!, to!);
  const end = emitter.names.fresh(`${name}End`);
  const { address, constant } = emitter.language;
  scope.lines.push(constant(end, last.kind === "load" ? to! : address(to!)));
  return emitter.language.loopHead(name, from!, end);
};
