// Makes the context that one graph is elaborated in.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import type { Source, Span } from "../../grammar/span.ts";
import { hostKey } from "./host-key.ts";
import type { Dim } from "../ir/dim.ts";
import type { Origin, Value } from "../ir/graph.ts";
import type { HostExpr, SizeCheck } from "../ir/module.ts";
import type { DType } from "../ir/type.ts";
import { createBuilder } from "../ops/builder.ts";
import { callItem } from "./call.ts";
import type { Context } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { createGraphState } from "./graph-state.ts";
import type { ActiveCall, Store } from "./graph-state.ts";
import { holdsForAllSizes } from "./generic-reports.ts";
import { guardSizes } from "./guard.ts";
import { rangeAtInput } from "./input-range.ts";
import { isLibrary } from "./library.ts";
import type { NameLink } from "./name-links.ts";
import type { Observation } from "./observation.ts";
import { unknown } from "./value.ts";

export type ContextOptions = {
  readonly training: boolean;
  /** Stored tensors of the module that the graph is part of. */
  readonly store: Store;
  /** Upper bounds of sizes that are known from outside, such as a recipe's batch. */
  readonly bounds?: ReadonlyMap<string, Dim>;
  readonly report: (diagnostic: Diagnostic) => void;
  /** The text of a source file, the library's included. */
  readonly source: (path: string) => Source | null;
  /** Whether an error was reported inside a place. */
  readonly reportedIn?: (span: Span) => boolean;
  /** Collects the declarations that were expanded or applied. */
  readonly seen?: Set<object>;
  readonly generic?: boolean;
  readonly link?: (link: NameLink) => void;
  readonly observe?: (observation: Observation) => void;
};

export const createContext = (options: ContextOptions): Context => {
  const { training } = options;
  const state = createGraphState(options.store, options.seen ?? new Set());
  const inner = createBuilder();
  const builder: Context["builder"] = {
    ...inner,
    at: (span) => inner.at(span === null ? null : originOf(span, state.calls)),
  };
  for (const [name, bound] of options.bounds ?? []) state.bounds.set(name, bound);
  const scalars = new Map<string, Value>();

  const scalar = (expr: HostExpr, dtype: DType): Value => {
    const key = `${dtype} ${hostKey(expr)}`;
    const known = scalars.get(key);
    if (known !== undefined) return known;
    const value = builder.input("%", `scalar${scalars.size}`, { dtype, shape: [] });
    scalars.set(key, value);
    state.inputs.push({ value, source: { kind: "scalar", value: expr } });
    return value;
  };

  const text = ({ file, start, end }: Span): string =>
    options.source(file)?.text.slice(start, end) ?? "";

  const context: Context = {
    builder,
    training,
    bounds: state.bounds,
    generic: options.generic ?? false,
    ...(options.link === undefined ? {} : { link: options.link }),
    ...(options.observe === undefined ? {} : { observe: options.observe }),
    state,
    reportedIn: options.reportedIn ?? (() => false),
    report: (diagnostic) => {
      if (diagnostic.severity === "error") state.failed = true;
      if (context.generic && !holdsForAllSizes(diagnostic)) return;
      options.report(atUserCall(diagnostic, state.calls));
    },
    check: (check) => {
      if (!context.generic) recordCheck(state.checks, check, state.calls);
    },
    evaluate: (expr, frame) => {
      const item = guardSizes(context, expr.span, () => evaluate(context, frame, expr)) ?? unknown;
      options.observe?.({ kind: "expression", span: expr.span, item });
      return item;
    },
    call: (callee, args, span, frame) => callItem(context, frame, callee, args, span, span),
    scalar,
    indexRange: (index, extent, span) => rangeAtInput(context, index, extent, span),
    text,
    place: ({ file, start }) => {
      const before = (options.source(file)?.text ?? "").slice(0, start).split("\n");
      return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    },
  };
  return context;
};

/** The innermost call that the user wrote. */
const userCall = (calls: readonly ActiveCall[]): Span | null =>
  calls.findLast(({ span }) => !isLibrary(span.file))?.span ?? null;

const originOf = (span: Span, calls: readonly ActiveCall[]): Origin => {
  const call = isLibrary(span.file) ? userCall(calls) : null;
  const layer = calls.findLast((active) => active.layer !== undefined)?.layer?.path ?? "";
  return { ...span, ...(call === null ? {} : { call }), ...(layer === "" ? {} : { layer }) };
};

/** A report inside the library stands at the user's call; the library's line is "required here". */
const atUserCall = (diagnostic: Diagnostic, calls: readonly ActiveCall[]): Diagnostic => {
  const call = isLibrary(diagnostic.span.file) ? userCall(calls) : null;
  if (call === null) return diagnostic;
  return {
    ...diagnostic,
    span: call,
    labels: [{ span: diagnostic.span, text: "required here" }, ...diagnostic.labels],
  };
};

const recordCheck = (checks: SizeCheck[], check: SizeCheck, calls: readonly ActiveCall[]): void => {
  const key = JSON.stringify(check.condition);
  if (checks.some((known) => JSON.stringify(known.condition) === key)) return;
  const call = check.span !== null && isLibrary(check.span.file) ? userCall(calls) : null;
  checks.push(call === null ? check : { ...check, span: call });
};
