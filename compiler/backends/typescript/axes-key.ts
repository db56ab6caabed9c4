// A key for what reductions run over, so that those with one key can share a loop.

import { dimKey } from "../../ir/dim.ts";
import type { Expr } from "../../kernel/expr.ts";
import { printExpr } from "../../kernel/text.ts";
import { endsOf } from "../../lower/intern.ts";

/** Names, extents and ends of the axes. */
export const axesKey = ({ axes }: Extract<Expr, { kind: "reduce" }>): string =>
  axes
    .map(({ name, extent, range }) =>
      [name, dimKey(extent), ...endsOf(range).map(printExpr)].join(":"),
    )
    .join(";");
