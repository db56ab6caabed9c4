// A kernel as a function: its parameters are where its buffers begin, in bytes, then its sizes.

import { buffersOf } from "../../kernel/buffers.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { createInterner } from "../../lower/intern.ts";
import { knownSizes } from "../../lower/bounds-in-launches.ts";
import type { Bounds } from "../../lower/bounds-in-launches.ts";
import { depthsOf, extentsOf } from "../../lower/statements.ts";
import { flattenAll, rootsOf } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import { createFlat } from "../emit/flatten.ts";
import { chooseVectors } from "./choose-vectors.ts";
import { createEmitter } from "./emit-expr.ts";
import { emitProduct } from "./emit-product.ts";
import { emitRowProduct } from "./emit-row-product.ts";
import { emitStmts } from "./emit-statements.ts";
import { createLocals } from "./functions.ts";
import type { Written } from "./functions.ts";
import type { Library } from "./library.ts";
import type { Local, ValueType } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { productOf } from "./products.ts";
import type { Product } from "./products.ts";
import { rowProductOf } from "./row-products.ts";
import type { RowProduct } from "./row-products.ts";
import { openScope } from "./scope.ts";
import type { Binding } from "./scope.ts";

export const paramNamesOf = (kernel: Kernel): readonly string[] => [
  ...buffersOf(kernel).map(({ name }) => name),
  ...kernel.sizes,
];

export const paramsOf = (kernel: Kernel): readonly ValueType[] =>
  paramNamesOf(kernel).map(() => "i32");

/** `panelAt`: where copies of operands may lie, in bytes; `panelBytes` says how long they are. */
export const emitKernel = (
  kernel: Kernel,
  library: Library,
  panelAt: number,
  bounds: Bounds = knownSizes,
): Written & { readonly panelBytes: number } => {
  const decls = buffersOf(kernel);
  const locals = createLocals(paramsOf(kernel));
  const interner = createInterner();
  // A last axis of bytes makes addresses count in these.
  const inBytes = decls.map((d) => [d.name, { ...d, shape: [...d.shape, wordBytes] }] as const);
  const extents = extentsOf(kernel.body);
  const flat = createFlat(new Map(inBytes), new Map(), extents, depthsOf(kernel.body), interner);
  const uniform = (local: Local): Binding => ({ local, differs: false });
  const names = [...decls.map(({ name }) => name), ...kernel.sizes.map((name) => `size ${name}`)];
  const root = openScope(null, {
    binds: names.map((name, k) => [name, uniform(locals.params[k]!)] as const),
  });
  const parts = kernel.body.map((stmt) => {
    const given = { kernel, flat, interner, bounds };
    const product = productOf(stmt, given);
    const rowProduct = product === null ? rowProductOf(stmt, given) : null;
    const stmts = (product ?? rowProduct)?.stores ?? flattenAll({ flat }, [stmt]);
    return { product, rowProduct, stmts };
  });
  const plain = parts.flatMap((part) => (isPlain(part) ? part.stmts : (part.product?.plain ?? [])));
  const emitter = createEmitter({
    locals,
    flat,
    interner,
    extents,
    library,
    root,
    stored: new Set(decls.slice(kernel.params.length).map(({ name }) => name)),
    vectors: chooseVectors(plain, interner),
  });
  const writer = { emitter, buffers: new Map(decls.map((d) => [d.name, d])), panelAt };
  const all = parts.flatMap(({ stmts, product }) => [...stmts, ...(product?.plain ?? [])]);
  emitter.begin(all.flatMap(rootsOf));
  for (const run of runsOf(parts))
    if (run.product !== null) emitProduct(writer, run.product, root);
    else if (run.rowProduct !== null) emitRowProduct(writer, run.rowProduct, root);
    else emitStmts(writer, run.stmts, root);
  const panels = parts.flatMap(({ product, rowProduct }) => [
    product?.panelBytes ?? 0,
    product?.rowBytes ?? 0,
    rowProduct?.panelBytes ?? 0,
  ]);
  return { locals: locals.own(), body: root.code, panelBytes: Math.max(0, ...panels) };
};

type Part = {
  readonly product: Product | null;
  readonly rowProduct: RowProduct | null;
  readonly stmts: readonly FlatStmt[];
};

const isPlain = ({ product, rowProduct }: Part): boolean => product === null && rowProduct === null;

/** Neighbours that are no products are emitted together. */
const runsOf = (parts: readonly Part[]): readonly Part[] =>
  parts.reduce<readonly Part[]>((runs, part) => {
    const last = runs.at(-1);
    return last !== undefined && isPlain(last) && isPlain(part)
      ? [...runs.slice(0, -1), { ...last, stmts: [...last.stmts, ...part.stmts] }]
      : [...runs, part];
  }, []);

/** The function of an expression over locals, on four lanes. */
export const emitFormula = (expr: Expr, params: readonly string[], library: Library): Written => {
  const locals = createLocals(params.map(() => "v128"));
  const interner = createInterner();
  const none = new Map<string, never>();
  const flat = createFlat(none, none, none, none, interner);
  const root = openScope(null, {
    // Of no loop: there is no axis with this name.
    axis: "",
    binds: params.map((name, k) => [name, { local: locals.params[k]!, differs: true }] as const),
  });
  const emitter = createEmitter({
    locals,
    flat,
    interner,
    extents: none,
    library,
    root,
    stored: new Set(),
    vectors: { loops: new Set(), sums: new Set() },
  });
  const whole = interner.intern(expr);
  emitter.begin([whole]);
  const result = emitter.vector(whole, root);
  return { locals: locals.own(), body: [root.code, result] };
};
