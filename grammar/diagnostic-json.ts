// A Diagnostic into the machine form behind `--json`.

import { fixesOf } from "./apply-fixes.ts";
import type { Diagnostic, Severity } from "./diagnostic.ts";
import { createLineTable } from "./line-table.ts";
import { render } from "./render.ts";
import type { TextOf } from "./render.ts";
import type { Span } from "./span.ts";

/** `offset` counts UTF-16 units from 0, `line` and `column` from 1. */
export type JsonPosition = {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
};
export type JsonRange = {
  readonly file: string;
  readonly start: JsonPosition;
  readonly end: JsonPosition;
};
export type JsonFix = JsonRange & { readonly text: string; readonly safe: boolean };
export type JsonDiagnostic = JsonRange & {
  readonly code: string;
  readonly slug: string;
  readonly severity: Severity;
  readonly message: string;
  /** The report as a person reads it, without colours. */
  readonly frame: string;
  readonly label: string;
  readonly labels: readonly (JsonRange & { readonly text: string })[];
  readonly notes: readonly string[];
  readonly helps: readonly string[];
  readonly fixes: readonly JsonFix[];
};

export const toJson = (problem: Diagnostic, textOf: TextOf): JsonDiagnostic => {
  const range = (span: Span): JsonRange => {
    const table = createLineTable(textOf(span.file) ?? "");
    const at = (offset: number): JsonPosition => ({ offset, ...table.position(offset) });
    return { file: span.file, start: at(span.start), end: at(span.end) };
  };
  return {
    code: problem.code,
    slug: problem.slug,
    severity: problem.severity,
    message: problem.message,
    ...range(problem.span),
    frame: render(problem, textOf),
    label: problem.label,
    labels: problem.labels.map(({ span, text }) => ({ ...range(span), text })),
    notes: [...problem.notes, ...(problem.remarks ?? [])],
    helps: problem.helps.map(({ text }) => text),
    fixes: fixesOf(problem).map(({ span, text, safe }) => ({ ...range(span), text, safe })),
  };
};
