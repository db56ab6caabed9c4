// What the call around a place takes, and which of that comes next.

import { MarkupKind } from "vscode-languageserver";
import type { SignatureHelp } from "vscode-languageserver";
import { lex } from "../../grammar/parse.ts";
import { intrinsics } from "../frontend/intrinsics.ts";
import { argumentAt, declarationAt, openCall, tokensBefore } from "./calls.ts";
import { signatureOf, writtenParams } from "./signature.ts";
import type { Workspace } from "./workspace.ts";

type Called = {
  readonly label: string;
  readonly doc: string;
  readonly params: readonly { readonly name: string; readonly label: string }[];
};

export const signatureHelp = (
  workspace: Workspace,
  path: string,
  offset: number,
): SignatureHelp | null => {
  const { tokens } = lex(workspace.textOf(path));
  const call = openCall(tokensBefore(tokens, offset));
  if (call === null) return null;
  const called = calledAs(workspace, path, call.callee);
  if (called === null) return null;
  const { label, doc, params } = called;
  const { position, name } = argumentAt(call.args);
  const named = params.findIndex((param) => param.name === name);
  return {
    signatures: [
      {
        label,
        documentation: { kind: MarkupKind.Markdown, value: doc },
        parameters: params.map((param) => ({ label: param.label })),
      },
    ],
    activeSignature: 0,
    // Behind the last one none is marked.
    activeParameter: named >= 0 ? named : position,
  };
};

const calledAs = (
  workspace: Workspace,
  path: string,
  callee: Parameters<typeof declarationAt>[2],
): Called | null => {
  const decl = declarationAt(workspace, path, callee);
  if (decl !== null) {
    const { header, params, source } = signatureOf(decl, workspace.textOf(decl.span.file));
    const labels = params.map(({ name, span }) => ({ name: name.text, label: source(span) }));
    return { label: header, doc: decl.doc, params: labels };
  }
  const known = intrinsics.get(callee.image);
  if (known === undefined) return null;
  const params = writtenParams(known);
  return {
    label: `${callee.image}(${params.map(({ label }) => label).join(", ")})`,
    doc: "",
    params,
  };
};
