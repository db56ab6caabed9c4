// Text into the tree: what each construct becomes, and where it stands.

import { describe, expect, test } from "vitest";
import type { Expr, File, NetDecl } from "../../grammar/ast.ts";
import { format } from "../../grammar/format.ts";
import { parse } from "../../grammar/parse.ts";

const read = (text: string): File => {
  const { file, diagnostics } = parse({ path: "x.dlm", text });
  expect(diagnostics).toEqual([]);
  return file;
};
/** The expression of `let a = …`, fully parenthesised. */
const grouped = (text: string): string => {
  const [decl] = read(`let a = ${text}`).decls;
  if (decl?.kind !== "const") throw new Error(text);
  return show(decl.value);
};
const show = (expr: Expr): string => {
  switch (expr.kind) {
    case "name":
      return expr.name;
    case "number":
      return expr.text;
    case "next":
      return `next ${expr.name.text}`;
    case "unary":
      return `(${expr.op} ${show(expr.operand)})`;
    case "binary":
      return `(${show(expr.left)} ${expr.op} ${show(expr.right)})`;
    case "if":
      return `(if ${show(expr.condition)} then ${show(expr.then)} else ${show(expr.else)})`;
    case "pipe":
      return `(${[
        show(expr.head),
        ...expr.stages.map((stage) => (stage.kind === "apply" ? show(stage.target) : stage.kind)),
      ].join(" -> ")})`;
    case "call":
      return `${show(expr.callee)}(${expr.args.map(({ value }) => show(value)).join(", ")})`;
    case "index":
      return `${show(expr.base)}[${expr.subscripts.length}]`;
    case "member":
      return `${show(expr.base)}.${expr.member.text}`;
    case "tuple":
    case "list":
    case "string":
    case "bool":
    case "hole":
      return expr.kind;
  }
};

describe("precedence", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["-x^2", "(- (x ^ 2))"],
    ["2^-3", "(2 ^ (- 3))"],
    ["2^3^4", "(2 ^ (3 ^ 4))"],
    ["-(1-p)^g * log(p)", "((- ((1 - p) ^ g)) * log(p))"],
    ["a - b - c", "((a - b) - c)"],
    ["a + b * c @ d", "(a + ((b * c) @ d))"],
    ["a or b and not c == d", "(a or (b and (not (c == d))))"],
    ["not a and b", "((not a) and b)"],
    ["- - x", "(- (- x))"],
    ["-x * y", "((- x) * y)"],
    ["a == -b + c", "(a == ((- b) + c))"],
    ["2^-x^2 * 3", "((2 ^ (- (x ^ 2))) * 3)"],
    ["f(x)[i].g^2", "(f(x)[1].g ^ 2)"],
    ["if a then b else c -> f", "(if a then b else (c -> f))"],
    ["if a then b else if c then d else e", "(if a then b else (if c then d else e))"],
    ["x + y -> f -> g(2)", "((x + y) -> f -> g(2))"],
    ["(next h) / 2", "(next h / 2)"],
    ["a < b and b < c", "((a < b) and (b < c))"],
    ["(a < b) == c", "((a < b) == c)"],
  ];
  for (const [text, tree] of cases) {
    test(`${text} is ${tree}`, () => expect(grouped(text)).toBe(tree));
  }
});

describe("places", () => {
  test("spans hold exactly their text, parentheses included", () => {
    const text = "fn f(x) = (x + 1) * g(x, k = 2)[0]";
    const [decl] = read(text).decls;
    if (decl?.kind !== "fn" || Array.isArray(decl.body)) throw new Error("fn");
    const slice = ({ span }: { span: { start: number; end: number } }): string =>
      text.slice(span.start, span.end);
    const body = decl.body as Expr;
    expect(slice(decl)).toBe(text);
    expect(slice(decl.name)).toBe("f");
    expect(slice(body)).toBe("(x + 1) * g(x, k = 2)[0]");
    if (body.kind !== "binary" || body.right.kind !== "index") throw new Error("binary");
    expect(text.slice(body.opSpan.start, body.opSpan.end)).toBe("*");
    expect(slice(body.left)).toBe("(x + 1)");
    expect(slice(body.right.base)).toBe("g(x, k = 2)");
    if (body.right.base.kind !== "call") throw new Error("call");
    expect(body.right.base.args.map(slice)).toEqual(["x", "k = 2"]);
  });

  test("every node of a program lies within its parent", () => {
    const text =
      "model M(a = 1)(x: int[B, ...S]) -> (y: [B]) {\n  return x -> repeat 3 { f } -> g\n}";
    const visit = (value: unknown, outer: { start: number; end: number }): void => {
      if (typeof value !== "object" || value === null) return;
      const own = (value as { span?: { start: number; end: number } }).span;
      if (own !== undefined) {
        expect(own.start).toBeGreaterThanOrEqual(outer.start);
        expect(own.end).toBeLessThanOrEqual(outer.end);
        expect(own.end).toBeGreaterThan(own.start);
      }
      for (const child of Object.values(value)) visit(child, own ?? outer);
    };
    visit(read(text), { start: 0, end: text.length });
  });
});

