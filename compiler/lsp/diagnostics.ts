// A report of the compiler as a diagnostic of the protocol.

import { DiagnosticSeverity, DiagnosticTag } from "vscode-languageserver";
import type { Diagnostic as ProtocolDiagnostic } from "vscode-languageserver";
import type { Diagnostic, Severity } from "../../grammar/diagnostic.ts";
import type { Host } from "./host.ts";
import type { Places } from "./places.ts";

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};

/** What editors show faded instead of underlined. */
const unused: ReadonlySet<string> = new Set(["unused-let", "unused-param", "unused-import"]);

/** The text under the source frame of the command line, without the frame. */
const messageOf = ({ message, label, notes, helps, remarks = [] }: Diagnostic): string =>
  [
    message,
    ...(label === "" ? [] : [label]),
    ...notes.map((note) => `note: ${note}`),
    ...helps.map(({ text }) => `help: ${text}`),
    ...remarks.map((note) => `note: ${note}`),
  ].join("\n");

export const toProtocol = (
  problem: Diagnostic,
  places: Places,
  explanation: Host["explanation"],
): ProtocolDiagnostic => ({
  range: places.range(problem.span),
  severity: severities[problem.severity],
  source: "dlm",
  code: problem.code,
  codeDescription: { href: explanation(problem.code) },
  message: messageOf(problem),
  relatedInformation: problem.labels.map(({ span, text }) => ({
    location: places.location(span),
    message: text,
  })),
  ...(unused.has(problem.slug) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
});
