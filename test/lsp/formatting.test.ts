// Formatting of documents, over the protocol.

import { expect, test } from "vitest";
import { DocumentFormattingRequest } from "vscode-languageserver/node";
import type { TextEdit } from "vscode-languageserver/node";
import { format } from "../../grammar/format.ts";
import { edited, startServer } from "./client.ts";
import type { Client } from "./client.ts";

const uri = "file:///work/net.dlm";
const formatting = (client: Client): Promise<TextEdit[] | null> =>
  client.connection.sendRequest(DocumentFormattingRequest.type, {
    textDocument: { uri },
    options: { tabSize: 8, insertSpaces: false },
  });

const messy = "// 𝛼\nfn f( x )=x  + 1\nfn g(x) {\n      let y=x\n  return y*2 }\n";

test("is that of `dlm fmt`, whatever the editor's options say", async () => {
  const client = await startServer();
  await client.open(uri, messy);
  const edits = (await formatting(client)) ?? [];
  expect(edited(client.document(uri), edits)).toBe(format({ path: uri, text: messy }));
});

test("keeps the line ends of the document", async () => {
  const client = await startServer();
  await client.open(uri, messy.replaceAll("\n", "\r\n"));
  const edits = (await formatting(client)) ?? [];
  const expected = format({ path: uri, text: messy })?.replaceAll("\n", "\r\n");
  expect(edited(client.document(uri), edits)).toBe(expected);
  expect(expected).toContain("\r\n");
});

test("changes only what differs, and nothing where nothing does", async () => {
  const client = await startServer();
  await client.open(uri, "fn f(x) = x\n\nfn g(x)=x\n\nfn h(x) = x\n");
  const edits = (await formatting(client)) ?? [];
  expect(edits.map(({ range }) => [range.start.line, range.end.line])).toEqual([[2, 2]]);
  await client.edit(uri, "g(x)=x", "g(x) = x");
  expect(await formatting(client)).toEqual([]);
});

test("is refused where the syntax has errors", async () => {
  const client = await startServer();
  await client.open(uri, "fn f(x) = (x\n\nfn g(x)=x\n");
  expect(await formatting(client)).toBeNull();
});
