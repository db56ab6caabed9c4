// What an editor shows of one document may change with another: it is asked to look again.

import { expect, test } from "vitest";
import {
  InlayHintRefreshRequest,
  InlayHintRequest,
  SemanticTokensRefreshRequest,
} from "vscode-languageserver/node";
import type { InlayHint } from "vscode-languageserver/node";
import { startServer } from "./client.ts";
import type { Client } from "./client.ts";

const [layers, net] = ["file:///work/layers.dlm", "file:///work/net.dlm"];
const layersText = "block Wide(x: [B, n]) -> [B, 8] { return x -> Dense(8) }\n";
const netText =
  'import { Wide } from "./layers.dlm"\n\nmodel Net(x: [B, 3]) -> [B, 2] {\n  return x\n    -> Wide()\n    -> Dense(2)\n}\n';

const asked = (client: Client): readonly string[] => {
  const seen: string[] = [];
  client.connection.onRequest(InlayHintRefreshRequest.type, () => void seen.push("hints"));
  client.connection.onRequest(SemanticTokensRefreshRequest.type, () => void seen.push("tokens"));
  return seen;
};

const hintsOf = async (client: Client, uri: string): Promise<readonly string[]> => {
  const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
  const hints = await client.connection.sendRequest(InlayHintRequest.type, {
    textDocument: { uri },
    range,
  });
  return (hints ?? []).map(({ label }: InlayHint) => String(label));
};

const refreshSupport = true;
const able = { workspace: { inlayHint: { refreshSupport }, semanticTokens: { refreshSupport } } };

test("after a change of what another document imports, and not after one of its own", async () => {
  const client = await startServer({}, able);
  const seen = asked(client);
  await client.open(layers, layersText);
  await client.open(net, netText);
  const before = await hintsOf(client, net);
  await client.edit(net, "Dense(2)", "Dense(2) -> relu");
  expect(seen).toEqual([]);
  await client.edit(layers, "[B, 8]", "[B, 5]");
  await client.edit(layers, "Dense(8)", "Dense(5)");
  await expect.poll(() => new Set(seen)).toEqual(new Set(["hints", "tokens"]));
  const after = await hintsOf(client, net);
  expect(before.join()).toContain("8");
  expect(after.join()).toContain("5");
  expect(after.join()).not.toContain("8");
});

test("nothing is asked of an editor that cannot", async () => {
  const client = await startServer();
  const seen = asked(client);
  await client.open(layers, layersText);
  await client.open(net, netText);
  const reports = client.published(net);
  await client.edit(layers, "Wide", "Wider");
  await reports;
  expect(seen).toEqual([]);
});
