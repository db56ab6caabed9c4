// What the language server reports about open documents, over the protocol.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  DiagnosticSeverity,
  DiagnosticTag,
  DidChangeWatchedFilesNotification,
  FileChangeType,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { catalogue } from "../../grammar/catalogue.ts";
import { explanations } from "../../grammar/explanations.gen.ts";
import { host } from "../../compiler/cli/commands/lsp.ts";
import { partAt, startServer } from "./client.ts";

const uri = "file:///work/net.dlm";
const wrong = "model Net(x: [B, 7]) -> [B, 3] {\n  return x -> Dence(3)\n}\n";

test("says what it is and what it can do", async () => {
  const { initialized } = await startServer();
  expect(initialized.serverInfo).toEqual({ name: "dlm", version: host.version });
  expect(initialized.capabilities.positionEncoding).toBe("utf-16");
});

test("a report has its place, severity, code, help and a page that is there", async () => {
  const client = await startServer();
  const { diagnostics, version } = await client.open(uri, wrong);
  expect(version).toBe(1);
  expect(diagnostics).toHaveLength(1);
  const [one] = diagnostics;
  expect(one).toMatchObject({
    severity: DiagnosticSeverity.Error,
    source: "dlm",
    code: "DLM0201",
    message: "no layer or function is called `Dence`\ndid you mean `Dense`?",
  });
  expect(partAt(client.document(uri), one!.range)).toBe("Dence");
  expect(existsSync(fileURLToPath(one!.codeDescription!.href))).toBe(true);
});

test("every explanation has a page", () => {
  const missing = Object.keys(explanations).filter(
    (code) => !existsSync(fileURLToPath(host.explanation(code))),
  );
  expect(missing).toEqual([]);
});

test("goes when the mistake is mended, and comes back with it", async () => {
  const client = await startServer();
  await client.open(uri, wrong);
  expect(await client.edit(uri, "Dence", "Dense")).toEqual({ uri, version: 2, diagnostics: [] });
  expect((await client.edit(uri, "Dense", "Dence")).diagnostics).toHaveLength(1);
});

test("other places are related information, also in the library", async () => {
  const text = "model Net(x: [B, 7]) -> [B, 5] {\n  return x -> Dense(3)\n}\n";
  const client = await startServer();
  const { diagnostics } = await client.open(uri, text);
  const related = diagnostics[0]?.relatedInformation ?? [];
  expect(related.map(({ location }) => partAt(client.document(uri), location.range))).toEqual([
    "5",
  ]);
});

test("a place in the library is one in the file that this package has", async () => {
  const text = "model Net(x: [B, 8], y: [B, 5]) -> [B] {\n  return cosine_similarity(x, y)\n}\n";
  const client = await startServer();
  const [problem] = (await client.open(uri, text)).diagnostics;
  const related = problem?.relatedInformation ?? [];
  const { location } = related.find(({ message }) => message === "required here")!;
  const source = readFileSync(fileURLToPath(location.uri), "utf8");
  expect(TextDocument.create(location.uri, "dlm", 1, source).getText(location.range)).toBe("a * b");
});

test("what is not used is a warning that may be faded", async () => {
  const client = await startServer();
  const text = "fn f(x) {\n  let y = x + 1\n  return x\n}\n";
  const { diagnostics } = await client.open(uri, text);
  expect(diagnostics).toMatchObject([
    { code: "DLM0901", severity: DiagnosticSeverity.Warning, tags: [DiagnosticTag.Unnecessary] },
  ]);
  expect(catalogue.DLM0901.slug).toBe("unused-let");
});

test("`dlm-ignore` counts as on the command line", async () => {
  const client = await startServer();
  const text = "fn f(x) {\n  // dlm-ignore unused-let: to come\n  let y = x + 1\n  return x\n}\n";
  expect((await client.open(uri, text)).diagnostics).toEqual([]);
});

describe("places count UTF-16 units", () => {
  const lines = ["// 𝛼𝛽 two astral letters", 'fn f(x) { require x > 0, "𝛼" return y }', ""];
  test.each([
    ["\\n", "\n"],
    ["\\r\\n", "\r\n"],
    ["\\r", "\r"],
  ])("in lines that end with %s", async (_name, end) => {
    const client = await startServer();
    const { diagnostics } = await client.open(uri, lines.join(end));
    const unknown = diagnostics.find(({ code }) => code === "DLM0209");
    const start = lines[1]!.indexOf("y }");
    expect(unknown?.range).toEqual({
      start: { line: 1, character: start },
      end: { line: 1, character: start + 1 },
    });
  });

  test("and so do changes", async () => {
    const client = await startServer();
    await client.open(uri, lines.join("\r\n"));
    const { diagnostics } = await client.edit(uri, '"𝛼" return y', '"𝛼𝛼𝛼" return x');
    expect(diagnostics.filter(({ code }) => code === "DLM0209")).toEqual([]);
  });
});

describe("imports", () => {
  const part = "file:///work/part%20one.dlm";
  const net =
    'import { Half } from "./part one.dlm"\n\nmodel Net(x: [B, 7]) -> [B, 3] {\n  return x -> Half(3)\n}\n';
  const half = "block Half(n)(x: [B, D]) -> [B, n] {\n  return x -> Dense(n)\n}\n";

  test("come from disk", async () => {
    const client = await startServer({ [part]: half });
    expect((await client.open(uri, net)).diagnostics).toEqual([]);
  });

  test("come from an open document before they come from disk, and are followed as they change", async () => {
    const client = await startServer({ [part]: half });
    await client.open(part, half.replace("Half", "Whole"));
    expect((await client.open(uri, net)).diagnostics.map(({ code }) => code)).toContain("DLM0208");
    const later = client.published(uri);
    await client.edit(part, "Whole", "Half");
    expect((await later).diagnostics).toEqual([]);
  });

  test("that are missing are found once they are there", async () => {
    const client = await startServer();
    expect((await client.open(uri, net)).diagnostics.map(({ code }) => code)).toContain("DLM0206");
    const later = client.published(uri);
    await client.open(part, half);
    expect((await later).diagnostics).toEqual([]);
  });

  test("are followed as they change on disk, where the client says so", async () => {
    const files = { [part]: half.replace("Half", "Whole") };
    const client = await startServer(files);
    expect((await client.open(uri, net)).diagnostics).toHaveLength(1);
    files[part] = half;
    const later = client.published(uri);
    await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri: part, type: FileChangeType.Changed }],
    });
    expect((await later).diagnostics).toEqual([]);
  });

  test("a mistake in a file that is not open is reported there, and goes with who imports it", async () => {
    const client = await startServer({ [part]: half.replace("Dense", "Dence") });
    const there = client.published(part);
    await client.open(uri, net);
    expect((await there).diagnostics.map(({ code }) => code)).toEqual(["DLM0201"]);
    const later = client.published(part);
    await client.close(uri);
    expect((await later).diagnostics).toEqual([]);
  });
});

test("library files are left alone", async () => {
  const client = await startServer();
  const opened = await client.open(`${host.library}layers.dlm`, "block Dense(n)(x) { return y }\n");
  expect(opened.diagnostics).toEqual([]);
});
