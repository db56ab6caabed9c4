// Graphs to text: the form that people read, goldens hold and `graph-parse.ts` reads back.

import { printNumber } from "./attr-text.ts";
import { dimKey } from "./dim.ts";
import type { Attr, Attrs, Graph, Op, SizeDecl, Value } from "./graph.ts";
import { printType } from "./type.ts";

/** The name of every value of a graph, with its sigil: `%h`, `@Dense_0.W`. */
export type ValueNames = ReadonlyMap<Value, string>;

/** One line per op; equal graphs print equally. */
export function printGraph(graph: Graph): string {
  const names = nameValues(graph);
  const inputs = graph.inputs.map((v) => `${nameOf(names, v)}: ${printType(v.type)}`);
  const lines = graph.ops.map((op) => `  ${printOp(op, names)}\n`);
  const outputs = graph.outputs.map((v) => nameOf(names, v)).join(", ");
  const head = `graph @${graph.name}(${inputs.join(", ")})${printSizes(graph.sizes)}`;
  return `${head} {\n${lines.join("")}  ${`return ${outputs}`.trimEnd()}\n}\n`;
}

/** `%h = contract(%x, @W) {spec="bd,dn->bn"} : tensor<Bx64xf32>` */
export function printOp(op: Op, names: ValueNames): string {
  const results = op.results.map((v) => nameOf(names, v)).join(", ");
  const operands = op.operands.map((v) => nameOf(names, v)).join(", ");
  const attrs = Object.keys(op.attrs).length === 0 ? "" : ` ${printAttrs(op.attrs)}`;
  const types = op.results.map((v) => printType(v.type)).join(", ");
  return `${results} = ${op.name}(${operands})${attrs} : ${types}`;
}

/** `[1, 2]`, `"bd,dn->bn"`, `-inf`, `2*T+1`; a graph over several lines. */
export function printAttr(attr: Attr): string {
  if (typeof attr === "number") return printNumber(attr);
  if (typeof attr === "string") return JSON.stringify(attr);
  if (typeof attr === "boolean") return String(attr);
  if ("ops" in attr) return printGraph(attr).trimEnd().replaceAll("\n", "\n  ");
  return "kind" in attr ? dimKey(attr) : `[${attr.map(printAttr).join(", ")}]`;
}

/** In the order they were written; `{}` when there are none. */
export function printAttrs(attrs: Attrs): string {
  const rows = Object.entries(attrs).map(([name, attr]) => `${name}=${printAttr(attr)}`);
  return `{${rows.join(", ")}}`;
}

/** Text that is equal for attributes that differ in their order only. */
export function attrsKey(attrs: Attrs): string {
  const rows = Object.entries(attrs).map(([name, attr]) => `${name}=${printAttr(attr)}`);
  return rows.sort().join(",");
}

/** Names from the source where there are any, made unique by a number; the rest counted in order. */
export function nameValues(graph: Graph): ValueNames {
  const names = new Map<Value, string>();
  const used = new Set<string>();
  const give = (value: Value, name: string): void => {
    used.add(name);
    names.set(value, name);
  };
  for (const value of graph.inputs) {
    if (value.def.kind === "input") give(value, value.def.sigil + value.def.name);
  }
  let count = 0;
  for (const value of graph.ops.flatMap((op) => op.results)) {
    if (value.hint === null) give(value, `%${count++}`);
    else give(value, unused(`%${wordOf(value.hint)}`, used));
  }
  return names;
}

/** ` sizes(B <= 64, T)`, or nothing. */
export function printSizes(sizes: readonly SizeDecl[]): string {
  if (sizes.length === 0) return "";
  const rows = sizes.map(({ name, max }) => (max === null ? name : `${name} <= ${dimKey(max)}`));
  return ` sizes(${rows.join(", ")})`;
}

/** A value that the graph does not define prints as `%?`: text must not hide a broken graph. */
function nameOf(names: ValueNames, value: Value): string {
  return names.get(value) ?? `%?${value.id}`;
}

/** Numbers alone are kept for values without a name. */
function wordOf(hint: string): string {
  const word = hint.replace(/[^\w.]/g, "_");
  return /^\d*$/.test(word) ? `_${word}` : word;
}

function unused(name: string, used: ReadonlySet<string>): string {
  if (!used.has(name)) return name;
  let n = 1;
  while (used.has(`${name}_${n}`)) n++;
  return `${name}_${n}`;
}
