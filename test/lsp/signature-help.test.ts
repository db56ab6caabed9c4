// What editors show of a call while its arguments are written, over the protocol.

import { expect, test } from "vitest";
import { SignatureHelpRequest } from "vscode-languageserver/node";
import { startServer } from "./client.ts";

const uri = "file:///work/net.dlm";

/** The signature, and the argument that comes next; `text` has a `|` where the cursor is. */
const shown = async (text: string): Promise<readonly [string, string | null] | null> => {
  const client = await startServer();
  const offset = text.indexOf("|");
  await client.open(uri, text.replace("|", ""));
  const help = await client.connection.sendRequest(SignatureHelpRequest.type, {
    textDocument: { uri },
    position: client.document(uri).positionAt(offset),
  });
  const [signature] = help?.signatures ?? [];
  if (signature === undefined) return null;
  const next = signature.parameters?.[help!.activeParameter!]?.label;
  return [signature.label, typeof next === "string" ? next : null];
};

const net = (body: string): string => `model Net(x: [B, 7]) -> [B, 3] {\n  return ${body}\n}\n`;

test.each([
  ["at the first argument", "x -> Dense(|)", "units"],
  ["at the second", "x -> Dense(3, |)", "bias = true"],
  ["at one that is named", "x -> Dense(3, bias = |)", "bias = true"],
  ["behind brackets within an argument", "x -> Dense(max(2, [3, 4]), |)", "bias = true"],
])("a layer of the library, %s", async (_, body, next) => {
  const found = await shown(net(body));
  expect(found?.[0]).toMatch(/^block Dense\(units, bias = true/);
  expect(found?.[1]).toBe(next);
});

test("a function of the file, of which the middle argument is written", async () => {
  const text = "fn mix(a, b, share = 0.5) = a * share + b * (1 - share)\n\nfn f(y) = mix(y, y|)\n";
  expect(await shown(text)).toEqual([
    "fn mix(a, b, share = 0.5) = a * share + b * (1 - share)",
    "b",
  ]);
});

test("what only the compiler knows", async () => {
  const found = await shown(net("reshape(x, |)"));
  expect(found?.[0]).toMatch(/^reshape\(/);
});

test("the innermost call, and none outside of calls and in lists", async () => {
  expect((await shown(net("x -> Dense(round(|)")))?.[0]).toMatch(/^(fn )?round\(/);
  expect(await shown(net("x| -> Dense(3)"))).toBeNull();
  expect(await shown(net("reshape(x, [|])"))).toBeNull();
  expect(await shown(net("x -> Unknown(|)"))).toBeNull();
});
