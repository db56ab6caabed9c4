// A kernel as a function: its parameters are where its buffers begin, in bytes, then its sizes.

import { buffersOf } from "../../kernel/buffers.ts";
import type { Expr } from "../../kernel/expr.ts";
import { add } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { createInterner, endsOf } from "../../lower/intern.ts";
import { knownSizes } from "../../lower/bounds-in-launches.ts";
import type { Bounds } from "../../lower/bounds-in-launches.ts";
import { depthsOf, extentsOf } from "../../lower/statements.ts";
import { flattenAll } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import { createFlat } from "../emit/flatten.ts";
import type { Code } from "./bytes.ts";
import { channelSumOf } from "./channel-sums.ts";
import type { ChannelSum } from "./channel-sums.ts";
import { chooseVectors } from "./choose-vectors.ts";
import type { Vectors } from "./choose-vectors.ts";
import { emitChannels } from "./emit-channels.ts";
import { createEmitter } from "./emit-expr.ts";
import { emitDotRows } from "./emit-dot-rows.ts";
import { emitGrouped, groupedBytes } from "./emit-grouped.ts";
import { emitInnerProduct, emitProduct } from "./emit-product.ts";
import { emitRowProduct } from "./emit-row-product.ts";
import { emitStmts } from "./emit-statements.ts";
import { createLocals } from "./functions.ts";
import type { Written } from "./functions.ts";
import type { Library } from "./library.ts";
import { groupedOf } from "./grouped-products.ts";
import type { GroupedProduct } from "./grouped-products.ts";
import { innerProductsOf, noProducts, rootsWith } from "./inner-products.ts";
import type { InnerProducts } from "./inner-products.ts";
import { get, i32, intConst, set, when } from "./instructions.ts";
import type { Local, ValueType } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { productOf } from "./products.ts";
import type { Product } from "./product.ts";
import { dotRowsOf, rowProductOf } from "./row-products.ts";
import type { DotRows, RowProduct } from "./row-products.ts";
import { openScope } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import { bindShare } from "./shared-rounds.ts";
import {
  shareOfChannels,
  shareOfGrouped,
  shareOfLoops,
  shareOfProduct,
  shareOfRowProduct,
} from "./shares.ts";
import type { Share, Sharing } from "./shares.ts";
import type { Threads } from "./threads.ts";
import { columnQuantum } from "./tiles.ts";
import type { ProductWriter } from "./tiles.ts";

export const paramNamesOf = (kernel: Kernel): readonly string[] => [
  ...buffersOf(kernel).map(({ name }) => name),
  ...kernel.sizes,
];

export const paramsOf = (kernel: Kernel): readonly ValueType[] =>
  paramNamesOf(kernel).map(() => "i32");

export type WrittenKernel = Written & {
  /** How long copies of operands are. */
  readonly panelBytes: number;
  /** How long takes what threads share of it; null where the first one runs all. */
  readonly sharedWork: Dim | null;
};

