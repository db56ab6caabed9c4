// What an intrinsic is: its parameters, and how a call of it becomes an item.

import type { Span } from "../../../grammar/span.ts";
import type { CallArg, Context, Frame } from "../context.ts";
import type { Item } from "../value.ts";

/** `default`: as the reference prints it; null when a value must be given. */
export type Parameter = { readonly name: string; readonly default: string | null };

export type IntrinsicCall = {
  readonly ctx: Context;
  readonly frame: Frame;
  readonly name: string;
  readonly span: Span;
  /** By parameter. Parameters that keep their default are missing. */
  readonly args: ReadonlyMap<string, CallArg>;
  /** Positional arguments of a variadic intrinsic, in order. */
  readonly rest: readonly CallArg[];
};

export type Intrinsic = {
  readonly params: readonly Parameter[];
  /** Takes any number of positional values before its named arguments. */
  readonly variadic?: true;
  /** Also works on one value per index letter. */
  readonly pointwise?: true;
  readonly run: (call: IntrinsicCall) => Item;
};

export const required = (name: string): Parameter => ({ name, default: null });
export const optional = (name: string, text: string): Parameter => ({ name, default: text });
