// Collects reports: equal ones once, and whether an error came up on the way.

import type { Diagnostic } from "../../grammar/diagnostic.ts";

export type Reports = {
  readonly report: (diagnostic: Diagnostic) => void;
  readonly all: () => readonly Diagnostic[];
  /** The result of `run`, or null when it reported an error. */
  readonly errorsWhile: <T>(run: () => T) => T | null;
};

/** One place with one code is one error, however many instances of a block run into it. */
const keyOf = ({ code, span }: Diagnostic): string =>
  `${code} ${span.file}:${span.start}:${span.end}`;

export const createReports = (): Reports => {
  const found = new Map<string, Diagnostic>();
  let errors = 0;
  return {
    report: (diagnostic) => {
      if (diagnostic.severity === "error") errors += 1;
      const key = keyOf(diagnostic);
      if (!found.has(key)) found.set(key, diagnostic);
    },
    all: () => [...found.values()],
    errorsWhile: (run) => {
      const before = errors;
      const result = run();
      return errors === before ? result : null;
    },
  };
};
