// A key for what reductions run over and where, so that those with one key can share a loop.

import { dimKey } from "../ir/dim.ts";
import type { Expr } from "../kernel/expr.ts";
import { printExpr } from "../kernel/text.ts";
import { endsOf } from "./intern.ts";

/** Names, extents and ends of the axes, and the guard. */
export const axesKey = ({ axes, where }: Extract<Expr, { kind: "reduce" }>): string =>
  [
    ...axes.map(({ name, extent, range }) =>
      [name, dimKey(extent), ...endsOf(range).map(printExpr)].join(":"),
    ),
    where === null ? "" : printExpr(where),
  ].join(";");
