// A declaration into what its callers have to know of it: its first lines, and its parameters.

import type { Param } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import { paramsOf } from "../frontend/declare.ts";
import type { Named } from "../frontend/declare.ts";
import type { Intrinsic } from "../frontend/intrinsics/define.ts";

export type Signature = {
  /** As it is written, without its body; a function that is one short expression whole. */
  readonly header: string;
  readonly params: readonly Param[];
  /** What is written in a place of its file. */
  readonly source: (span: Span) => string;
};

const longest = 120;

/** `text`: of the file that the declaration is in. */
export const signatureOf = (decl: Named, text: string): Signature => {
  const params = paramsOf(decl);
  const whole = text.slice(decl.span.start, decl.span.end);
  const short = !whole.includes("{") && whole.length <= longest;
  const end =
    decl.kind === "fn" && "kind" in decl.body
      ? decl.body.span.start
      : bodyStart(decl, params, text);
  const header = text.slice(decl.span.start, end).trim().replace(/\s*=$/, "");
  return {
    header: short ? whole : header,
    params,
    source: ({ start, end: last }) => text.slice(start, last),
  };
};

/** Of the brace behind the parameters and the result. */
const bodyStart = (decl: Named, params: readonly Param[], text: string): number => {
  const result = "result" in decl ? decl.result : null;
  const last = (result ?? params.at(-1) ?? decl.name).span.end;
  const brace = text.indexOf("{", last);
  return brace < 0 ? decl.span.end : Math.min(brace, decl.span.end);
};

/** Of what only the compiler knows. */
export const writtenParams = ({
  params,
}: Intrinsic): readonly { readonly name: string; readonly label: string }[] =>
  params.map(({ name, default: value }) => ({
    name,
    label: value === null ? name : `${name} = ${value}`,
  }));
