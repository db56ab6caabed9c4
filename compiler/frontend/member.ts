// `a.name` into what it reads: a named result, or a layer, param or buffer inside a layer.

import type { MemberExpr } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { suggest } from "../../grammar/suggest.ts";
import type { Context, Frame } from "./context.ts";
import { describeItem } from "./describe.ts";
import { storedInput } from "./store.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

export const evaluateMember = (ctx: Context, frame: Frame, expr: MemberExpr): Item => {
  const base = ctx.evaluate(expr.base, frame);
  if (base.kind === "unknown" || expr.member.text === "") return unknown;
  const members = membersOf(base);
  const found = members?.get(expr.member.text);
  if (found !== undefined) return current(ctx, found);
  // The body of a layer that could not be applied was not read to its end.
  if (base.kind === "layer" && ctx.state.failed) return unknown;
  const owner = base.kind === "tuple" ? "this result" : describeItem(base);
  const near = members === null ? null : suggest(expr.member.text, [...members.keys()]);
  ctx.report(
    diagnostic(
      "DLM0215",
      expr.member.span,
      { owner, name: expr.member.text },
      {
        label: near === null ? "" : `did you mean \`${near}\`?`,
        ...(near === null ? {} : { fix: { span: expr.member.span, text: near, safe: true } }),
      },
    ),
  );
  return unknown;
};

const membersOf = (item: Item): ReadonlyMap<string, Item> | null => {
  if (item.kind === "layer") return new Map([...item.layer.config, ...item.layer.lets]);
  if (item.kind !== "tuple" || item.names === null) return null;
  return new Map(item.names.map((name, i) => [name, item.items[i] ?? unknown]));
};

/** What is stored reads as it is in this graph; a buffer as the applications so far have left it. */
const current = (ctx: Context, item: Item): Item => {
  if (item.kind !== "tensor" || item.value.def.kind !== "input") return item;
  const { def, type } = item.value;
  const value = ctx.state.buffers.get(def.name) ?? storedInput(ctx, def.name, type);
  return { ...item, value };
};
