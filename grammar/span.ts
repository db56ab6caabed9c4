// Where a piece of source text stands: offsets into one named file.

/** Half-open range of UTF-16 offsets in `file`. */
export type Span = { readonly file: string; readonly start: number; readonly end: number };

/** A file's text. `path` is what diagnostics print and what `Span.file` holds. */
export type Source = { readonly path: string; readonly text: string };

/** Smallest span that covers both (both must lie in one file). */
export const cover = (a: Span, b: Span): Span => ({
  file: a.file,
  start: Math.min(a.start, b.start),
  end: Math.max(a.end, b.end),
});
