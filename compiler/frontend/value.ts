// What an expression can evaluate to while a program is elaborated.

import type { FnDecl, NetDecl, OptimizerDecl } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { HostExpr } from "../ir/module.ts";
import type { DType } from "../ir/type.ts";
import type { Layer } from "./layer.ts";
import type { Scope } from "./scope.ts";

/** The size expression that names an axis in the declaration being elaborated (`C`, `H / stride`), or null. */
export type Label = string | null;

/**
 * Static integer or size. `label`: the size expression it is, in the names of the declaration being elaborated
 * (`C` for the name `C`, `H / stride` for that quotient, through `let` too), for axis arguments and for the labels
 * of tensors whose shape is given by it. Missing or null for literals. `fromShape`: computed from a size of a tensor,
 * so that as an axis argument it names an axis and is never its number.
 */
export type SizeItem = {
  readonly kind: "size";
  readonly dim: Dim;
  readonly label?: Label;
  readonly fromShape?: true;
};
/** Exact quotient of sizes that is not (provably) whole: `28 / 3`, `T / 2`. */
export type RatioItem = {
  readonly kind: "ratio";
  readonly num: Dim;
  readonly den: Dim;
  readonly label?: Label;
};
export type FloatItem = { readonly kind: "float"; readonly value: number };
export type BoolItem = { readonly kind: "bool"; readonly value: boolean };
export type StringItem = { readonly kind: "string"; readonly value: string };
export type ListItem = { readonly kind: "list"; readonly items: readonly Item[] };
/** Computed on the host in doubles from `step` and static values; meets a tensor as f32 (or i32, bool). */
export type HostItem = { readonly kind: "host"; readonly dtype: DType; readonly expr: HostExpr };
/** In the graph. `labels` has one entry per axis. `origin`: where its shape was decided, for provenance notes. */
export type TensorItem = {
  readonly kind: "tensor";
  readonly value: Value;
  readonly labels: readonly Label[];
  readonly origin: Span | null;
  /** Where the size of each axis was written (`784` in `x: [B, 784]`), where known. */
  readonly axisOrigins?: readonly (Span | null)[];
};
/**
 * Inside index notation: one scalar per combination of letters. `value` has one axis per letter, in this order;
 * `letters` are unique keys of binders (a name plus a number), never bare names.
 */
export type IndexedItem = {
  readonly kind: "indexed";
  readonly value: Value;
  readonly letters: readonly string[];
};
/** An affine form of letters with static coefficients: a letter itself, `h * stride + i`. An int per combination. */
export type AffineItem = {
  readonly kind: "affine";
  readonly constant: Dim;
  /** By key of the letter; in the order in which the letters came. Never 0. */
  readonly coefficients: ReadonlyMap<string, Dim>;
  /** How far each of those letters ranges. */
  readonly extents: ReadonlyMap<string, Dim>;
};
/** `(a, b)` and several results; `names` when the results are named. */
export type TupleItem = {
  readonly kind: "tuple";
  readonly items: readonly Item[];
  readonly names: readonly string[] | null;
};
/** An unbuilt `block`, `cell` or `model`, with the scope of its file. */
export type BlockItem = { readonly kind: "block"; readonly decl: NetDecl; readonly scope: Scope };
/** A built layer; applying it takes its sizes. */
export type LayerItem = { readonly kind: "layer"; readonly layer: Layer };
export type FnItem = { readonly kind: "fn"; readonly decl: FnDecl; readonly scope: Scope };
export type OptimizerItem = {
  readonly kind: "optimizer";
  readonly decl: OptimizerDecl;
  readonly scope: Scope;
};
/** A function that `.dlm` cannot say: `exp`, `sum`, `reshape`, … */
export type IntrinsicItem = { readonly kind: "intrinsic"; readonly name: string };
/** `glorot()`, `normal(0, 1)`: what may stand after `~`. Arguments by name; may be tensors in a body's draw. */
export type DistributionItem = {
  readonly kind: "distribution";
  readonly name: "uniform" | "normal" | "bernoulli" | "integers" | "truncated" | "orthogonal";
  readonly args: ReadonlyMap<string, Item>;
};
/** `Adam(lr = 1e-3)`: an optimizer with its configuration evaluated. */
export type ConfiguredOptimizer = {
  readonly kind: "configured-optimizer";
  readonly decl: OptimizerDecl;
  readonly scope: Scope;
  readonly config: ReadonlyMap<string, Item>;
};
/** Poison: an error was reported for it; everything downstream stays silent. */
export type UnknownItem = { readonly kind: "unknown" };

export type Item =
  | SizeItem
  | RatioItem
  | FloatItem
  | BoolItem
  | StringItem
  | ListItem
  | HostItem
  | TensorItem
  | IndexedItem
  | AffineItem
  | TupleItem
  | BlockItem
  | LayerItem
  | FnItem
  | OptimizerItem
  | IntrinsicItem
  | DistributionItem
  | ConfiguredOptimizer
  | UnknownItem;

export const unknown: UnknownItem = { kind: "unknown" };
