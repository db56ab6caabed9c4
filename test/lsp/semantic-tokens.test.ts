// What each word of a document is, over the protocol.

import { expect, test } from "vitest";
import { SemanticTokensRequest } from "vscode-languageserver/node";
import { startServer } from "./client.ts";
import type { Client } from "./client.ts";

const uri = "file:///work/net.dlm";

/** `text: type modifier …` of every token, in order. */
const tokens = async (client: Client): Promise<readonly string[]> => {
  const textDocument = { uri };
  const answer = await client.connection.sendRequest(SemanticTokensRequest.type, { textDocument });
  const data = answer?.data ?? [];
  const { tokenTypes, tokenModifiers } =
    client.initialized.capabilities.semanticTokensProvider!.legend;
  const found: string[] = [];
  let [line, character] = [0, 0];
  for (let i = 0; i < data.length; i += 5) {
    const [down, right, length, type, bits] = data.slice(i, i + 5) as [
      number,
      number,
      number,
      number,
      number,
    ];
    line += down;
    character = down === 0 ? character + right : right;
    const range = { start: { line, character }, end: { line, character: character + length } };
    const modifiers = tokenModifiers.filter((_, bit) => (bits & (1 << bit)) !== 0);
    found.push(
      `${client.document(uri).getText(range)}: ${[tokenTypes[type], ...modifiers].join(" ")}`,
    );
  }
  return found;
};

test("names by what they stand for, everything else by the lexer", async () => {
  const client = await startServer();
  await client.open(
    uri,
    `/// "𝛼"\r
block Gate(n, state = 2)(x: int[B, D]) -> [B, n] {\r
  require B > 0, "𝛼" param W: [D, n] ~ glorot()\r
  let y[b, i] = sum[k](float(x[b, k]) * W[k, i]) // end\r
  return y -> Dense(n, bias = false) -> relu\r
}\r
`,
  );
  expect(await tokens(client)).toEqual([
    '/// "𝛼": comment documentation',
    "block: keyword",
    "Gate: class declaration",
    "n: parameter declaration",
    "state: parameter declaration",
    "=: operator",
    "2: number",
    "x: parameter declaration",
    "int: type",
    "B: typeParameter declaration",
    "D: typeParameter declaration",
    "->: operator",
    "B: typeParameter",
    "n: parameter",
    "require: keyword",
    "B: typeParameter",
    ">: operator",
    "0: number",
    '"𝛼": string',
    "param: keyword",
    "W: property declaration",
    "D: typeParameter",
    "n: parameter",
    "~: operator",
    "glorot: function defaultLibrary",
    "let: keyword",
    "y: variable declaration",
    "b: variable declaration",
    "i: variable declaration",
    "=: operator",
    "sum: function defaultLibrary",
    "k: variable declaration",
    "float: function defaultLibrary",
    "x: parameter",
    "b: variable",
    "k: variable",
    "*: operator",
    "W: property",
    "k: variable",
    "i: variable",
    "// end: comment",
    "return: keyword",
    "y: variable",
    "->: operator",
    "Dense: class defaultLibrary",
    "n: parameter",
    "bias: parameter defaultLibrary",
    "=: operator",
    "false: keyword",
    "->: operator",
    "relu: function defaultLibrary",
  ]);
});

test("imports are what they are where they come from", async () => {
  const half = "block Half(n)(x: [B, D]) -> [B, n] {\n  return x -> Dense(n)\n}\n\nlet K = 3\n";
  const client = await startServer({ "file:///work/half.dlm": half });
  const net =
    'import { Half as H, K, No } from "./half.dlm"\nlet M = K\nfn f(x: [B, 4]) = H(K)(x)\n';
  await client.open(uri, net);
  const found = await tokens(client);
  for (const word of ["Half: class", "H: class", "K: variable"]) expect(found).toContain(word);
  expect(found.filter((one) => one.startsWith("No:"))).toEqual([]);
});

test("settings, members and soft keywords are told apart by where they stand", async () => {
  const client = await startServer();
  await client.open(
    uri,
    "train Fit {\n  data x: [B, 4]\n  let net = Dense(3)\n  minimize mean(net(x)) over net.W using Adam(lr = 1e-3) clip 1.0\n  metric step = mean(x)\n  batch: 8\n}\n",
  );
  const found = await tokens(client);
  for (const word of ["data: keyword", "over: keyword", "clip: keyword", "metric: keyword"])
    expect(found).toContain(word);
  for (const word of ["step: property", "batch: property", "W: property", "net: variable"])
    expect(found).toContain(word);
  expect(found).toContain("lr: parameter defaultLibrary");
});

test("a declaration with a gap keeps its colours", async () => {
  const client = await startServer();
  const { diagnostics } = await client.open(
    uri,
    "fn f(alpha) {\n  let y = alpha +\n  return y\n}\n",
  );
  expect(diagnostics.map(({ code }) => code)).toEqual(["DLM0107"]);
  expect(await tokens(client)).toContain("alpha: parameter");
});
