// Which launches sum products of two operands, so that a workgroup can compute a tile of them; of the others, why not.

import type { Dim } from "../ir/dim.ts";
import { affineOf, decide } from "../kernel/affine.ts";
import { axis, leI, ltI } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { Kernel, Stmt } from "../kernel/kernel.ts";
import { axesIn } from "./access.ts";
import { createInterner } from "./intern.ts";
import { createRebuild } from "./rebuild.ts";
import { loadsAny, mapStmts, visitExprs } from "./statements.ts";
import type { GridAxis, Launch } from "./launch.ts";

export type Factor = {
  readonly value: Expr;
  /** Where one of them does not hold the factor counts as 0, and is not read. */
  readonly guards: readonly Expr[];
  /** Whether elements that meet in a sum one after the other lie side by side. */
  readonly liesAlongDepth: boolean;
};

export type Store = Extract<Stmt, { kind: "store" }>;
export type Sum = Extract<Expr, { kind: "reduce" }>;

/** `left` depends on rows, `right` on columns, both on batch and depth. Axes of each kind are in the order of the grid. */
export type Contraction = {
  readonly batch: readonly GridAxis[];
  readonly rows: readonly GridAxis[];
  readonly columns: readonly GridAxis[];
  /** What the sum runs over. */
  readonly depth: readonly GridAxis[];
  readonly left: Factor;
  readonly right: Factor;
  /** One object, wherever `stores` have it. */
  readonly sum: Sum;
  readonly stores: readonly Store[];
  /**
   * Some elements are left out of the sum for some rows or columns alone: what is 0 there meets the other operand, which
   * makes NaN of an infinity.
   */
  readonly isMasked: boolean;
};

/** A sentence where the launch is no such thing. */
export const contractionOf = (kernel: Kernel, { grid, body }: Launch): Contraction | string => {
  const stores = storesOf(body);
  if (stores === null) return "it does more than to store what it computes";
  const written = new Set(kernel.results.map(({ name }) => name));
  if (stores.some((s) => [...s.index, s.value].some((e) => loadsAny(e, written))))
    return "it reads what it writes";
  const sums: Sum[] = [];
  visitExprs(stores, (e) => {
    if (e.kind === "reduce") sums.push(e);
  });
  const [sum, another] = sums;
  if (sum === undefined) return "nothing is summed";
  if (another !== undefined) return "there is more than one sum";
  if (sum.op !== "add" || sum.dtype !== "f32") return "it is no sum of floats";
  const { body: term } = sum;
  if (term.kind !== "call" || term.fn !== "mul") return "what is summed is no product";
  const factors = term.args as [Expr, Expr];
  const [own, other] = factors.map((f) => axesIn([f]));
  const of = (mine: ReadonlySet<string>, others: ReadonlySet<string>): readonly GridAxis[] =>
    grid.filter(({ name }) => mine.has(name) && !others.has(name));
  const sides = [of(own!, other!), of(other!, own!)] as const;
  if (sides.some((side) => side.length === 0)) return "the operands have no rows and columns";
  const batch = grid.filter((a) => !sides.some((side) => side.includes(a)));
  const columnsAt = columnSide(sides, stores[0]!);
  const [rows, columns] = [sides[1 - columnsAt]!, sides[columnsAt]!];
  const extents = new Map([...grid, ...sum.axes].map(({ name, extent }) => [name, extent]));
  const guards = guardsOf(sum).filter((g) => decide(g, extents) !== true);
  const reaches = (side: readonly GridAxis[], e: Expr): boolean =>
    side.some(({ name }) => axesIn([e]).has(name));
  if (guards.some((g) => reaches(rows, g) && reaches(columns, g)))
    return "which elements are summed depends on rows and columns at once";
  const factor = (at: number, side: readonly GridAxis[], across: readonly GridAxis[]): Factor => ({
    value: factors[at]!,
    guards: guards.filter((g) => !reaches(across, g)),
    liesAlongDepth: isAlong(kernel, factors[at]!, sum.axes.at(-1)!.name, side.at(-1)!.name),
  });
  return {
    batch,
    rows,
    columns,
    depth: sum.axes.map(({ name, extent }) => ({ name, extent })),
    left: factor(1 - columnsAt, rows, columns),
    right: factor(columnsAt, columns, rows),
    sum,
    stores,
    isMasked: guards.some((g) => reaches(rows, g) || reaches(columns, g)),
  };
};

/** Without lets, and equal expressions one object; null where anything else is done. */
export const storesOf = (body: readonly Stmt[]): readonly Store[] | null => {
  const values = new Map<string, Expr>();
  const interner = createInterner();
  const rebuild = createRebuild((e) => (e.kind === "local" ? (values.get(e.name) ?? null) : null));
  const stores: Store[] = [];
  for (const s of body) {
    if (s.kind === "let") values.set(s.name, rebuild(s.value));
    else if (s.kind === "store" && s.accumulate === null) stores.push(s);
    else return null;
  }
  const whole = mapStmts(stores, (e) => interner.intern(rebuild(e)));
  return whole.flatMap((s) => (s.kind === "store" ? [s] : []));
};

/** The side of which neighbours are stored next to each other; else the one with the innermost axis of the grid. */
const columnSide = (
  sides: readonly [readonly GridAxis[], readonly GridAxis[]],
  { index }: Store,
): 0 | 1 => {
  const stored = index.length === 0 ? null : affineOf(index.at(-1)!);
  const isStored = (side: readonly GridAxis[]): boolean =>
    side.some(({ name }) => stored?.coefficients.get(name) === 1);
  if (isStored(sides[0]) !== isStored(sides[1])) return isStored(sides[0]) ? 0 : 1;
  const inner = index.flatMap((e) => [...axesIn([e])]).at(-1);
  return sides[0].some(({ name }) => name === inner) ? 0 : 1;
};

/** What holds for every element of a sum, as conditions that each mention as little as they can. */
export const guardsOf = ({ axes, where }: Pick<Sum, "axes" | "where">): readonly Expr[] => {
  const conditions = axes.flatMap(({ name, range }) =>
    range === null
      ? []
      : [
          ...partsOf("max", range.from).map((from) => leI(from, axis(name))),
          ...partsOf("min", range.to).map((to) => ltI(axis(name), to)),
        ],
  );
  return where === null ? conditions : [...conditions, where];
};

const partsOf = (fn: "max" | "min", e: Expr): readonly Expr[] =>
  e.kind === "call" && e.fn === fn ? e.args.flatMap((arg) => partsOf(fn, arg)) : [e];

/** Whether the load with the most axes goes through memory word by word along `depth`, and not along `side`. */
export const isAlong = (kernel: Kernel, factor: Expr, depth: string, side: string): boolean => {
  let [most, found] = [-1, false];
  visitExprs([{ kind: "let", name: "e", value: factor }], (e) => {
    if (e.kind !== "load") return;
    const { size } = axesIn([e]);
    if (size <= most) return;
    most = size;
    const shape = shapeOf(kernel, e.buffer);
    const last = e.index.filter((_, at) => shape[at] !== 1).at(-1);
    const form = last === undefined ? null : affineOf(last);
    found = form?.coefficients.get(depth) === 1 && form.coefficients.get(side) !== 1;
  });
  return found;
};

const shapeOf = ({ params }: Kernel, buffer: string): readonly Dim[] =>
  params.find(({ name }) => name === buffer)?.shape ?? [];
