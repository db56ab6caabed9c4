// `dlm lsp --stdio` of the built package, as editors start it.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { ExitNotification, ShutdownRequest } from "vscode-languageserver/node";
import { folderWith, root } from "../cli/run-dlm.ts";
import { createClient } from "./client.ts";

test("reports, follows imports on disk, and ends well when the client says so", async () => {
  const cwd = folderWith({
    "a folder/half.dlm": "block Half(n)(x: [B, D]) -> [B, n] {\n  return x -> Dense(n)\n}\n",
  });
  const bin = join(root, "compiler/cli/bin.mjs");
  const child = spawn(process.execPath, [bin, "lsp", "--stdio"], { cwd });
  const ended = new Promise<number | null>((resolve) => void child.on("close", resolve));
  const client = await createClient(child.stdout, child.stdin);
  const uri = pathToFileURL(join(cwd, "net.dlm")).href;
  const { diagnostics } = await client.open(
    uri,
    'import { Half } from "./a folder/half.dlm"\n\nmodel Net(x: [B, 7]) -> [B, 3] {\n  return x -> Half(4)\n}\n',
  );
  expect(diagnostics.map(({ code }) => code)).toEqual(["DLM0403"]);
  expect((await client.edit(uri, "Half(4)", "Half(3)")).diagnostics).toEqual([]);
  await client.connection.sendRequest(ShutdownRequest.type);
  await client.connection.sendNotification(ExitNotification.type);
  expect(await ended).toBe(0);
});
