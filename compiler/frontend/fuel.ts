// A bound on how much a program may expand to, so that every text is checked in bounded time.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { ActiveCall } from "./graph-state.ts";
import type { Context } from "./context.ts";

/** Nested calls; each takes some tens of stack frames of the compiler. */
const maxDepth = 100;

/** Counts one call or iteration. False after the one report that the program is too large. */
export const spend = (ctx: Context, span: Span): boolean => {
  const { fuel } = ctx.state;
  if (fuel.left < 0) return false;
  fuel.left -= 1;
  if (fuel.left >= 0) return true;
  ctx.report(diagnostic("DLM0218", span, {}));
  return false;
};

/** Whether so many iterations can be run at all; false after the report. */
export const affords = (ctx: Context, count: number, span: Span): boolean => {
  const { fuel } = ctx.state;
  if (count <= fuel.left) return true;
  if (fuel.left >= 0) ctx.report(diagnostic("DLM0218", span, {}));
  fuel.left = -1;
  return false;
};

/** Runs what a call expands to, with the call on record. Null, after a report, where calls go round in circles. */
export const within = <T>(ctx: Context, call: ActiveCall, run: () => T): T | null => {
  const { calls, seen } = ctx.state;
  if (call.once && calls.some(({ decl }) => decl === call.decl)) {
    ctx.report(diagnostic("DLM0214", call.span, { name: call.name }));
    return null;
  }
  if (calls.length >= maxDepth) {
    if (ctx.state.fuel.left >= 0) ctx.report(diagnostic("DLM0218", call.span, {}));
    ctx.state.fuel.left = -1;
    return null;
  }
  seen.add(call.decl);
  calls.push(call);
  const result = run();
  calls.pop();
  return result;
};
