// Numbers the host computes before each run: expressions over `step` and symbolic sizes, in doubles.

import type { HostExpr, HostFn } from "../ir/module.ts";
import type { DType } from "../ir/type.ts";
import type { Dim } from "../ir/dim.ts";
import type { HostItem, Item } from "./value.ts";

const ofDim = (dim: Dim): HostExpr =>
  typeof dim === "number" ? { kind: "number", value: dim } : { kind: "size", dim };

/** The expression of a number known when compiling or on the host; null for anything else. */
export const hostExpr = (item: Item): HostExpr | null => {
  switch (item.kind) {
    case "size":
      return ofDim(item.dim);
    case "ratio":
      return { kind: "call", fn: "div", args: [ofDim(item.num), ofDim(item.den)] };
    case "float":
      return { kind: "number", value: item.value };
    case "bool":
      return { kind: "number", value: item.value ? 1 : 0 };
    case "host":
      return item.expr;
    default:
      return null;
  }
};

export const hostCall = (fn: HostFn, dtype: DType, args: readonly HostExpr[]): HostItem => ({
  kind: "host",
  dtype,
  expr: { kind: "call", fn, args },
});

/** As the language's `int`: toward zero. */
export const hostTruncate = (value: HostExpr): HostItem => {
  const call = (fn: HostFn, ...args: readonly HostExpr[]): HostExpr => ({ kind: "call", fn, args });
  const negative = call("lt", value, { kind: "number", value: 0 });
  return hostCall("select", "i32", [negative, call("ceil", value), call("floor", value)]);
};
