// A failed internal check: our own mistake, never the user's.

import type { Span } from "./span.ts";

/** Thrown when an invariant of the compiler does not hold. `span` is the source being compiled, when known. */
export class CompilerBug extends Error {
  readonly span: Span | null;

  constructor(message: string, span: Span | null = null) {
    super(message);
    this.name = "CompilerBug";
    this.span = span;
  }
}
