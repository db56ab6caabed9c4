// From names to where they are bound and used, and other names for them, over the protocol.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  DefinitionRequest,
  DocumentHighlightRequest,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
} from "vscode-languageserver/node";
import type { Location } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { host } from "../../compiler/cli/commands/lsp.ts";
import { edited, startServer } from "./client.ts";
import type { Client } from "./client.ts";

const uri = "file:///work/net.dlm";
const half = "file:///work/half.dlm";
const halfText = `/// 𝛼
block Half(units, bias = true)(x: [B, D]) -> [B, units] {
  let h = x -> Dense(units, bias = bias)
  return h / 2
}
`;
const netText = `import { Half } from "./half.dlm"\r
\r
model Net(width = 5)(x: [B, 7]) -> [B, 3] {\r
  let h = x -> Half(width, bias = false) -> relu\r
  let h[b, i] = h[b, i] + sum[k](h[b, k])\r
  return h -> Half(units = 3)\r
}\r
`;

/** The `n`th place of `part`, in its middle. */
const placeOf = (
  client: Client,
  document: string,
  part: string,
  n = 0,
): { textDocument: { uri: string }; position: { line: number; character: number } } => {
  const text = client.document(document).getText();
  let start = text.indexOf(part);
  for (let i = 0; i < n; i += 1) start = text.indexOf(part, start + 1);
  const position = client.document(document).positionAt(start + Math.floor(part.length / 2));
  return { textDocument: { uri: document }, position };
};

const opened = async (): Promise<Client> => {
  const client = await startServer({ [half]: halfText });
  expect((await client.open(half, halfText)).diagnostics).toEqual([]);
  expect((await client.open(uri, netText)).diagnostics).toEqual([]);
  return client;
};

/** `line:text` of places. */
const shown = (client: Client, places: readonly Location[]): readonly string[] =>
  places.map(({ uri: file, range }) => {
    const text = file.startsWith(host.library) ? readFileSync(fileURLToPath(file), "utf8") : null;
    const document =
      text === null ? client.document(file) : TextDocument.create(file, "dlm", 1, text);
    const name = file.slice(file.lastIndexOf("/") + 1);
    return `${name}:${range.start.line} ${document.getText(range)}`;
  });

describe("definition", () => {
  const cases: readonly (readonly [string, string, number, readonly string[]])[] = [
    ["of a block of another file", "Half", 1, ["half.dlm:1 Half"]],
    ["of an import", "Half", 0, ["half.dlm:1 Half"]],
    ["of a file", "./half.dlm", 0, ["half.dlm:0 "]],
    ["of the name of an argument", "units", 0, ["half.dlm:1 units"]],
    ["of configuration", "width", 1, ["net.dlm:2 width"]],
    ["of a size", "B", 1, ["net.dlm:2 B"]],
    ["of a value that a later one hides", "h[b, i] +", 0, ["net.dlm:3 h"]],
    ["of a value that hides an earlier one", "h -> Half(units", 0, ["net.dlm:4 h"]],
    ["of a letter", "k])", 0, ["net.dlm:4 k"]],
    ["of what only the compiler knows", "sum", 0, []],
  ];
  test.each(cases)("%s", async (_name, part, n, expected) => {
    const client = await opened();
    const place = placeOf(client, uri, part, n);
    // In the middle of a longer part is its operator: look at its first letter.
    const position =
      part.includes(" ") || part.endsWith(")")
        ? { ...place.position, character: place.position.character - Math.floor(part.length / 2) }
        : place.position;
    const found = await client.connection.sendRequest(DefinitionRequest.type, {
      ...place,
      position,
    });
    expect(shown(client, found === null ? [] : ([found].flat() as Location[]))).toEqual(expected);
  });

  test("of a layer of the library is its source in this package", async () => {
    const client = await opened();
    const place = placeOf(client, half, "Dense");
    const found = await client.connection.sendRequest(DefinitionRequest.type, place);
    expect(shown(client, [found].flat() as Location[])).toEqual([
      expect.stringMatching(/^\w+\.dlm:\d+ Dense$/),
    ]);
  });
});

test("goes on within the library, where it is open", async () => {
  const client = await opened();
  const [place] = [
    await client.connection.sendRequest(DefinitionRequest.type, placeOf(client, half, "Dense")),
  ].flat() as Location[];
  const library = place!.uri;
  const source = readFileSync(fileURLToPath(library), "utf8");
  expect((await client.open(library, source)).diagnostics).toEqual([]);
  const body = source.indexOf("glorot", source.indexOf("block Dense"));
  const at = {
    textDocument: { uri: library },
    position: client.document(library).positionAt(body),
  };
  const found = await client.connection.sendRequest(DefinitionRequest.type, at);
  expect(shown(client, [found].flat() as Location[])).toEqual([
    expect.stringMatching(/^\w+\.dlm:\d+ glorot$/),
  ]);
  const rename = client.connection.sendRequest(RenameRequest.type, { ...at, newName: "xavier" });
  await expect(rename).rejects.toThrow("belongs to the library");
});

