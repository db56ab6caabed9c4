// Writes where a loop begins and ends.

import { int, size } from "../../kernel/build.ts";
import type { ReduceAxis } from "../../kernel/expr.ts";
import type { Emitter } from "./emit-expr.ts";
import { bare } from "./parens.ts";
import type { Scope } from "./scope.ts";

/** What is cheap enough to be looked at in every round: a name, a number, or one of them with a number added. */
const cheap = /^[\w$]+( [+-] \d+)?$/;

const isName = /^[A-Za-z_$]\w*$/;

/** The head of a loop over a flat axis; an end that is costly, or could change while it runs, gets a variable before it. */
export const loopHead = (emitter: Emitter, axis: ReduceAxis, scope: Scope): string => {
  const name = emitter.variable(axis.name);
  const { from: first, to: last } = axis.range ?? { from: int(0), to: size(axis.extent) };
  const [from, to] = [first, last].map((end) => bare(emitter.text(end, scope)));
  const { address, constant, wholeSize, loopHead: head } = emitter.language;
  // Not in the outermost block: what runs once, before V8 has begun to note types, makes it discard code that it compiled.
  const isMarked = last.kind === "size" && isName.test(to!) && scope.parent !== null;
  const whole = isMarked ? wholeSize(to!) : to!;
  if (cheap.test(whole)) return head(name, from!, whole);
  const end = emitter.names.fresh(`${name}End`);
  scope.lines.push(constant(end, last.kind === "load" || isMarked ? whole : address(whole)));
  return head(name, from!, end);
};
