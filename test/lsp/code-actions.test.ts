// Fixes of reports as code actions, over the protocol.

import { describe, expect, test } from "vitest";
import { CodeActionKind, CodeActionRequest } from "vscode-languageserver/node";
import type { CodeAction } from "vscode-languageserver/node";
import { edited, rangeOf, startServer } from "./client.ts";
import type { Client } from "./client.ts";

const uri = "file:///work/net.dlm";

const actionsAt = async (
  client: Client,
  part: string,
  only?: readonly string[],
): Promise<readonly CodeAction[]> => {
  const found = await client.connection.sendRequest(CodeActionRequest.type, {
    textDocument: { uri },
    range: rangeOf(client.document(uri), part),
    context: { diagnostics: [], ...(only === undefined ? {} : { only: [...only] }) },
  });
  return (found ?? []).filter((action): action is CodeAction => !("command" in action));
};

const applied = (client: Client, action: CodeAction | undefined): string =>
  edited(client.document(uri), action?.edit?.changes?.[uri] ?? []);

describe("a fix", () => {
  const cases: readonly (readonly [string, string, string, string, string])[] = [
    [
      "of a misspelt name",
      "model Net(x: [B, 7]) -> [B, 3] {\n  return x -> Dence(3)\n}\n",
      "Dence",
      "replace `Dence` with `Dense`",
      "model Net(x: [B, 7]) -> [B, 3] {\n  return x -> Dense(3)\n}\n",
    ],
    [
      "behind an astral letter",
      'fn f(x: [B, C]) { require B > 0, "𝛼" return tanhh(x) }\n',
      "tanhh",
      "replace `tanhh` with `tanh`",
      'fn f(x: [B, C]) { require B > 0, "𝛼" return tanh(x) }\n',
    ],
    [
      "that inserts",
      "fn f(x) {\n  y = x\n  return y\n}\n",
      "y = x",
      "insert `let `",
      "fn f(x) {\n  let y = x\n  return y\n}\n",
    ],
    [
      "in a file of another system",
      "fn f(x) = x\r\n  |> tanh\r\n",
      "|>",
      "replace with `->`",
      "fn f(x) = x\r\n  -> tanh\r\n",
    ],
  ];
  test.each(cases)("%s", async (_name, text, part, title, fixed) => {
    const client = await startServer();
    const { diagnostics } = await client.open(uri, text);
    const actions = await actionsAt(client, part);
    expect(actions.map((action) => action.title)).toEqual([title]);
    expect(actions[0]).toMatchObject({ kind: CodeActionKind.QuickFix, isPreferred: true });
    expect(diagnostics).toContainEqual(actions[0]?.diagnostics?.[0]);
    expect(applied(client, actions[0])).toBe(fixed);
  });

  test("that is not asked for there is not offered", async () => {
    const client = await startServer();
    await client.open(uri, "fn f(x) = tanhh(x)\n\nfn g(x) = x\n");
    expect(await actionsAt(client, "fn g")).toEqual([]);
    expect(await actionsAt(client, "tanhh", ["refactor"])).toEqual([]);
    expect(await actionsAt(client, "tanhh", ["quickfix"])).toHaveLength(1);
  });
});

test("all safe fixes at once, only where they are asked for", async () => {
  const client = await startServer();
  await client.open(uri, "fn f(x) = x |> tanhh\n\nfn g(x) = x |> sigmoid\n");
  const [all, ...more] = await actionsAt(client, "fn f", ["source.fixAll"]);
  expect(more).toEqual([]);
  expect(all?.kind).toBe("source.fixAll.dlm");
  expect(applied(client, all)).toBe("fn f(x) = x -> tanh\n\nfn g(x) = x -> sigmoid\n");
  const offered = await actionsAt(client, "fn f");
  expect(offered.filter(({ kind }) => kind === "source.fixAll.dlm")).toEqual([]);
});
