// Functions that emitted shaders call: what WGSL leaves open about NaN and infinity, and what it does not have.

import { local } from "../../kernel/build.ts";
import type { ScalarFn } from "../../kernel/expr.ts";
import type { Expr } from "../../kernel/expr.ts";
import { expandCall } from "../../kernel/math/expansions.ts";
import { createInterner } from "../../lower/intern.ts";
import { createEmitter } from "../emit/emit-expr.ts";
import { createFlat } from "../emit/flatten.ts";
import { createNames } from "../emit/names.ts";
import { bare } from "../emit/parens.ts";
import { openScope } from "../emit/scope.ts";
import { createFoldNumbers } from "./fold-numbers.ts";
import { createLanguage } from "./language.ts";
import { handwritten } from "./handwritten.ts";
import type { LibraryFunction } from "./handwritten.ts";
import { reserved } from "./reserved.ts";

type Formula = { readonly fn: ScalarFn; readonly params: readonly Param[]; readonly doc: string };
type Param = { readonly name: string; readonly dtype: "f32" | "i32" };

const ofX: readonly Param[] = [{ name: "x", dtype: "f32" }];
const ofKeys: readonly Param[] = ["key0", "key1", "draw", "element"].map((name) => ({
  name,
  dtype: "i32",
}));

/** Written from the formulas of `kernel/math/`. */
const formulas: readonly Formula[] = [
  { fn: "exp", params: ofX, doc: "e^x" },
  { fn: "expm1", params: ofX, doc: "e^x - 1" },
  { fn: "log", params: ofX, doc: "The natural logarithm." },
  { fn: "log1p", params: ofX, doc: "log(1 + x)" },
  { fn: "sin", params: ofX, doc: "The sine." },
  { fn: "cos", params: ofX, doc: "The cosine." },
  { fn: "atan", params: ofX, doc: "The arc tangent." },
  { fn: "erf", params: ofX, doc: "The error function." },
  { fn: "tanh", params: ofX, doc: "The hyperbolic tangent." },
  { fn: "sigmoid", params: ofX, doc: "1 / (1 + e^-x)" },
  {
    fn: "pow",
    params: [...ofX, { name: "y", dtype: "f32" }],
    doc: "x^y",
  },
  { fn: "normal", params: ofKeys, doc: "Element `element` of a standard normal draw." },
];

const formulaName = (fn: ScalarFn): string => `${fn}_f32`;

/** Names of all functions there are. */
export const libraryNames: readonly string[] = [
  ...handwritten.map(({ name }) => name),
  ...formulas.map(({ fn }) => formulaName(fn)),
];

const writeFormula = ({ fn, params, doc }: Formula): LibraryFunction => {
  const args = params.map(({ name, dtype }) => local(name, dtype));
  const expanded = expandCall({ kind: "call", dtype: "f32", fn, args });
  const interner = createInterner();
  const expr: Expr = interner.intern(createFoldNumbers()(expanded!));
  const none = new Map();
  const names = params.map(({ name }) => name);
  const extents = new Map();
  const emitter = createEmitter({
    flat: createFlat(none, none, extents, none, interner),
    names: createNames([...reserved, ...libraryNames, ...names]),
    variables: new Map(names.map((name) => [name, name])),
    language: createLanguage({ dtypeOf: () => "f32", places: none, size: String, extents }),
    panels: none,
    stored: new Set(),
  });
  const scope = openScope(null, names);
  emitter.begin([expr]);
  const result = bare(emitter.text(expr, scope));
  return {
    name: formulaName(fn),
    doc,
    signature: `(${params.map(({ name, dtype }) => `${name}: ${dtype}`).join(", ")}) -> f32`,
    lines: [...scope.lines, `return ${result};`],
  };
};

/** Those that a text calls, and those that they call, what is called first. */
export const libraryFor = (text: string): readonly LibraryFunction[] => {
  const found: LibraryFunction[] = [];
  const visited = new Set<string>();
  const visit = (caller: string): void => {
    const mentions = (name: string): boolean =>
      !visited.has(name) && new RegExp(`\\b${name}\\(`).test(caller);
    const take = (fn: LibraryFunction): void => {
      visited.add(fn.name);
      visit(fn.lines.join("\n"));
      found.push(fn);
    };
    for (const fn of handwritten) if (mentions(fn.name)) take(fn);
    for (const f of formulas) if (mentions(formulaName(f.fn))) take(writeFormula(f));
  };
  visit(text);
  return found;
};
