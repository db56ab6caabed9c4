// The fixes that reports carry as code actions: one by one, and all safe ones of a document at once.

import { CodeActionKind } from "vscode-languageserver";
import type { CodeAction, CodeActionParams, TextEdit } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { applyFixes, fixesOf } from "../../grammar/apply-fixes.ts";
import type { Diagnostic, Fix } from "../../grammar/diagnostic.ts";
import type { Span } from "../../grammar/span.ts";
import { isLibrary } from "../frontend/library.ts";
import { toProtocol } from "./diagnostics.ts";
import { editsTo } from "./edits.ts";
import type { Host } from "./host.ts";
import { createPlaces } from "./places.ts";
import type { Workspace } from "./workspace.ts";

export const fixAll = `${CodeActionKind.SourceFixAll}.dlm`;
export const codeActionKinds: CodeActionKind[] = [CodeActionKind.QuickFix, fixAll];

/** `source.fixAll` asks for `source.fixAll.dlm` too. */
const asksFor = (only: readonly string[] | undefined, kind: string): boolean =>
  only?.some((wanted) => kind === wanted || kind.startsWith(`${wanted}.`)) ?? false;

export const codeActions = (
  workspace: Workspace,
  explanation: Host["explanation"],
  document: TextDocument,
  { range, context: { only } }: Pick<CodeActionParams, "range" | "context">,
): readonly CodeAction[] => {
  const path = workspace.pathOf(document.uri);
  const here = workspace.analysisOf(path).diagnostics.filter(({ span }) => span.file === path);
  const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
  const meets = ({ start, end }: Span): boolean => start <= to && end >= from;
  const single = only === undefined || asksFor(only, CodeActionKind.QuickFix);
  return [
    ...(single
      ? here
          .filter(({ span }) => meets(span))
          .flatMap((problem) => quickFixes(workspace, explanation, problem))
      : []),
    ...(asksFor(only, fixAll) ? fixEverything(document, here) : []),
  ];
};

const quickFixes = (
  workspace: Workspace,
  explanation: Host["explanation"],
  problem: Diagnostic,
): readonly CodeAction[] => {
  const places = createPlaces(workspace);
  const helpOf = (fix: Fix): string | undefined =>
    problem.helps.find((help) => help.fix === fix)?.text;
  return fixesOf(problem)
    .filter(({ span }) => !isLibrary(span.file))
    .map((fix) => ({
      title: fix.label ?? helpOf(fix) ?? titleOf(fix, workspace.textOf(fix.span.file)),
      kind: CodeActionKind.QuickFix,
      diagnostics: [toProtocol(problem, places, explanation)],
      isPreferred: fix.safe,
      edit: {
        changes: {
          [workspace.uriOf(fix.span.file)]: [
            { range: places.range(fix.span), newText: fix.text } satisfies TextEdit,
          ],
        },
      },
    }));
};

const titleOf = ({ span, text }: Fix, file: string): string => {
  const old = file.slice(span.start, span.end);
  if (old === "") return `insert \`${text.trim()}\``;
  return text === "" ? `remove \`${old}\`` : `replace \`${old}\` with \`${text}\``;
};

/** Of several fixes of one report the first; `problems` are those of the document. */
const fixEverything = (
  document: TextDocument,
  problems: readonly Diagnostic[],
): readonly CodeAction[] => {
  const fixes = problems.flatMap((problem) =>
    fixesOf(problem)
      .slice(0, 1)
      .filter(({ safe, span }) => safe && span.file === problem.span.file),
  );
  const edits = editsTo(document, applyFixes(document.getText(), fixes));
  if (edits.length === 0) return [];
  const edit = { changes: { [document.uri]: [...edits] } };
  return [{ title: "apply all safe fixes", kind: fixAll, edit }];
};