test("references are in all files that open documents reach", async () => {
  const client = await opened();
  const at = async (includeDeclaration: boolean): Promise<readonly string[]> => {
    const found = await client.connection.sendRequest(ReferencesRequest.type, {
      ...placeOf(client, half, "units"),
      context: { includeDeclaration },
    });
    return shown(client, found ?? []);
  };
  const uses = ["half.dlm:1 units", "half.dlm:2 units", "net.dlm:5 units"];
  expect(await at(true)).toEqual(["half.dlm:1 units", ...uses]);
  expect(await at(false)).toEqual(uses);
});

test("highlights are those of one value, not of others of that name", async () => {
  const client = await opened();
  const place = placeOf(client, uri, "h = x");
  const found = await client.connection.sendRequest(DocumentHighlightRequest.type, {
    ...place,
    position: { ...place.position, character: 6 },
  });
  expect(found?.map(({ range }) => [range.start.line, range.start.character])).toEqual([
    [3, 6],
    [4, 16],
    [4, 33],
  ]);
});

describe("rename", () => {
  const rename = async (
    client: Client,
    file: string,
    part: string,
    newName: string,
  ): Promise<readonly string[]> => {
    const found = await client.connection.sendRequest(RenameRequest.type, {
      ...placeOf(client, file, part),
      newName,
    });
    return [half, uri].map((each) => edited(client.document(each), found?.changes?.[each] ?? []));
  };

  test("changes the declaration and all uses, in every file", async () => {
    const client = await opened();
    expect(await rename(client, uri, "Half", "Halved")).toEqual([
      halfText.replaceAll("Half", "Halved"),
      netText.replaceAll("Half(", "Halved(").replace("{ Half }", "{ Halved }"),
    ]);
    expect(await rename(client, half, "units", "σ")).toEqual([
      halfText.replaceAll("units", "σ"),
      netText.replace("units", "σ"),
    ]);
  });

  test("of an alias stays in its file", async () => {
    const client = await opened();
    await client.edit(uri, "{ Half }", "{ Half as H }");
    await client.edit(uri, "Half(width", "H(width");
    await client.edit(uri, "Half(units", "H(units");
    const text = client.document(uri).getText();
    const renamed = text.replace("as H", "as Part").replaceAll("H(", "Part(");
    expect(await rename(client, uri, "H(", "Part")).toEqual([halfText, renamed]);
    expect(await rename(client, half, "Half", "Part")).toEqual([
      halfText.replace("Half", "Part"),
      text.replace("{ Half", "{ Part"),
    ]);
  });

  test("of a size that a setting fixes changes the setting", async () => {
    const text =
      "train Fit {\n  data x: [B, T]\n  let net = Dense(3)\n  minimize mean(net(x)) using Sgd(lr = 0.1)\n  T: 64\n}\n";
    const client = await opened();
    expect((await client.edit(uri, netText, text)).diagnostics).toEqual([]);
    const [, renamed] = await rename(client, uri, "T]", "Len");
    expect(renamed).toBe(text.replace("T]", "Len]").replace("T:", "Len:"));
  });

  const refusals: readonly (readonly [string, string, string, string])[] = [
    ["a word of the language", "width", "let", "`let` cannot be a name"],
    ["what is no word", "width", "two words", "`two words` cannot be a name"],
    ["a name that is taken", "width", "x", "`x` would stand for something else in places"],
    [
      "a name that is used for what it hides",
      "h = x",
      "sum",
      "`sum` would stand for something else",
    ],
    ["of what the language has", "sum", "total", "`sum` is part of the language"],
  ];
  test.each(refusals)("refuses %s", async (_name, part, newName, reason) => {
    const client = await opened();
    const place = placeOf(client, uri, part);
    const position = part === "h = x" ? { line: 3, character: 6 } : place.position;
    const request = { ...place, position, newName };
    await expect(client.connection.sendRequest(RenameRequest.type, request)).rejects.toThrow(
      reason,
    );
  });

  test("refuses what would be an error: members are found by name", async () => {
    const text =
      "model Net(x: [B, 7]) -> [B, 3] {\n  param W: [7, 3] ~ glorot()\n  return x @ W\n}\n\ntrain Fit {\n  data x: [B, 7]\n  let net = Net()\n  minimize mean(net(x)) over net.W using Sgd(lr = 0.1)\n}\n";
    const client = await opened();
    expect((await client.edit(uri, netText, text)).diagnostics).toEqual([]);
    await expect(rename(client, uri, "W", "V")).rejects.toThrow(
      "then `over` names no layer: `net.W`",
    );
  });

  test("says beforehand what cannot be renamed", async () => {
    const client = await opened();
    const prepare = (file: string, part: string): Promise<unknown> =>
      client.connection.sendRequest(PrepareRenameRequest.type, placeOf(client, file, part));
    await expect(prepare(half, "Dense")).rejects.toThrow("belongs to the library");
    await expect(prepare(uri, "relu")).rejects.toThrow("library");
    expect(await prepare(uri, "return")).toBeNull();
    expect(await prepare(uri, "width")).toEqual({
      start: { line: 2, character: 10 },
      end: { line: 2, character: 15 },
    });
  });
});
