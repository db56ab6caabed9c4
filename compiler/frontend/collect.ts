// Collects reports: equal ones once, and whether an error came up on the way.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import type { Span } from "../../grammar/span.ts";

export type Reports = {
  readonly report: (diagnostic: Diagnostic) => void;
  readonly all: () => readonly Diagnostic[];
  /** Whether an error stands inside a place. */
  readonly within: (span: Span) => boolean;
  /** Tells where declarations stand: a name that means nothing is reported once in each. */
  readonly declared: (span: Span) => void;
  /** The result of `run`, or null when it reported an error. */
  readonly errorsWhile: <T>(run: () => T) => T | null;
};

const covers = (outer: Span, inner: Span): boolean =>
  outer.file === inner.file && outer.start <= inner.start && inner.end <= outer.end;

const unknownNames = new Set(["DLM0201", "DLM0204", "DLM0209"]);

/** One place with one code is one error, however many instances of a block run into it. */
const keyOf = ({ code, message, span }: Diagnostic, decls: readonly Span[]): string => {
  const decl = unknownNames.has(code) ? decls.find((one) => covers(one, span)) : undefined;
  const name = /`(.*)`/.exec(message)?.[1];
  return decl === undefined
    ? `${code} ${span.file}:${span.start}:${span.end}`
    : `unknown ${name} ${decl.file}:${decl.start}`;
};

export const createReports = (): Reports => {
  const found = new Map<string, Diagnostic>();
  const decls: Span[] = [];
  let errors = 0;
  return {
    report: (diagnostic) => {
      if (diagnostic.severity === "error") errors += 1;
      const key = keyOf(diagnostic, decls);
      if (!found.has(key)) found.set(key, diagnostic);
    },
    all: () => [...found.values()],
    within: (span) =>
      [...found.values()].some((one) => one.severity === "error" && covers(span, one.span)),
    declared: (span) => decls.push(span),
    errorsWhile: (run) => {
      const before = errors;
      const result = run();
      return errors === before ? result : null;
    },
  };
};
