// The tensor-level IR: ops in SSA order over typed values.

import type { Span } from "../../grammar/span.ts";
import type { Dim } from "./dim.ts";
import type { TensorType } from "./type.ts";

/** Compile-time constants of an op. Dims may be symbolic; lists nest; a graph is the body of a `scan`. */
export type Attr = string | boolean | Dim | Graph | readonly Attr[];
export type Attrs = { readonly [name: string]: Attr };

/** What an op or a graph input defines. Identity is the object; `id` orders values within one builder. */
export type Value = {
  readonly id: number;
  readonly type: TensorType;
  /** Name from the source, for printing (`%h`), or null. */
  readonly hint: string | null;
  readonly def: InputDef | ResultDef;
};
/** `sigil` "@" for what the module stores (params, buffers, optimizer state), "%" for the rest. */
export type InputDef = {
  readonly kind: "input";
  readonly sigil: "%" | "@";
  readonly name: string;
};
export type ResultDef = { readonly kind: "result"; readonly op: Op; readonly index: number };

/** The `.dlm` text an op came from, and what led there, for messages about values while a program runs. */
export type Origin = Span & {
  /** Where the text is the library's: the innermost call that the user wrote. */
  readonly call?: Span;
  /** Path of the layer whose body it is: `net.Encoder_0.Dense_1`. */
  readonly layer?: string;
};

/** One operation. Gradients keep the span of what they differentiate. */
export type Op = {
  readonly name: string;
  readonly operands: readonly Value[];
  readonly attrs: Attrs;
  readonly results: readonly Value[];
  readonly span: Origin | null;
};

/** A symbolic size, bound when the module is called. `max` is its upper bound where one is known. */
export type SizeDecl = { readonly name: string; readonly max: Dim | null };

/**
 * A named list of ops in SSA order: every operand is an input or the result of an earlier op. The graph of an
 * attribute has inputs of its own and declares no sizes: those of the graph around it hold there too.
 */
export type Graph = {
  readonly name: string;
  readonly sizes: readonly SizeDecl[];
  readonly inputs: readonly Value[];
  readonly ops: readonly Op[];
  readonly outputs: readonly Value[];
};
