// The syntax tree: one type per production of dlm.ebnf, discriminated on `kind`, each with its span.

import type { Span } from "./span.ts";

/** An identifier where it is written. `text` is "" in a hole left by recovery. */
export type Name = { readonly text: string; readonly span: Span };

type Node<K extends string> = { readonly kind: K; readonly span: Span };

/** One `.dlm` file. `broken` is true when the parser had to recover somewhere in it. */
export type File = Node<"file"> & { readonly decls: readonly Decl[]; readonly broken: boolean };

/**
 * Every declaration carries `doc` (the `///` lines above it joined by newlines, "" when none) and
 * `broken` (the parser recovered inside it: report no semantic error from here).
 */
type DeclNode<K extends string> = Node<K> & {
  readonly name: Name;
  readonly doc: string;
  readonly broken: boolean;
};

export type Decl = ImportDecl | NetDecl | FnDecl | TrainDecl | OptimizerDecl | ConstDecl;

export type ImportDecl = Node<"import"> & {
  readonly items: readonly { readonly name: Name; readonly alias: Name | null }[];
  readonly from: StringLiteral;
};
/** `config` is null when only one parameter list is written. */
export type NetDecl = DeclNode<"net"> & {
  readonly net: "model" | "block" | "cell";
  readonly config: readonly Param[] | null;
  readonly data: readonly Param[];
  readonly result: Result | null;
  readonly body: readonly Stmt[];
};
/** `body` is an expression (`fn f(x) = e`) or statements (`fn f(x) { … }`). */
export type FnDecl = DeclNode<"fn"> & {
  readonly params: readonly Param[];
  readonly result: Result | null;
  readonly body: Expr | readonly Stmt[];
};
export type TrainDecl = DeclNode<"train"> & {
  readonly config: readonly Param[] | null;
  readonly items: readonly TrainItem[];
};
export type OptimizerDecl = DeclNode<"optimizer"> & {
  readonly config: readonly Param[];
  readonly data: readonly Param[];
  readonly body: readonly Stmt[];
};
/** A top-level `let`: a constant of the file. */
export type ConstDecl = DeclNode<"const"> & { readonly value: Expr };

export type Param = Node<"param"> & {
  readonly name: Name;
  readonly type: Type | null;
  readonly value: Expr | null;
};
/** One unnamed type, or named outputs. */
export type Result =
  | (Node<"single"> & { readonly type: Type })
  | (Node<"named"> & { readonly items: readonly Param[] });

/** `int[B, T]`: dtype `int`, shape of two dims. `dtype` null means float. `shape` null means a bare name such as `float`. */
export type Type = Node<"type"> & {
  readonly dtype: Name | null;
  readonly shape: readonly Dim[] | null;
};
/** `...` and `...S`, or any size expression; `T <= ctx` is a `binary` expression with operator `<=`. */
export type Dim = (Node<"spread"> & { readonly name: Name | null }) | Expr;

// Statements

export type Stmt = LetStmt | StoreStmt | NextStmt | RequireStmt | PenaltyStmt | ReturnStmt;

export type LetStmt = IndexLet | MultiLet | ValueLet | DrawLet;
/** `let y[i, j < n] = e` */
export type IndexLet = Node<"index-let"> & {
  readonly name: Name;
  readonly binders: readonly Binder[];
  readonly value: Expr;
};
export type Binder = Node<"binder"> & { readonly name: Name; readonly bound: Expr | null };
/** `let a, b = e` */
export type MultiLet = Node<"multi-let"> & {
  readonly names: readonly Name[];
  readonly value: Expr;
};
/** `let x: type = e` */
export type ValueLet = Node<"let"> & {
  readonly name: Name;
  readonly type: Type | null;
  readonly value: Expr;
};
/** `let e: [B, Z] ~ normal()` */
export type DrawLet = Node<"draw"> & {
  readonly name: Name;
  readonly type: Type | null;
  readonly value: Expr;
};
/** `param W: [D, N] ~ glorot()`; `draw` is true for `~`. */
export type StoreStmt = Node<"store"> & {
  readonly storage: "param" | "buffer" | "state";
  readonly name: Name;
  readonly type: Type | null;
  readonly draw: boolean;
  readonly value: Expr;
};
export type NextStmt = Node<"next-stmt"> & { readonly name: Name; readonly value: Expr };
export type RequireStmt = Node<"require"> & {
  readonly condition: Expr;
  readonly message: StringLiteral | null;
};
export type PenaltyStmt = Node<"penalty"> & { readonly value: Expr };
export type ReturnStmt = Node<"return"> & { readonly values: readonly Expr[] };

