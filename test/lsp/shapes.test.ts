// Shapes and documentation at the cursor, and shapes behind stages, over the protocol.

import { describe, expect, test } from "vitest";
import { HoverRequest, InlayHintRequest } from "vscode-languageserver/node";
import { startServer } from "./client.ts";
import type { Client } from "./client.ts";

const uri = "file:///work/net.dlm";
const text = `/// Halves 𝛼.
fn half(x) = x / 2

/// A gate,
/// as wide as asked for.
block Gate(units, bias = true)(x: [..., D]) -> [..., units] {
  param W: [D, units] ~ glorot()
  let y = x @ W
  return sigmoid(y)
}

model Net(width = 5)(x: [B, 28, 3], z: int[B]) -> [B, 2] {
  let h = x -> Gate(width) -> Gate(7, bias = true) -> relu
  let a, b = split(h, [3, 4])
  let s = mean(a, over = 1)
  return s -> half
    -> repeat n in [4, 2] { Dense(n) -> tanh }
}
`;

/** What is shown at \`inside\`, which stands in \`part\`. */
const hoverAt = async (client: Client, part: string, inside = part): Promise<string | null> => {
  const document = client.document(uri);
  const start = document.getText().indexOf(part);
  const position = document.positionAt(start + part.indexOf(inside));
  const found = await client.connection.sendRequest(HoverRequest.type, {
    textDocument: { uri },
    position,
  });
  const contents = found?.contents ?? null;
  return contents !== null && typeof contents === "object" && "value" in contents
    ? contents.value
    : null;
};

const opened = async (program = text): Promise<Client> => {
  const client = await startServer();
  expect((await client.open(uri, program)).diagnostics.map(({ code }) => code)).toEqual([]);
  return client;
};

const code = (...lines: readonly string[]): string => `\`\`\`dlm\n${lines.join("\n")}\n\`\`\``;

describe("hover", () => {
  const cases: readonly (readonly [string, string, string, string | null])[] = [
    ["a value", "let h", "h", code("let h: [B, 28, 7]")],
    ["one of several values", "let a, b", "b", code("let b: [B, 28, 4]")],
    ["a value where it is used", "s -> half", "s", code("let s: [B, 3]")],
    ["an input", "z: int", "z", code("(input) z: int[B]")],
    ["an input that is used", "h = x", "x", code("(input) x: [B, 28, 3]")],
    ["configuration", "Net(width", "width", code("(configuration) width = 5")],
    ["a size of an application", "[D, units]", "D", code("(size) D = 3, 5")],
    ["a weight of a block that is built twice", "param W", "W", code("param W: [3, 5], [5, 7]")],
    ["a value in there", "let y", "y", code("let y: [B, 28, 5], [B, 28, 7]")],
    ["an operator", "x @ W", "@ W", code("[B, 28, 5], [B, 28, 7]")],
    [
      "a block, with its documentation",
      "-> Gate(7",
      "Gate",
      `${code(
        "block Gate(units, bias = true)(x: [..., D]) -> [..., units]",
        "// here: [B, 28, 7]",
      )}\n\nA gate,\nas wide as asked for.`,
    ],
    [
      "a function, whole where it is short",
      "-> half",
      "half",
      `${code("fn half(x) = x / 2", "// here: [B, 3]")}\n\nHalves 𝛼.`,
    ],
    [
      "the name of an argument",
      "7, bias",
      "bias",
      `${code("(argument) bias = true")}\n\nof \`Gate\``,
    ],
    [
      "what only the compiler knows",
      "split(h",
      "split",
      code("(built in) split(x, parts, axis = -1)", "// here: ([B, 28, 3], [B, 28, 4])"),
    ],
    ["a keyword", "return s", "return", null],
  ];
  test.each(cases)("of %s", async (_name, part, inside, expected) => {
    const client = await opened();
    expect(await hoverAt(client, part, inside)).toBe(expected);
  });

  test("of the library has its signature and documentation", async () => {
    const client = await opened();
    const shown = await hoverAt(client, "Dense(n)", "Dense");
    expect(shown).toContain("block Dense(units");
    expect(shown).toContain("// here: [B, 4], [B, 2]");
    expect(shown).toMatch(/```\n\n\S/);
  });

  test("of what another file declares reports nothing on that file", async () => {
    const part = "file:///work/part.dlm";
    const client = await startServer({ [part]: "let SCALE = 2\n\nfn unused(x) = y\n" });
    const program = 'import { SCALE } from "./part.dlm"\n\nfn f(x: [B, 3]) = x * SCALE\n';
    const there = client.published(part);
    await client.open(uri, program);
    const before = (await there).diagnostics;
    expect(await hoverAt(client, "{ SCALE", "SCALE")).toBe(code("let SCALE = 2"));
    const later = client.published(part);
    await client.close(uri);
    expect(before).toHaveLength(1);
    expect((await later).diagnostics).toEqual([]);
  });

  test("goes on in what is left of a broken program", async () => {
    const client = await startServer();
    const broken = await client.open(uri, text.replace("return sigmoid(y)", "return sigmoid(q)"));
    expect(broken.diagnostics.map(({ code: number }) => number)).toContain("DLM0209");
    expect(await hoverAt(client, "x / 2", "x")).toContain("x");
    expect(await hoverAt(client, "let y", "y")).toContain("let y: [B, 28, 5]");
  });
});

describe("hints", () => {
  const hints = async (client: Client, lines: readonly [number, number]) => {
    const document = client.document(uri);
    const found = await client.connection.sendRequest(InlayHintRequest.type, {
      textDocument: { uri },
      range: {
        start: { line: lines[0], character: 0 },
        end: { line: lines[1], character: 0 },
      },
    });
    return (found ?? []).map(({ position, label }) => {
      const before = document.getText({
        start: { line: position.line, character: 0 },
        end: position,
      });
      return `${before.trim()} | ${String(label)}`;
    });
  };

  test("stand behind stages that change the shape", async () => {
    const client = await opened();
    expect(await hints(client, [0, 18])).toEqual([
      "let h = x -> Gate(width) | [B, 28, 5]",
      "let h = x -> Gate(width) -> Gate(7, bias = true) | [B, 28, 7]",
      "return s -> half | [B, 3]",
      "-> repeat n in [4, 2] { Dense(n) | [B, 4], [B, 2]",
      "-> repeat n in [4, 2] { Dense(n) -> tanh } | [B, 2]",
    ]);
  });

  test("are those of the lines that are asked for", async () => {
    const client = await opened();
    expect(await hints(client, [13, 16])).toEqual(["return s -> half | [B, 3]"]);
  });

  test("follow the text", async () => {
    const client = await opened();
    await client.edit(uri, "Net(width = 5)", "Net(width = 6)");
    expect((await hints(client, [11, 13]))[0]).toBe("let h = x -> Gate(width) | [B, 28, 6]");
  });
});
