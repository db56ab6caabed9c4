// Symbols and folding of documents, over the protocol.

import { describe, expect, test } from "vitest";
import { DocumentSymbolRequest, FoldingRangeRequest, SymbolKind } from "vscode-languageserver/node";
import type { DocumentSymbol } from "vscode-languageserver/node";
import { partAt, startServer } from "./client.ts";
import type { Client } from "./client.ts";

const uri = "file:///work/net.dlm";

const symbols = async (client: Client): Promise<readonly DocumentSymbol[]> => {
  const textDocument = { uri };
  const found = await client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument });
  return (found ?? []).filter((one): one is DocumentSymbol => "range" in one);
};

/** `name (detail)`, with what is inside. */
const outline = (found: readonly DocumentSymbol[]): readonly string[] =>
  found.flatMap(({ name, detail, children = [] }) => [
    `${name} (${detail})`,
    ...outline(children).map((line) => `  ${line}`),
  ]);

describe("symbols", () => {
  const text = `import { Half } from "./half.dlm"

let DIM = 64

/// Doubles 𝛼.
fn twice(x) = 2 * x

block Gate(n)(x: [B, D]) -> [B, n] {
  param W: [D, n] ~ glorot()
  let h, g = split(x @ W, 2)
  return h * g
}

train Fit(rate = 1e-3) {
  data x: [B, 7], y: [B, 3]
  let net = Half(3)
  step one {
    let d = net(x) - y
    minimize mean(d^2) using Adam(lr = rate)
    metric size = mean(abs(d))
  }
  batch: 5
}
`;

  test("are the declarations and what they declare", async () => {
    const client = await startServer();
    await client.open(uri, text);
    const found = await symbols(client);
    expect(outline(found)).toEqual([
      "DIM (let)",
      "twice (fn)",
      "Gate (block)",
      "  W (param)",
      "  h (let)",
      "  g (let)",
      "Fit (train)",
      "  x (data)",
      "  y (data)",
      "  net (let)",
      "  one (step)",
      "    d (let)",
      "    size (metric)",
      "  batch (setting)",
    ]);
    expect(found.map(({ kind }) => kind)).toEqual([
      SymbolKind.Constant,
      SymbolKind.Function,
      SymbolKind.Class,
      SymbolKind.Module,
    ]);
    for (const { name, selectionRange } of found)
      expect(partAt(client.document(uri), selectionRange)).toBe(name);
    expect(partAt(client.document(uri), found[1]!.range)).toBe("fn twice(x) = 2 * x");
  });

  test("are there while the text has errors", async () => {
    const client = await startServer();
    await client.open(uri, "fn f(x) = (x\n\nblock (n)(x: [B, D]) {\n\nfn g(x) = x\n");
    expect(outline(await symbols(client))).toEqual(["f (fn)", "g (fn)"]);
  });
});

describe("folding", () => {
  const folded = async (text: string): Promise<readonly string[]> => {
    const client = await startServer();
    await client.open(uri, text);
    const textDocument = { uri };
    const found = await client.connection.sendRequest(FoldingRangeRequest.type, { textDocument });
    return (found ?? []).map(({ startLine, endLine, kind = "" }) =>
      `${startLine}-${endLine} ${kind}`.trim(),
    );
  };
  const lines = [
    'import { A } from "./a.dlm"',
    'import { B } from "./b.dlm"',
    "",
    "// One,",
    "/// and two.",
    "fn f(x) {",
    "  let y = [",
    "    1, // behind code",
    "    2 // and again",
    "  ]",
    "  return x",
    "}",
    "fn g(x) { return x }",
  ];
  const all = ["6-8", "5-10", "3-4 comment", "0-1 imports"];

  test("brackets, comments and imports", async () => {
    expect(await folded(lines.join("\n"))).toEqual(all);
    expect(await folded(lines.join("\r\n"))).toEqual(all);
  });

  test("goes on where a bracket is missing", async () => {
    expect(await folded("fn f(x) {\n  let y = (\n    x\n\n}\nfn g(x) {\n  return x\n}\n")).toEqual([
      "0-3",
      "5-6",
    ]);
  });
});
