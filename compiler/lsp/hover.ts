// What stands at the cursor: of a name what it is, its shape and its documentation; of an expression its shape.

import { MarkupKind } from "vscode-languageserver";
import type { Hover } from "vscode-languageserver";
import { intrinsics } from "../frontend/intrinsics.ts";
import type { NameKind, NameLink } from "../frontend/name-links.ts";
import type { Observation } from "../frontend/observation.ts";
import type { Analysis } from "./analyse.ts";
import { linkAt, usesOf } from "./names.ts";
import { createPlaces } from "./places.ts";
import { innermost, isTensor, resultsOf } from "./shapes.ts";
import { signatureOf, writtenParams } from "./signature.ts";
import type { Workspace } from "./workspace.ts";

/** How a name is introduced; null: by its declaration. */
const words: Readonly<Record<NameKind, string | null>> = {
  let: "let",
  part: "let",
  const: "let",
  param: "param",
  buffer: "buffer",
  state: "state",
  data: "(input)",
  config: "(configuration)",
  size: "(size)",
  list: "(sizes)",
  index: "(index)",
  letter: "(letter)",
  argument: "(argument)",
  "built-in": "(built in)",
  model: null,
  block: null,
  cell: null,
  fn: null,
  optimizer: null,
  train: null,
};

export const hover = (workspace: Workspace, path: string, offset: number): Hover | null => {
  const { observationsIn } = workspace.analysisOf(path);
  const { range } = createPlaces(workspace);
  const here = observationsIn(path).filter(
    ({ span }) => span.start <= offset && offset <= span.end,
  );
  const link = linkAt(workspace, path, offset);
  if (link !== null)
    return {
      contents: markdown(aboutName(workspace, observationsIn, link)),
      range: range(link.span),
    };
  const inner = innermost(here.filter(isTensor));
  const [first] = inner;
  const result = resultsOf(inner);
  if (first === undefined || result === null) return null;
  return { contents: markdown({ code: result, text: "" }), range: range(first.span) };
};

type About = { readonly code: string; readonly text: string };

const markdown = ({ code, text }: About): { kind: "markdown"; value: string } => ({
  kind: MarkupKind.Markdown,
  value: [`\`\`\`dlm\n${code}\n\`\`\``, ...(text === "" ? [] : [text])].join("\n\n"),
});

/** Of a file, as the document at the cursor reaches it. */
type ObservationsIn = Analysis["observationsIn"];

const aboutName = (workspace: Workspace, observationsIn: ObservationsIn, link: NameLink): About => {
  const { kind, text, decl } = link;
  const word = words[kind];
  if (kind === "argument" && decl !== undefined) {
    const { params, source } = signatureOf(decl, workspace.textOf(decl.span.file));
    const param = params.find(({ name }) => name.text === text);
    const written = param === undefined ? text : source(param.span);
    return { code: `${word} ${written}`, text: `of \`${decl.name.text}\`` };
  }
  if (word === null && decl !== undefined) {
    const { header } = signatureOf(decl, workspace.textOf(decl.span.file));
    const result = resultsOf(startingAt(observationsIn, link).filter(isTensor));
    return { code: result === null ? header : `${header}\n// here: ${result}`, text: decl.doc };
  }
  const known = kind === "built-in" ? intrinsics.get(text) : undefined;
  if (known !== undefined) {
    const list = writtenParams(known).map(({ label }) => label);
    const result = resultsOf(startingAt(observationsIn, link).filter(isTensor));
    const here = result === null ? "" : `\n// here: ${result}`;
    return { code: `${word} ${text}(${list.join(", ")})${here}`, text: "" };
  }
  const seen = seenAs(workspace, observationsIn, link);
  const result = resultsOf(seen);
  const sign = seen.some(isTensor) ? ":" : " =";
  return { code: `${word} ${text}${result === null ? "" : `${sign} ${result}`}`, text: "" };
};

const at = (observationsIn: ObservationsIn, { span }: NameLink): readonly Observation[] =>
  observationsIn(span.file).filter(
    (one) => one.span.start === span.start && one.span.end === span.end,
  );

/** At the name itself, or else where it is bound or used otherwise. */
const seenAs = (
  workspace: Workspace,
  observationsIn: ObservationsIn,
  link: NameLink,
): readonly Observation[] => {
  const here = at(observationsIn, link);
  if (resultsOf(here) !== null || link.target === null) return here;
  for (const use of usesOf(workspace, link)) {
    const there = at(observationsIn, use);
    if (resultsOf(there) !== null) return there;
  }
  return [];
};

/** Of the shortest expression or stage that begins with the name: a call of it. */
const startingAt = (observationsIn: ObservationsIn, { span }: NameLink): readonly Observation[] =>
  innermost(
    observationsIn(span.file).filter(
      (one) => one.span.start === span.start && one.span.end >= span.end,
    ),
  );
