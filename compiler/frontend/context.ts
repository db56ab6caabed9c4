// What every part of the front end is handed: the graph under construction and the ways back into evaluation.

import type { Expr } from "../../grammar/ast.ts";
import type { Detail, Diagnostic } from "../../grammar/diagnostic.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { HostExpr, SizeCheck } from "../ir/module.ts";
import type { DType } from "../ir/type.ts";
import type { GraphBuilder } from "../ops/builder.ts";
import type { Body } from "./body.ts";
import type { GraphState } from "./graph-state.ts";
import type { Layer } from "./layer.ts";
import type { NameLink } from "./name-links.ts";
import type { Observation } from "./observation.ts";
import type { Scope } from "./scope.ts";
import type { Item } from "./value.ts";

/** Who is asking: the declaration being elaborated, for paths and provenance. */
export type Frame = {
  readonly scope: Scope;
  /** Layer whose body this is; null in a function or a recipe. */
  readonly owner: Layer | null;
  /** Letters of index notation in scope: name → key of its binder and its extent. */
  readonly letters: ReadonlyMap<string, Letter>;
  /** The user's call that led into library code: the primary span of errors there. Innermost user call first. */
  readonly callSite: Span | null;
  /** The application whose statements are being evaluated; null outside a body. */
  readonly body: Body | null;
  /** What `fan_in` and `fan_out` are while a weight's distribution is evaluated. */
  readonly fans: Fans | null;
  /** Subscripted whole arrays of the statement in index notation, evaluated once before its letters run. */
  readonly whole?: ReadonlyMap<Expr, Item>;
};

export type Fans = { readonly in: number; readonly out: number };

/** A letter of index notation. `extent` is null until a subscript or a bound decides it. */
export type Letter = { readonly key: string; readonly extent: Dim | null; readonly span: Span };

/**
 * One elaboration into one graph. Functions of the front end take it first, then the frame.
 * Held per graph: `builder`, `training`, upper bounds of sizes, stored-tensor registry, random streams.
 */
export type Context = {
  readonly builder: GraphBuilder;
  readonly training: boolean;
  /** Known upper bounds of symbolic sizes. */
  readonly bounds: ReadonlyMap<string, Dim>;
  /**
   * Collects. A report at a place in the library is moved to the user's call that led there (with "required here"
   * at the old place), and equal reports are kept once, so report sites need not care.
   */
  readonly report: (diagnostic: Diagnostic) => void;
  /** Whether an error was reported inside a place: what follows from it stays silent. */
  readonly reportedIn: (span: Span) => boolean;
  /** Records a predicate on sizes to be checked when they are bound. */
  readonly check: (check: SizeCheck) => void;
  /** Evaluates an expression; reports and returns `unknown` on an error. */
  readonly evaluate: (expr: Expr, frame: Frame) => Item;
  /** Calls any callable item (function, intrinsic, block, layer, …) with evaluated arguments. */
  readonly call: (callee: Item, args: readonly CallArg[], span: Span, frame: Frame) => Item;
  /** The graph input for a number that the host computes before each run; one per distinct expression. */
  readonly scalar: (expr: HostExpr, dtype: DType) => Value;
  /**
   * `index` subscripts an axis of `extent`. True when the values come from one data input unchanged (through views
   * and gathers), which is then checked on the host before anything runs.
   */
  readonly indexRange: (index: Value, extent: Dim, span: Span) => boolean;
  /** Source text of a place, for messages. */
  readonly text: (span: Span) => string;
  /** `line:column` of the start of a place. */
  readonly place: (span: Span) => string;
  /** Is told what written names stand for; only where somebody wants to know. */
  readonly link?: (link: NameLink) => void;
  /** Is told what expressions come to; only where somebody wants to know. */
  readonly observe?: (observation: Observation) => void;
  /** Checks a declaration with unknown sizes: nothing is stored, and what some sizes would allow is no error. */
  readonly generic: boolean;
  /** What the elaboration of this graph has recorded so far. */
  readonly state: GraphState;
};

/** `span` is the argument's value; `nameSpan` the `name` of `name = value`. */
export type CallArg = {
  readonly name: string | null;
  readonly item: Item;
  readonly span: Span;
  readonly nameSpan?: Span;
};

export type { Detail };
