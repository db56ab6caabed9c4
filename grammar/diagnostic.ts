// What a report is: plain data, made by `diagnostic()` from a row of the catalogue.

import type { Span } from "./span.ts";

export type Severity = "error" | "warning" | "info";

/** A text change that an editor or `dlm fmt --fix` can apply. `safe`: cannot change a right program's meaning. */
export type Fix = {
  readonly span: Span;
  readonly text: string;
  readonly safe: boolean;
  /** Said in place of plain "fix": `[fix: insert \`let \`]`. */
  readonly label?: string;
};

/** A sentence under the frame that says what to do; at most two per report. */
export type Help = { readonly text: string; readonly fix?: Fix };

/** A second place the report points at. */
export type Label = {
  readonly span: Span;
  readonly text: string;
  /** Shown below the primary place although it stands above it in the file: the next link of a chain. */
  readonly after?: boolean;
};

export type Diagnostic = {
  readonly code: string;
  readonly slug: string;
  readonly severity: Severity;
  readonly message: string;
  /** The one place that alone explains. */
  readonly span: Span;
  /** Text after the carets of the primary span, "" when none. */
  readonly label: string;
  readonly labels: readonly Label[];
  readonly notes: readonly string[];
  readonly helps: readonly Help[];
  /** Notes that make sense only once the helps are read; shown last. */
  readonly remarks?: readonly string[];
  /** Fix shown behind the primary label (did-you-mean), when there is one. */
  readonly fix?: Fix;
};

/** What a report site may add to the catalogue's message. */
export type Detail = Partial<
  Pick<Diagnostic, "label" | "labels" | "notes" | "helps" | "remarks" | "fix">
>;
