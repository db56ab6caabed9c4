// Text to graphs: reads what `text.ts` prints.

import { parseNumber } from "./attr-text.ts";
import { parseDim, readDim } from "./dim-text.ts";
import type { Dim } from "./dim.ts";
import type { Attr, Attrs, Graph, Op, SizeDecl, Value } from "./graph.ts";
import { createTextReader } from "./text-reader.ts";
import type { TextReader } from "./text-reader.ts";
import type { DType, TensorType } from "./type.ts";

/** What a printed name of a value may hold after its sigil; a colon only inside (`@W:m`). */
export const valueName = /[%@](?:[^\s,(){}=:"]|:(?=[^\s,(){}=:"]))+/;
/** Names of graphs, ops and attributes. */
const word = /[A-Za-z_][\w.]*/;
/** What may follow a plain number, so that `2*B` is not taken for one. */
const number = /(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|-?inf|nan)(?=\s*[,\]}])/;

/** One graph. Ops are taken as they stand: none is merged, dropped or checked. Throws SyntaxError. */
export function parseGraph(text: string): Graph {
  const r = createTextReader(text);
  const graph = readGraph(r);
  return r.atEnd() ? graph : r.fail("expected the end after the graph");
}

/** Graphs one after the other. */
export function parseGraphs(text: string): readonly Graph[] {
  const r = createTextReader(text);
  const graphs: Graph[] = [];
  while (!r.atEnd()) graphs.push(readGraph(r));
  return graphs;
}

/** `tensor<Bx(2*T+1)x3xf32>` */
export function parseType(text: string): TensorType {
  const r = createTextReader(text);
  const type = readType(r);
  return r.atEnd() ? type : r.fail("expected the end after the type");
}

type Scope = { readonly names: Map<string, Value> };

function readGraph(r: TextReader): Graph {
  r.expect("graph");
  return readGraphAfterWord(r);
}

function readGraphAfterWord(r: TextReader): Graph {
  const scope: Scope = { names: new Map() };
  r.expect("@");
  const name = r.need(word, "the name of the graph");
  r.expect("(");
  const inputs = r.list(")", () => readInput(r, scope));
  const sizes = r.accept("sizes") ? readSizes(r) : [];
  r.expect("{");
  const ops: Op[] = [];
  while (!r.accept("return")) ops.push(readOp(r, scope));
  const outputs = r.list("}", () => readOperand(r, scope));
  return { name, sizes, inputs, ops, outputs };
}

function readInput(r: TextReader, scope: Scope): Value {
  const name = r.need(valueName, "an input such as %x or @W");
  r.expect(":");
  const sigil = name.startsWith("@") ? "@" : "%";
  const def = { kind: "input", sigil, name: name.slice(1) } as const;
  return define(r, scope, name, { id: scope.names.size, type: readType(r), hint: null, def });
}

/** `sizes` is read; `(B <= 64, T)` follows. */
function readSizes(r: TextReader): readonly SizeDecl[] {
  r.expect("(");
  return r.list(")", () => {
    const name = r.need(word, "a size name");
    return { name, max: r.accept("<=") ? readDim(r) : null };
  });
}

function readOp(r: TextReader, scope: Scope): Op {
  const names = [];
  do names.push(r.need(valueName, "a value such as %h, or return"));
  while (r.accept(","));
  r.expect("=");
  const name = r.need(word, "the name of an op");
  r.expect("(");
  const operands = r.list(")", () => readOperand(r, scope));
  const attrs = r.accept("{") ? readAttrs(r) : {};
  r.expect(":");
  const results: Value[] = [];
  const op: Op = { name, operands, attrs, results, span: null };
  for (const [index, text] of names.entries()) {
    if (index > 0) r.expect(",");
    const hint = /^%\d+$/.test(text) ? null : text.slice(1);
    const def = { kind: "result", op, index } as const;
    const value = { id: scope.names.size, type: readType(r), hint, def };
    results.push(define(r, scope, text, value));
  }
  return op;
}

function readOperand(r: TextReader, scope: Scope): Value {
  const name = r.need(valueName, "a value such as %h or @W");
  return scope.names.get(name) ?? r.fail(`${name} is not defined above`);
}

function define(r: TextReader, scope: Scope, name: string, value: Value): Value {
  if (scope.names.has(name)) r.fail(`${name} is defined twice`);
  scope.names.set(name, value);
  return value;
}

function readAttrs(r: TextReader): Attrs {
  const rows = r.list("}", () => {
    const name = r.need(word, "the name of an attribute");
    r.expect("=");
    return [name, readAttr(r)] as const;
  });
  return Object.fromEntries(rows);
}

function readAttr(r: TextReader): Attr {
  if (r.accept("[")) return r.list("]", () => readAttr(r));
  const quoted = r.take(/"(?:[^"\\\n]|\\.)*"/);
  if (quoted !== null) return JSON.parse(quoted) as string;
  if (r.take(/graph(?=\s*@)/) !== null) return readGraphAfterWord(r);
  if (r.accept("true")) return true;
  if (r.accept("false")) return false;
  const text = r.take(number);
  return text === null ? readDim(r) : (parseNumber(text) ?? NaN);
}

function readType(r: TextReader): TensorType {
  r.expect("tensor<");
  const shape: Dim[] = [];
  for (;;) {
    const dtype = r.take(/(?:f32|i32|bool)(?=>)/);
    if (dtype !== null) {
      r.expect(">");
      return { dtype: dtype as DType, shape };
    }
    const name = r.take(/\d+|[A-Za-wyz_][A-Za-wyz_0-9]*/);
    if (name === null && !r.accept("(")) r.fail("expected a size or an element type");
    shape.push(name === null ? readDim(r) : parseDim(name));
    if (name === null) r.expect(")");
    r.need(/x/, `"x"`);
  }
}
