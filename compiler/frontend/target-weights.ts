// The weights that a target of `minimize` trains, and reports of targets that train nothing.

import type { Expr, Path, Target } from "../../grammar/ast.ts";
import type { Detail } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { suggest } from "../../grammar/suggest.ts";
import type { Op, Value } from "../ir/graph.ts";
import { gradientPath, isSmooth } from "../passes/gradient-path.ts";
import type { Context, Frame } from "./context.ts";
import { expressionText } from "./expression-text.ts";
import { partsOf } from "./scan-letters.ts";
import { find } from "./scope.ts";

/** The loss of a step, and what it depends on. */
export type Loss = {
  /** With its penalties. */
  readonly value: Value;
  readonly written: Expr;
  /** Paths of the weights that it depends on. */
  readonly reached: ReadonlySet<string>;
  /** Values from which it follows by ops that all have gradients. */
  readonly smooth: ReadonlySet<Value>;
  /** Losses of all steps of the recipe: what this one may have been meant to be. */
  readonly others: readonly Expr[];
};

const pathText = (path: Path): string => path.names.map(({ text }) => text).join(".");

/** Stored path of what an `over` path names: a layer, or a param of one. */
const storedPrefix = (frame: Frame, path: Path): string => {
  const [head, ...rest] = path.names;
  const item = head === undefined ? undefined : find(frame.scope, head.text)?.item;
  const first = item?.kind === "layer" ? item.layer.path : (head?.text ?? "");
  return [first, ...rest.map(({ text }) => text)].join(".");
};

const isUnder = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(`${prefix}.`);

/** Every prefix that an `over` could name. */
const prefixesOf = (paths: readonly string[]): readonly string[] => [
  ...new Set(
    paths.flatMap((path) => {
      const parts = path.split(".");
      return parts.map((_, i) => parts.slice(0, i + 1).join("."));
    }),
  ),
];

export const paramPaths = (ctx: Context): readonly string[] =>
  [...ctx.state.stored.keys()].filter((path) => ctx.state.store.get(path)?.storage === "param");

/** Weights of a target; reports paths that name nothing and weights that the loss does not reach. */
export const weightsOf = (
  ctx: Context,
  frame: Frame,
  target: Target,
  loss: Loss,
): readonly string[] => {
  const known = paramPaths(ctx);
  if (target.over.length === 0)
    return known.filter((path) => loss.reached.has(path) && !isCutOff(ctx, loss, path));
  return target.over.flatMap((path) => {
    const prefix = storedPrefix(frame, path);
    const under = known.filter((one) => isUnder(one, prefix));
    const head = path.names[0]?.text ?? "";
    const isLayer = path.names.length === 1 && find(frame.scope, head)?.item.kind === "layer";
    const inReach = under.filter((one) => loss.reached.has(one));
    if (under.length === 0 && !isLayer) reportUnknown(ctx, path, known);
    else if (inReach.length === 0) reportNothing(ctx, path, loss);
    for (const one of inReach) reportFlat(ctx, loss, one, path.span);
    return inReach;
  });
};

const reportUnknown = (ctx: Context, path: Path, known: readonly string[]): void => {
  const near = suggest(pathText(path), prefixesOf(known));
  const detail: Detail =
    near === null
      ? {}
      : {
          label: `did you mean \`${near}\`?`,
          fix: { span: path.span, text: near, safe: false },
        };
  ctx.report(diagnostic("DLM0605", path.span, { path: pathText(path) }, detail));
};

const reportNothing = (ctx: Context, path: Path, loss: Loss): void => {
  const name = pathText(path);
  const text = `no path from the loss to any weight of ${name}`;
  const meant = meantCall(path.names[0]?.text ?? "", loss);
  ctx.report(
    diagnostic(
      "DLM0602",
      loss.written.span,
      { path: `\`${name}\`` },
      {
        label: usesText(loss.reached),
        labels: [{ span: path.span, text }],
        ...(meant === null ? {} : { helps: [{ text: `did you mean \`${meant}\`?` }] }),
      },
    ),
  );
};

type Call = Extract<Expr, { kind: "call" }>;

const callsIn = (expr: Expr): readonly Call[] => [
  ...(expr.kind === "call" ? [expr] : []),
  ...partsOf(expr).flatMap(callsIn),
];

