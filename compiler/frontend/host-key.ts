// A host scalar as text; equal expressions have equal texts.

import { dimKey } from "../ir/dim.ts";
import type { HostExpr } from "../ir/module.ts";

export const hostKey = (expr: HostExpr): string => {
  switch (expr.kind) {
    case "number":
      return String(expr.value);
    case "step":
      return "step";
    case "size":
      return `size ${dimKey(expr.dim)}`;
    case "accumulator":
      return `accumulator ${expr.index}`;
    case "call":
      return `${expr.fn}(${expr.args.map(hostKey).join(", ")})`;
  }
};
