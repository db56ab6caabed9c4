// No text is too broken for any feature: each request is answered, at any place, while a program is taken apart.

import { readFileSync } from "node:fs";
import { test } from "vitest";
import {
  CodeActionRequest,
  CompletionRequest,
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  InlayHintRequest,
  ReferencesRequest,
  SemanticTokensRequest,
} from "vscode-languageserver/node";
import { startServer } from "./client.ts";

const uri = "file:///work/net.dlm";
const programs = ["gpt/gpt.dlm", "digits/cnn.dlm", "vae/vae.dlm"].map((path) =>
  readFileSync(new URL(`../../examples/${path}`, import.meta.url), "utf8"),
);

test.each(programs.map((text, i) => [i, text] as const))("program %i", async (seed, text) => {
  const client = await startServer();
  await client.open(uri, text);
  const textDocument = { uri };
  let state = seed + 1;
  const pick = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let left = text;
  for (let version = 2; version < 32; version += 1) {
    const at = pick(left.length);
    left = left.slice(0, at) + left.slice(at + 1 + pick(left.length / 20));
    await client.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges: [{ text: left }],
    });
    const lines = left.split("\n");
    const line = pick(lines.length);
    const position = { line, character: pick((lines[line]?.length ?? 0) + 1) };
    const range = { start: { line: 0, character: 0 }, end: position };
    const place = { textDocument, position };
    const { connection } = client;
    const options = { tabSize: 2, insertSpaces: true };
    // An answer that is an error rejects.
    await Promise.all([
      connection.sendRequest(CodeActionRequest.type, {
        textDocument,
        range,
        context: { diagnostics: [] },
      }),
      connection.sendRequest(CompletionRequest.type, place),
      connection.sendRequest(DefinitionRequest.type, place),
      connection.sendRequest(DocumentFormattingRequest.type, { textDocument, options }),
      connection.sendRequest(DocumentHighlightRequest.type, place),
      connection.sendRequest(DocumentSymbolRequest.type, { textDocument }),
      connection.sendRequest(FoldingRangeRequest.type, { textDocument }),
      connection.sendRequest(HoverRequest.type, place),
      connection.sendRequest(InlayHintRequest.type, { textDocument, range }),
      connection.sendRequest(ReferencesRequest.type, {
        ...place,
        context: { includeDeclaration: true },
      }),
      connection.sendRequest(SemanticTokensRequest.type, { textDocument }),
    ]);
  }
});