const calls = (name: string) => (call: Call) =>
  call.callee.kind === "name" && call.callee.name === name;

/** `D(G(z))` of another step, where this loss calls `D` and is to train `G`. */
const meantCall = (name: string, { written, others }: Loss): string | null => {
  const here = callsIn(written).flatMap(({ callee }) =>
    callee.kind === "name" ? [callee.name] : [],
  );
  const found = others
    .flatMap(callsIn)
    .find(
      (call) =>
        here.some((callee) => calls(callee)(call)) &&
        call.args.some(({ value }) => value.kind === "call" && calls(name)(value)),
    );
  return found === undefined ? null : expressionText(found);
};

/** A weight named after `over` whose every path to the loss is flat. */
const reportFlat = (ctx: Context, loss: Loss, path: string, over: Span): void => {
  const at = flatOp(ctx, loss, path);
  if (at === null) return;
  const { span, op } = writtenOp(ctx, at, over);
  const declared = ctx.state.store.get(path)?.span ?? null;
  const { hint } = at.results[0]!;
  const through =
    declared === null || hint === null || hint === undefined
      ? []
      : [{ span: declared, text: `this influences the loss only through \`${hint}\`` }];
  ctx.report(
    diagnostic(
      "DLM0701",
      span,
      { weight: path, op },
      {
        label: "derivative is zero everywhere",
        labels: through,
        helps:
          at.name === "argMax"
            ? [{ text: "multiply by the chosen probability, as in `p[b, k[b]] * …`" }]
            : [],
        remarks: [
          `\`over ${ctx.text(over)}\` asks for this weight to be trained (${ctx.place(over)})`,
        ],
      },
    ),
  );
};

/** Without `over` it is a warning, and the weight stays as it is. */
const isCutOff = (ctx: Context, loss: Loss, path: string): boolean => {
  const at = flatOp(ctx, loss, path);
  if (at === null) return false;
  const declared = ctx.state.store.get(path)?.span;
  const { span, op } = writtenOp(ctx, at, declared ?? at.span!);
  const label = "derivative is zero everywhere, so this weight stays as it is";
  ctx.report(diagnostic("DLM0908", span, { weight: path, op }, { label }));
  return true;
};

const flatOp = (ctx: Context, { value, smooth }: Loss, path: string): Op | null => {
  const weight = ctx.state.stored.get(path);
  if (weight === undefined || smooth.has(weight)) return null;
  const found = gradientPath(value, weight);
  return found.kind === "flat" ? found.at : null;
};

export const smoothAncestors = (loss: Value): ReadonlySet<Value> => {
  const seen = new Set([loss]);
  // A set grows while it is walked.
  for (const { def } of seen)
    if (def.kind === "result" && isSmooth(def.op))
      for (const operand of def.op.operands) seen.add(operand);
  return seen;
};

/** How flat ops are written in the language, where their record's name differs. */
const spelled: Readonly<Record<string, string>> = {
  argMax: "argmax",
  topK: "top_k",
  eq: "==",
  lt: "<",
  le: "<=",
  cast: "int",
  stopGradient: "stop_gradient",
};

/** A comparison is one op in both directions. */
const spelledAt = ({ name }: Op, text: string): string => {
  const written = spelled[name] ?? name;
  const turned = written.replace("<", ">");
  return text.includes(` ${turned} `) ? turned : written;
};

/** `argmax` of `argmax(x @ W)`, where the flat op is written as a call. */
const writtenOp = (
  ctx: Context,
  at: Op,
  fallback: Span,
): { readonly span: Span; readonly op: string } => {
  const span = at.span ?? fallback;
  const op = spelledAt(at, ctx.text(span));
  const name = /^(\w+)\(/.exec(ctx.text(span))?.[1];
  return name === op ? { span: { ...span, end: span.start + name.length }, op } : { span, op };
};

/** `uses D`: the layers whose weights the loss does depend on. */
const usesText = (reached: ReadonlySet<string>): string => {
  const names = new Set([...reached].map((path) => path.split(".")[0] ?? path));
  return names.size === 0 ? "uses no weight" : `uses ${[...names].join(", ")}`;
};