// Recipes

export type TrainItem =
  DataStmt | StepDecl | LetStmt | MinimizeStmt | MetricStmt | RequireStmt | Setting;
export type DataStmt = Node<"data"> & { readonly fields: readonly Param[] };
export type StepDecl = Node<"step"> & {
  readonly name: Name;
  readonly repeat: Expr | null;
  readonly items: readonly (LetStmt | MinimizeStmt | MetricStmt)[];
};
export type MinimizeStmt = Node<"minimize"> & {
  readonly loss: Expr;
  readonly targets: readonly Target[];
};
export type Target = Node<"target"> & {
  readonly over: readonly Path[];
  readonly using: Expr;
  readonly clip: Expr | null;
};
export type Path = Node<"path"> & { readonly names: readonly Name[] };
export type MetricStmt = Node<"metric"> & { readonly name: Name; readonly value: Expr };
export type Setting = Node<"setting"> & { readonly name: Name; readonly value: Expr };

// Expressions

export type Expr =
  | NumberLiteral
  | StringLiteral
  | BoolLiteral
  | NameExpr
  | NextExpr
  | ListExpr
  | TupleExpr
  | UnaryExpr
  | BinaryExpr
  | IfExpr
  | PipeExpr
  | CallExpr
  | IndexExpr
  | MemberExpr
  | Hole;

/** `int` is true for an INT token; `text` keeps the digits as written (`5_000`). */
export type NumberLiteral = Node<"number"> & {
  readonly value: number;
  readonly int: boolean;
  readonly text: string;
};
/** `value` with escapes resolved. */
export type StringLiteral = Node<"string"> & { readonly value: string };
export type BoolLiteral = Node<"bool"> & { readonly value: boolean };
export type NameExpr = Node<"name"> & { readonly name: string };
/** `next h` as a value. */
export type NextExpr = Node<"next"> & { readonly name: Name };
export type ListExpr = Node<"list"> & {
  readonly items: readonly ((Node<"spread"> & { readonly name: Name | null }) | Expr)[];
};
/** `(a, b)`: two or more; a single parenthesised expression is `{kind: that, …}` with `parens` not kept. */
export type TupleExpr = Node<"tuple"> & { readonly items: readonly Expr[] };
export type UnaryExpr = Node<"unary"> & {
  readonly op: "-" | "not";
  readonly operand: Expr;
};
export type BinaryOp =
  "or" | "and" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%" | "@" | "^";
export type BinaryExpr = Node<"binary"> & {
  readonly op: BinaryOp;
  readonly opSpan: Span;
  readonly left: Expr;
  readonly right: Expr;
};
export type IfExpr = Node<"if"> & {
  readonly condition: Expr;
  readonly then: Expr;
  readonly else: Expr;
};
/** `head -> stage -> stage`; at least one stage. */
export type PipeExpr = Node<"pipe"> & { readonly head: Expr; readonly stages: readonly Stage[] };
export type Stage = ApplyStage | RepeatStage | ScanStage;
export type ApplyStage = Node<"apply"> & { readonly target: Expr };
/** `repeat n { … }` or `repeat index in list { … }`. */
export type RepeatStage = Node<"repeat"> & {
  readonly index: Name | null;
  readonly over: Expr;
  readonly stages: readonly Stage[];
};
export type ScanStage = Node<"scan"> & {
  readonly axis: Name;
  readonly reverse: boolean;
  /** The bool tensor after `where`. */
  readonly mask: Expr | null;
  readonly from: Expr | null;
  readonly stages: readonly Stage[];
};
export type CallExpr = Node<"call"> & { readonly callee: Expr; readonly args: readonly Arg[] };
export type Arg = Node<"arg"> & { readonly name: Name | null; readonly value: Expr };
export type IndexExpr = Node<"index"> & {
  readonly base: Expr;
  readonly subscripts: readonly Subscript[];
};
/** `e`, or a slice `a:b` with either end optional. In `max[i < n](…)` the subscript is the comparison. */
export type Subscript =
  | (Node<"at"> & { readonly value: Expr })
  | (Node<"slice"> & { readonly from: Expr | null; readonly to: Expr | null });
export type MemberExpr = Node<"member"> & { readonly base: Expr; readonly member: Name };
/** What recovery left unread. Consumers treat it as an expression of unknown type. */
export type Hole = Node<"hole">;