/** `panelAt`: where copies of operands may lie, in bytes. Without `threads` nothing is split. */
export const emitKernel = (
  kernel: Kernel,
  library: Library,
  panelAt: number,
  bounds: Bounds = knownSizes,
  threads: Threads | null = null,
): WrittenKernel => {
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
  const sharing = areApart(kernel.body) ? (threads?.sharing ?? null) : null;
  const found = kernel.body.map((stmt) => {
    const given = { kernel, flat, interner, bounds, extents };
    const product = productOf(stmt, given);
    const grouped = product === null ? groupedOf(stmt, given) : null;
    const dotRows = grouped === null ? dotRowsOf(stmt, given) : null;
    const isElse = product === null && grouped === null && dotRows === null;
    const channels = isElse ? channelSumOf(stmt, given) : null;
    const rowProduct = isElse && channels === null ? rowProductOf(stmt, given) : null;
    const stores = grouped === null ? null : [...grouped.product.stores, ...grouped.alone];
    const own = product ?? dotRows ?? channels ?? rowProduct;
    const stmts = own?.stores ?? stores ?? flattenAll({ flat }, [stmt]);
    const part = { stmt, product, grouped, dotRows, channels, rowProduct, stmts };
    const inner = isPlain(part) ? innerProductsOf(stmt, stmts[0]!, given) : noProducts;
    return { ...part, inner };
  });
  const plain = found.flatMap((part) => (isPlain(part) ? part.stmts : (part.grouped?.alone ?? [])));
  const products = new Map(found.flatMap(({ inner }) => [...inner.products]));
  const vectors = chooseVectors(plain, interner, products);
  const parts = found.map((part) => ({
    ...part,
    share: sharing === null ? null : shareOf(part, vectors, sharing),
  }));
  const shares = parts.flatMap(({ share }) => share ?? []);
  const emitter = createEmitter({
    locals,
    flat,
    interner,
    extents,
    fusesSums: false,
    library,
    root,
    stored: new Set(decls.slice(kernel.params.length).map(({ name }) => name)),
    vectors,
  });
  const buffers = new Map(decls.map((d) => [d.name, d]));
  emitter.begin(
    parts.flatMap(({ stmts, grouped, channels }) => [
      ...(grouped === null ? [] : [grouped.index]),
      ...(channels?.depth ?? []).flatMap(({ range }) => endsOf(range)),
      ...stmts.flatMap((s) => rootsWith(s, products)),
    ]),
  );
  const emitRun = (run: Part, scope: Scope, panel: Code): void => {
    const behind = (bytes: number): Code => i32.add(panel, intConst(bytes));
    const special = new Map(
      [...products].map(([loop, { product, turnedAt, panelAfter }]) => [
        loop,
        (at: Scope) =>
          emitInnerProduct({ ...writer, panel: behind(panelAfter) }, product, behind(turnedAt), at),
      ]),
    );
    const writer: ProductWriter = { emitter, buffers, special, panelAt, panel };
    if (run.product !== null) emitProduct(writer, run.product, run.dotRows, scope);
    else if (run.grouped !== null) emitGrouped(writer, run.grouped, scope);
    else if (run.dotRows !== null) emitDotRows(writer, run.dotRows, scope);
    else if (run.channels !== null) emitChannels(writer, run.channels, scope);
    else if (run.rowProduct !== null) emitRowProduct(writer, run.rowProduct, scope);
    else emitStmts(writer, run.stmts, scope);
  };
  for (const run of runsOf(parts))
    if (threads === null || shares.length === 0) emitRun(run, root, intConst(panelAt));
    else if (run.share === null) {
      const inner = openScope(root, { guard: true, closed: true });
      const isOwn = locals.fresh("i32");
      root.code.push(set(isOwn, threads.alone));
      emitRun(run, inner, intConst(panelAt));
      root.code.push(when(get(isOwn), inner.code));
    } else {
      const { axis, quantum, least } = run.share;
      const rounds = { from: locals.fresh("i32"), to: locals.fresh("i32") };
      const panel = locals.fresh("i32");
      root.code.push(threads.share(emitter.size(axis.extent), quantum, least));
      root.code.push(set(rounds.from, threads.from), set(rounds.to, threads.to));
      root.code.push(set(panel, threads.panel));
      const inner = openScope(root, { guard: true, closed: true, binds: bindShare(axis, rounds) });
      emitRun(run, inner, get(panel));
      root.code.push(when(i32.lt(get(rounds.from), get(rounds.to)), inner.code));
    }
  const panels = parts.flatMap(({ product, grouped, rowProduct, inner }) => [
    grouped === null ? 0 : groupedBytes(grouped),
    inner.panelBytes,
    product?.panelBytes ?? 0,
    ...(product?.others.map((way) => way.product.panelBytes ?? 0) ?? []),
    product?.rowBytes ?? 0,
    rowProduct?.panelBytes ?? 0,
  ]);
  return {
    locals: locals.own(),
    body: root.code,
    panelBytes: Math.max(0, ...panels),
    sharedWork: shares.length === 0 ? null : shares.map(({ work }) => work).reduce(add),
  };
};

/** Whether no part sees variables or scratch of another: those are of one thread. */
const areApart = (body: readonly Stmt[]): boolean =>
  body.every((s) => s.kind === "store" || s.kind === "if" || isLoopAlone(s));

const isLoopAlone = (s: Stmt): boolean => s.kind === "for" && s.carries.length === 0;

const shareOf = (
  {
    stmt,
    product,
    grouped,
    dotRows,
    channels,
    rowProduct,
    inner,
  }: Omit<Part, "share" | "stmts"> & { readonly stmt: Stmt },
  vectors: Vectors,
  sharing: Sharing,
): Share | null => {
  if (product !== null) {
    const share = shareOfProduct(stmt, product, sharing);
    // Where both ways are there, shares have to begin where tiles of either do.
    const isOff = share?.axis.name === dotRows?.column.name && share?.quantum !== columnQuantum;
    return dotRows !== null && isOff ? null : share;
  }
  if (grouped !== null) return shareOfGrouped(stmt, grouped, sharing);
  if (channels !== null) return shareOfChannels(stmt, channels, sharing);
  const rows = dotRows ?? rowProduct;
  return rows === null
    ? shareOfLoops(stmt, vectors, sharing, axesOf(inner))
    : shareOfRowProduct(stmt, rows, sharing);
};

const axesOf = ({ products }: InnerProducts): ReadonlySet<string> =>
  new Set([...products.values()].flatMap(({ axes }) => axes));

type Part = {
  readonly inner: InnerProducts;
  readonly product: Product | null;
  readonly grouped: GroupedProduct | null;
  readonly dotRows: DotRows | null;
  readonly channels: ChannelSum | null;
  readonly rowProduct: RowProduct | null;
  readonly stmts: readonly FlatStmt[];
  readonly share: Share | null;
};

const isPlain = ({
  product,
  grouped,
  dotRows,
  channels,
  rowProduct,
}: Omit<Part, "share" | "inner">): boolean =>
  [product, grouped, dotRows, channels, rowProduct].every((one) => one === null);

/** Neighbours that are no products, nor split, are emitted together. */
const runsOf = (parts: readonly Part[]): readonly Part[] =>
  parts.reduce<readonly Part[]>((runs, part) => {
    const last = runs.at(-1);
    const isWhole = (p: Part | undefined): p is Part =>
      p !== undefined && isPlain(p) && p.share === null;
    return isWhole(last) && isWhole(part)
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
    fusesSums: true,
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
