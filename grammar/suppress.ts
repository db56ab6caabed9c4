// Reports and the `// dlm-ignore slug: reason` lines of a file into the reports that are left.

import { catalogue, plannedSlugs } from "./catalogue.ts";
import type { CatalogueRow } from "./catalogue.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { createLineTable } from "./line-table.ts";
import { readComments } from "./parse.ts";
import { diagnostic } from "./report.ts";
import type { Source, Span } from "./span.ts";
import { nearest } from "./suggest.ts";

type Ignore = {
  readonly slug: string;
  /** Where the slug is written. */
  readonly span: Span;
  /** The line whose warnings it silences. */
  readonly line: number;
};

const pattern = /^\/\/+\s*dlm-ignore\s+([^\s:,]+)/;

/**
 * Leaves out the warnings that a comment on the line above, or behind the line itself, names. Errors
 * stay. Adds a warning for a slug that names no warning and, once a file has no errors, for a comment
 * that silences nothing.
 */
export const applySuppressions = (
  source: Source,
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] => {
  const ignores = findIgnores(source);
  if (ignores.length === 0) return diagnostics;
  const table = createLineTable(source.text);
  const used = new Set<Ignore>();
  const left = diagnostics.filter((problem) => {
    if (problem.severity === "error" || problem.span.file !== source.path) return true;
    const { line } = table.position(problem.span.start);
    const match = ignores.find((ignore) => ignore.slug === problem.slug && ignore.line === line);
    if (match !== undefined) used.add(match);
    return match === undefined;
  });
  const complete = diagnostics.every(({ severity }) => severity !== "error");
  const about = ignores.flatMap((ignore) =>
    used.has(ignore) ? [] : (judge(ignore, complete) ?? []),
  );
  return [...left, ...about];
};

const findIgnores = ({ path, text }: Source): readonly Ignore[] => {
  if (!text.includes("dlm-ignore")) return [];
  const table = createLineTable(text);
  return readComments(text).flatMap((comment): readonly Ignore[] => {
    const [whole, slug] = pattern.exec(comment.image) ?? [];
    if (whole === undefined || slug === undefined) return [];
    const end = comment.startOffset + whole.length;
    const { line, column } = table.position(comment.startOffset);
    const behind =
      table
        .text(line)
        .slice(0, column - 1)
        .trim() !== "";
    return [
      {
        slug,
        span: { file: path, start: end - slug.length, end },
        line: behind ? line : nextCodeLine(table.text, line, table.count),
      },
    ];
  });
};

/** Several comments may stand above one line. */
const nextCodeLine = (textOf: (line: number) => string, line: number, count: number): number => {
  let next = line + 1;
  while (next <= count && /^\s*(\/\/|$)/.test(textOf(next))) next += 1;
  return next;
};

const judge = ({ slug, span }: Ignore, complete: boolean): Diagnostic | null => {
  const rows: readonly CatalogueRow[] = Object.values(catalogue);
  const row = rows.find((one) => one.slug === slug);
  if (row?.severity === "error") return diagnostic("DLM0909", span, { slug });
  if (plannedSlugs.has(slug)) return null;
  if (row !== undefined) return complete ? diagnostic("DLM0913", span, { slug }) : null;
  const warnings = rows.filter(({ severity }) => severity !== "error");
  const meant = nearest(
    slug,
    warnings.map((one) => one.slug),
  );
  return diagnostic(
    "DLM0906",
    span,
    { slug },
    meant === null
      ? {}
      : { label: `did you mean \`${meant}\`?`, fix: { span, text: meant, safe: true } },
  );
};
