// A code, a place and the message's holes into a Diagnostic.

import { catalogue } from "./catalogue.ts";
import type { CatalogueRow, DiagnosticCode } from "./catalogue.ts";
import type { Detail, Diagnostic } from "./diagnostic.ts";
import type { Span } from "./span.ts";

export type { DiagnosticCode } from "./catalogue.ts";

/** More reports about one file's syntax help nobody. */
export const maxReports = 100;

/** The names between braces: `HolesIn<"{a} and {b}">` is `"a" | "b"`. */
type HolesIn<Message extends string> = Message extends `${string}{${infer Hole}}${infer Rest}`
  ? Hole | HolesIn<Rest>
  : never;

/** What the report site must fill in for a code. */
export type Holes<Code extends DiagnosticCode> = {
  readonly [Hole in HolesIn<(typeof catalogue)[Code]["message"]>]: string | number;
};

/** The report `code` at `span`. Leaving out a hole of its message does not compile. */
export const diagnostic = <Code extends DiagnosticCode>(
  code: Code,
  span: Span,
  holes: Holes<Code>,
  detail: Detail = {},
): Diagnostic => {
  const row: CatalogueRow = catalogue[code];
  const values: Readonly<Record<string, string | number>> = holes;
  return {
    code,
    slug: row.slug,
    severity: row.severity,
    message: row.message.replace(/\{(\w+)\}/g, (_whole, hole: string) => String(values[hole])),
    span,
    label: detail.label ?? "",
    labels: detail.labels ?? [],
    notes: detail.notes ?? [],
    helps: detail.helps ?? [],
    ...(detail.remarks === undefined ? {} : { remarks: detail.remarks }),
    ...(detail.fix === undefined ? {} : { fix: detail.fix }),
  };
};
