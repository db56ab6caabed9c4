// What editors propose while a program is written, over the protocol.

import { describe, expect, test } from "vitest";
import { CompletionRequest, CompletionResolveRequest } from "vscode-languageserver/node";
import type { CompletionItem } from "vscode-languageserver/node";
import { startServer } from "./client.ts";
import type { Client } from "./client.ts";

const uri = "file:///work/net.dlm";

/** `text` has a `|` where the cursor is. */
const proposed = async (client: Client, text: string): Promise<readonly CompletionItem[]> => {
  const offset = text.indexOf("|");
  await client.open(uri, text.replace("|", ""));
  const found = await client.connection.sendRequest(CompletionRequest.type, {
    textDocument: { uri },
    position: client.document(uri).positionAt(offset),
  });
  const items = Array.isArray(found) ? found : (found?.items ?? []);
  return items.toSorted((a, b) => (a.sortText ?? "").localeCompare(b.sortText ?? ""));
};
const labels = async (text: string): Promise<readonly string[]> =>
  (await proposed(await startServer(), text)).map(({ label }) => label);

describe("names", () => {
  test("of the declaration come first, then those of the file, the library, the language", async () => {
    const found = await labels(
      'import { Half as H } from "./half.dlm"\nlet SCALE = 2\nblock Gate(n)(x: [B, D]) -> [B, n] {\n  param W: [D, n] ~ glorot()\n  let y = x @ W\n  let z = |\n  return y\n}\n\nfn later(q) = q\n',
    );
    expect(found.slice(0, 6)).toEqual(
      ["B", "D", "n", "W", "x", "y"].toSorted((a, b) => a.localeCompare(b)),
    );
    expect(found.slice(6, 10)).toEqual(["Gate", "H", "later", "SCALE"]);
    for (const name of ["Dense", "relu", "exp", "return", "metric"]) expect(found).toContain(name);
    for (const name of ["q", "z", "Half", "Dense =", "n ="]) expect(found).not.toContain(name);
    expect(new Set(found).size).toBe(found.length);
  });

  test("are the same while one is being typed", async () => {
    const found = await labels("fn f(alpha, beta) {\n  let y = al|\n  return y\n}\n");
    expect(found.slice(0, 2)).toEqual(["alpha", "beta"]);
  });

  test("are none in comments, in strings and after a dot", async () => {
    expect(await labels("// so | far\nfn f(x) = x\n")).toEqual([]);
    expect(await labels('import { a } from "./|"\n')).toEqual([]);
    expect(await labels("fn f(x) = x.|\n")).toEqual([]);
  });
});

describe("arguments", () => {
  test("of a layer of the library", async () => {
    const found = await labels("model Net(x: [B, 7]) -> [B, 3] {\n  return x -> Dense(3, |)\n}\n");
    expect(found.slice(0, 4)).toContain("bias =");
    expect(found.slice(0, 4)).toContain("units =");
  });

  test("of a declaration of the file, and of what only the compiler knows", async () => {
    const own = await labels("fn scale(x, factor = 2) = factor * x\n\nfn f(y) = scale(y, |)\n");
    expect(own.slice(0, 3)).toEqual(["factor =", "x =", "y"]);
    expect((await labels("fn f(y) = split(|)\n")).slice(0, 3)).toEqual([
      "axis =",
      "parts =",
      "x =",
    ]);
  });

  test("only where one begins, and of the innermost call", async () => {
    expect(await labels("fn f(y) = split(y + |)\n")).not.toContain("axis =");
    expect(await labels("fn f(y) = split(mean(y), |)\n")).toContain("axis =");
    expect(await labels("fn f(y) = split(y[|])\n")).not.toContain("axis =");
  });
});

test("the library's are documented when they are shown", async () => {
  const client = await startServer();
  const found = await proposed(client, "model Net(x: [B, 7]) -> [B, 3] {\n  return x -> |\n}\n");
  const dense = found.find(({ label }) => label === "Dense")!;
  expect(dense.detail).toBeUndefined();
  const resolved = await client.connection.sendRequest(CompletionResolveRequest.type, dense);
  expect(resolved.detail).toContain("block Dense(units");
  expect(resolved.documentation).toMatchObject({ value: expect.stringMatching(/\S/) });
});
