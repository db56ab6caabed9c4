// The compiled unit: what is stored, and the entry points over it.

import type { Init, Precision, Settings } from "../../runtime/abi.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "./dim.ts";
import type { Graph, Origin, SizeDecl } from "./graph.ts";
import type { TensorType } from "./type.ts";

/** A tensor the module owns. Shapes are static. `path` is unique: `Dense_0.W`, `net.Dense_0.W:m`. */
export type StoredTensor = {
  readonly path: string;
  /**
   * An average is that of a param, at `<path>:ema`. A derived tensor is computed from the others, by the entry `prepare` of
   * its module.
   */
  readonly storage: "param" | "buffer" | "state" | "average" | "derived";
  readonly type: TensorType;
  readonly init: Init;
  /** Blocks of the library it belongs to, one for each layer in `path`; null for the program's own. */
  readonly blocks?: readonly (string | null)[];
  /** Stream name of its random draw; `path` unless a test says otherwise. */
  readonly stream: string;
  readonly span: Span | null;
};

/** A number computed on the host in doubles, from `step` (updates so far, from 1), sizes and accumulators. */
export type HostExpr =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "step" }
  | { readonly kind: "size"; readonly dim: Dim }
  | { readonly kind: "accumulator"; readonly index: number }
  | { readonly kind: "call"; readonly fn: HostFn; readonly args: readonly HostExpr[] };
/** `select` is (condition, then, else); comparisons and logic give 0 or 1. */
export type HostFn =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "mod"
  | "pow"
  | "min"
  | "max"
  | "neg"
  | "abs"
  | "floor"
  | "ceil"
  | "round"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sqrt"
  | "sin"
  | "cos"
  | "tanh"
  | "erf"
  | "sigmoid"
  | "eq"
  | "lt"
  | "le"
  | "not"
  | "and"
  | "or"
  | "select";

/** Where a graph input gets its value; parallel to `graph.inputs`. */
export type EntryInput =
  /** An array from the caller. `range`: every element is checked to lie in 0..hi-1, or to be `except`, before anything runs. */
  | {
      readonly kind: "data";
      readonly name: string;
      readonly range: {
        readonly hi: number;
        readonly except: number | null;
        readonly span: Span;
      } | null;
      readonly span: Span | null;
    }
  /** A stored tensor. */
  | { readonly kind: "stored"; readonly path: string }
  /** A host scalar, f32[] or i32[]. */
  | { readonly kind: "scalar"; readonly value: HostExpr }
  /** i32[3]: the two key words of the stream under the seed, and the execution counter n. */
  | { readonly kind: "draw"; readonly stream: string };

/** What becomes of a graph output; parallel to `graph.outputs`. */
export type EntryOutput =
  /** Handed to the caller; `name` is "" for a single unnamed result. */
  | { readonly kind: "result"; readonly name: string }
  /** Written over a stored tensor when the entry is done. */
  | { readonly kind: "store"; readonly path: string }
  /** Scalars of a training step. The loss excludes penalties; without any there is no penalty. */
  | { readonly kind: "loss" }
  | { readonly kind: "penalty" }
  | { readonly kind: "metric"; readonly name: string }
  /** Scalars of `evaluate`, folded over batches by `fold`. */
  | { readonly kind: "accumulator"; readonly fold: "sum" | "max" | "min" };

/** A predicate on sizes that could not be decided: checked once when sizes are bound. */
export type SizeCheck = {
  readonly code: string;
  readonly message: string;
  readonly condition:
    | { readonly kind: "at-least"; readonly dim: Dim; readonly least: number }
    | { readonly kind: "divides"; readonly dim: Dim; readonly by: number }
    | { readonly kind: "equal"; readonly a: Dim; readonly b: Dim };
  readonly span: Span | null;
};

export type Entry = {
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: readonly EntryInput[];
  readonly outputs: readonly EntryOutput[];
  readonly checks: readonly SizeCheck[];
};

/** Whether a run changes stored tensors. */
export const writesStored = ({ outputs }: Entry): boolean =>
  outputs.some(({ kind }) => kind === "store");

/** How a model runs one position of a size at a time; the contract of its entries is `SteppingProgram`. */
export type Stepping = {
  readonly kind: "causal";
  readonly size: string;
  readonly limit: number | null;
  /** Names of entries; null when every state starts as a number. */
  readonly start: string | null;
  readonly step: string;
  readonly states: readonly { readonly name: string; readonly fill: number | null }[];
};
/** Why it does not, and where. */
export type NotStepped = {
  readonly kind: "mixed";
  readonly size: string;
  readonly reason: string;
  readonly span: Origin | null;
};

/** A model as TypeScript sees it: `forward` entry, results, doc comment. */
export type ModelInfo = {
  readonly name: string;
  readonly doc: string;
  readonly forward: string;
  /** Prefix of its paths inside this module: "" for a model alone, "net" inside a recipe. */
  readonly prefix: string;
  /** Of a model with a size to walk along, once that was looked at. */
  readonly stepping?: Stepping | NotStepped;
};

/** One `step` block (or the only `minimize`) of a recipe. */
export type StepInfo = {
  /** "" for a recipe with one minimize. */
  readonly name: string;
  readonly entry: string;
  readonly repeat: number;
  /** With `accumulate`: the entry that only adds to the sums of gradients; null without. */
  readonly partial: string | null;
};

/** A metric over a whole set: accumulators of the evaluate entry combined on the host. */
export type MetricInfo = { readonly name: string; readonly value: HostExpr };

export type TrainInfo = {
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly { readonly name: string; readonly type: TensorType }[];
  readonly models: readonly ModelInfo[];
  readonly steps: readonly StepInfo[];
  /** Entry that runs one batch without training and outputs accumulators; its metrics include `loss`. */
  readonly evaluate: string;
  readonly metrics: readonly MetricInfo[];
  readonly settings: Settings;
  /** Where `memory` is set, for the report of a step that needs more. */
  readonly budget: Span | null;
};

/** Everything one exported declaration (a model or a recipe) needs. */
export type Module = {
  readonly name: string;
  readonly sizes: readonly SizeDecl[];
  readonly stored: readonly StoredTensor[];
  readonly entries: readonly Entry[];
  readonly model: ModelInfo | null;
  readonly train: TrainInfo | null;
  /** Of a recipe that of its settings. */
  readonly precision: Precision;
  /** The entry that computes the derived tensors, where there are any. Entries that write no stored tensor read them. */
  readonly prepare?: string;
};