describe("declarations", () => {
  test("documentation is the block of /// right above, without its marker", () => {
    const text =
      "/// Of the file.\n\n/// First  \r\n///   second\nfn f(x) = x\n//// no\nfn g(x) = x\n";
    const docs = read(text).decls.map((decl) => ("doc" in decl ? decl.doc : null));
    expect(docs).toEqual(["First\n  second", ""]);
  });

  test("soft keywords are names wherever a name may stand", () => {
    const soft =
      "from as in reverse where data step metric minimize over using clip state buffer require penalty";
    for (const word of soft.split(" ")) {
      const text = `block B(${word} = 1)(x: [B]) -> [B] { let ${word} = f(${word} = x).${word} return ${word} }`;
      const [decl] = read(text).decls;
      expect((decl as NetDecl).config![0]!.name.text).toBe(word);
    }
  });

  test("hard keywords are names of arguments and members", () => {
    for (const word of "model block cell fn train let param next repeat scan if then not true".split(
      " ",
    )) {
      expect(grouped(`f(${word} = 1).${word}`)).toBe(`f(1).${word}`);
    }
  });

  test("Greek letters are letters", () => {
    expect(grouped("σ * exp(μ)")).toBe("(σ * exp(μ))");
  });

  test("one parameter list is data, two are configuration and data", () => {
    const [one, two, none] = read(
      "block A(x: [B]) -> [B] { return x }\nblock C(n)(x: [B]) -> [B] { return x }\nblock D()(x: [B]) -> [B] { return x }",
    ).decls as NetDecl[];
    expect([one!.config, one!.data.length]).toEqual([null, 1]);
    expect([two!.config!.length, two!.data.length]).toEqual([1, 1]);
    expect([none!.config!.length, none!.data.length]).toEqual([0, 1]);
  });

  test("line ends and a byte order mark mean nothing", () => {
    const text = "fn f(x) {\n  let y = x\n  return y\n}\n";
    const tidy = format({ path: "x.dlm", text });
    for (const other of [
      text.replaceAll("\n", "\r\n"),
      text.replaceAll("\n", "\r"),
      `\uFEFF${text}`,
    ]) {
      expect(format({ path: "x.dlm", text: other })).toBe(tidy);
    }
  });
});

describe("recovery", () => {
  test("only the declaration with the gap is broken", () => {
    const text = "fn a(x) = x\nfn b(x) = max(x\nfn c(x) = x\nfn d(x) = if x then\nfn e(x) = x";
    const { file } = parse({ path: "x.dlm", text });
    expect(file.broken).toBe(true);
    expect(file.decls.map((decl) => ("name" in decl ? [decl.name.text, decl.broken] : []))).toEqual(
      [
        ["a", false],
        ["b", true],
        ["c", false],
        ["d", true],
        ["e", false],
      ],
    );
  });

  test("a repaired statement is read as what was meant", () => {
    const text = "fn f(x) {\n  h = x |> relu\n  return h ** 2\n}";
    const { file, diagnostics } = parse({ path: "x.dlm", text });
    expect(diagnostics.map(({ code }) => code)).toEqual(["DLM0103", "DLM0101", "DLM0101"]);
    expect(file.decls).toMatchObject([
      {
        kind: "fn",
        broken: false,
        body: [
          { kind: "let", name: { text: "h" }, value: { kind: "pipe" } },
          { kind: "return", values: [{ kind: "binary", op: "^" }] },
        ],
      },
    ]);
  });
});
