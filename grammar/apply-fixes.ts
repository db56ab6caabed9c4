// A text and the fixes of its reports into the fixed text.

import type { Diagnostic, Fix } from "./diagnostic.ts";

/** The fixes a report carries, in the order they are shown. */
export const fixesOf = (problem: Diagnostic): readonly Fix[] =>
  [problem.fix, ...problem.helps.map((help) => help.fix)].filter((fix) => fix !== undefined);

/** Applies fixes from the end of the text backwards; of two that overlap, the later one is left out. */
export const applyFixes = (text: string, fixes: readonly Fix[]): string => {
  const ordered = [...fixes].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  const kept: Fix[] = [];
  for (const fix of ordered) {
    const last = kept.at(-1);
    if (last === undefined || fix.span.start >= last.span.end) kept.push(fix);
  }
  return kept.reduceRight(
    (done, { span, text: replacement }) =>
      done.slice(0, span.start) + replacement + done.slice(span.end),
    text,
  );
};
