// Written arguments against a list of parameters: by position, by name, by default.

import type { Arg, FnDecl, NetDecl, Param } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { suggest } from "../../grammar/suggest.ts";
import { complementAxes, normalizeOver, reportOverAndKeep } from "./axes.ts";
import type { CallArg, Context, Frame } from "./context.ts";
import { frame as scopeFrame } from "./scope.ts";
import type { Binding } from "./scope.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

/** What a parameter got. `byDefault`: from its default, evaluated in the callee's scope. */
export type Argument = {
  readonly param: Param;
  readonly item: Item;
  readonly span: Span;
  readonly byDefault: boolean;
};

export type Signature = {
  /** Name of the callee, for messages. */
  readonly name: string;
  readonly params: readonly Param[];
  /** Evaluates defaults, which may use the parameters before them. */
  readonly frame: Frame;
};

/** Reports and gives null when an argument is wrong, missing or too many. Defaults are not evaluated here. */
export const matchArguments = (
  ctx: Context,
  { name, params }: Signature,
  args: readonly CallArg[],
  span: Span,
): ReadonlyMap<string, CallArg> | null => {
  const taken = new Map<string, CallArg>();
  let right = true;
  const refuse = (): void => {
    right = false;
  };
  let named = false;
  let position = 0;
  for (const arg of settleAxes(ctx, name, params, args)) {
    if (arg.name === null) {
      if (named) {
        ctx.report(diagnostic("DLM0217", arg.span, {}));
        return null;
      }
      const param = params[position++];
      if (param !== undefined) taken.set(param.name.text, arg);
      continue;
    }
    named = true;
    if (!params.some((param) => param.name.text === arg.name)) {
      reportUnknownArgument(ctx, name, params, arg);
      refuse();
    } else if (taken.has(arg.name)) {
      ctx.report(diagnostic("DLM0213", arg.span, { name: arg.name }));
      refuse();
    } else taken.set(arg.name, arg);
  }
  if (position > params.length) {
    const takes = countOf(params.length, "argument");
    const given = position === 1 ? "1 was" : `${position} were`;
    ctx.report(
      diagnostic(
        "DLM0212",
        span,
        { callee: name, takes, given },
        {
          notes: [describeParams(ctx, name, params)],
        },
      ),
    );
    refuse();
  }
  for (const param of params) {
    if (taken.has(param.name.text) || param.value !== null || !right) continue;
    ctx.report(
      diagnostic(
        "DLM0211",
        span,
        { callee: name, name: param.name.text },
        {
          notes: [describeParams(ctx, name, params)],
        },
      ),
    );
    refuse();
  }
  return right ? taken : null;
};

export const countOf = (count: number, noun: string): string =>
  count === 0 ? `no ${noun}s` : `${count} ${noun}${count === 1 ? "" : "s"}`;

/**
 * Axis arguments of a function with an `over` parameter, as numbers: `keep = k` is the complement of `over`, and a
 * size name means the axis that the caller sees under it.
 */
const settleAxes = (
  ctx: Context,
  callee: string,
  params: readonly Param[],
  args: readonly CallArg[],
): readonly CallArg[] => {
  const has = (name: string): boolean => params.some((param) => param.name.text === name);
  const [first] = args;
  if (!has("over") || first === undefined || first.name !== null) return args;
  const value = ctx.text(first.span);
  const keep = has("keep") ? undefined : args.find((arg) => arg.name === "keep");
  const over = args.find((arg) => arg.name === "over");
  if (keep !== undefined && over !== undefined) {
    reportOverAndKeep(ctx, first.item, keep.item, value, keep.span);
    return args
      .map((arg) => (arg === over ? { ...arg, item: unknown } : arg))
      .filter((arg) => arg !== keep);
  }
  return args.map((arg) => {
    if (arg === keep) {
      const item = complementAxes(ctx, first.item, keep.item, keep.span, value) ?? unknown;
      return { ...arg, name: "over", item };
    }
    if (arg !== over) return arg;
    const site = { callee, argument: "over", value, span: over.span };
    return { ...arg, item: normalizeOver(ctx, first.item, over.item, site) ?? unknown };
  });
};

const reportUnknownArgument = (
  ctx: Context,
  callee: string,
  params: readonly Param[],
  arg: CallArg,
): void => {
  const name = arg.name ?? "";
  const near = suggest(
    name,
    params.map((param) => param.name.text),
  );
  const span = arg.nameSpan ?? arg.span;
  ctx.report(
    diagnostic(
      "DLM0202",
      span,
      { callee, name },
      {
        label: near === null ? "" : `did you mean \`${near}\`?`,
        notes: [describeParams(ctx, callee, params)],
        ...(near === null ? {} : { fix: { span, text: near, safe: true } }),
      },
    ),
  );
};

/** Names of written arguments, where the callee is known before anything is evaluated. */
export const checkArgumentNames = (
  ctx: Context,
  decl: FnDecl | NetDecl,
  args: readonly Arg[],
): void => {
  const params = decl.kind === "fn" ? decl.params : (decl.config ?? []);
  const names = params.map((param) => param.name.text);
  for (const { name, value } of args) {
    if (name === null || name.text === "" || names.includes(name.text)) continue;
    if (name.text === "keep" && names.includes("over")) continue;
    const arg = { name: name.text, item: unknown, span: value.span, nameSpan: name.span };
    reportUnknownArgument(ctx, decl.name.text, params, arg);
  }
};

/** `arguments of Conv: ch, kernel, stride = 1` */
const describeParams = (ctx: Context, callee: string, params: readonly Param[]): string => {
  if (params.length === 0) return `\`${callee}\` has no arguments`;
  const each = params.map((param) =>
    param.value === null ? param.name.text : `${param.name.text} = ${ctx.text(param.value.span)}`,
  );
  return `arguments of \`${callee}\`: ${each.join(", ")}`;
};

/** Every parameter's argument, defaults evaluated in order. `adjust` sees each item before later defaults do. */
export const completeArguments = (
  ctx: Context,
  { params, frame }: Signature,
  taken: ReadonlyMap<string, CallArg>,
  span: Span,
  adjust: (param: Param, item: Item) => Item = (_param, item) => item,
): readonly Argument[] => {
  const done: Argument[] = [];
  const bindings = new Map<string, Binding>();
  const inner: Frame = { ...frame, scope: scopeFrame(frame.scope, bindings) };
  for (const param of params) {
    const given = taken.get(param.name.text);
    const raw = given?.item ?? (param.value === null ? unknown : ctx.evaluate(param.value, inner));
    const item = adjust(param, raw);
    bindings.set(param.name.text, { item, span: param.name.span });
    done.push({ param, item, span: given?.span ?? span, byDefault: given === undefined });
  }
  return done;
};
