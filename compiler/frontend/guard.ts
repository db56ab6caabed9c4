// Sizes that leave the range of exact integers, and divisions by zero among them, into reports.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { DimOverflow, DimZeroDivisor } from "../ir/dim.ts";
import type { Context } from "./context.ts";

/** Runs `run`; null after a report when a size in it could not be computed. */
export const guardSizes = <T>(
  ctx: Pick<Context, "report" | "state">,
  span: Span,
  run: () => T,
): T | null => {
  const { calls } = ctx.state;
  const depth = calls.length;
  try {
    return run();
  } catch (error) {
    if (error instanceof DimOverflow)
      ctx.report(
        diagnostic("DLM0114", span, { number: /-?\d[\d.e+]*/.exec(error.message)?.[0] ?? "" }),
      );
    else if (error instanceof DimZeroDivisor) ctx.report(diagnostic("DLM0313", span, {}));
    else throw error;
    calls.length = depth;
    return null;
  }
};
