// Statements → statements in which lanes that call the same function of the runtime do so in a loop.

import { axis, call, int, load, loop, row, store } from "../../kernel/build.ts";
import type { Expr, ScalarFn } from "../../kernel/expr.ts";
import { createNaming } from "../../kernel/free-name.ts";
import type { BufferDecl, Kernel, Stmt } from "../../kernel/kernel.ts";
import { childrenOf } from "../../lower/intern.ts";
import { append } from "../../ir/list-map.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import {
  extentsOf,
  letsIn,
  loadsAny,
  mapStmts,
  withStoresTogether,
} from "../../lower/statements.ts";
import { namesIn } from "../../lower/names-in.ts";

type Call = Extract<Expr, { kind: "call" }>;
type Store = Extract<Stmt, { kind: "store" }>;

/** Written as calls of the runtime. */
type Called = "exp" | "tanh" | "sigmoid" | "erf";
const isCalled = (fn: ScalarFn): fn is Called =>
  fn === "exp" || fn === "tanh" || fn === "sigmoid" || fn === "erf";

const leastCalls = 2;

/** `at`: stores that stand apart use the same places. */
export type Scratch = { readonly decl: BufferDecl; readonly at: number };

export type CallsTogether = {
  /** For statements of one kernel, without unrolled loops, one after the other. */
  readonly together: (stmts: readonly Stmt[]) => readonly Stmt[];
  /** What it has made for arguments and values. */
  readonly scratch: readonly Scratch[];
};

/**
 * Only a few calls within one function are compiled in place, and any other passes its numbers as objects. So where
 * stores side by side call a function several times, their arguments are written to scratch, and a loop in which the call
 * stands once takes them.
 */
export const createCallsTogether = (kernel: Kernel): CallsTogether => {
  const taken = new Set(namesIn(kernel));
  const fresh = createNaming(taken);
  const scratch: Scratch[] = [];
  const inBlock = (stmts: readonly Stmt[]): readonly Stmt[] =>
    runsIn(stmts).flatMap((run): readonly Stmt[] => {
      const [first] = run;
      if (first.kind === "for" || first.kind === "if")
        return [{ ...first, body: inBlock(first.body) }];
      if (first.kind !== "store") return run;
      const groups = [...groupsIn(run)].filter(([, calls]) => calls.length >= leastCalls);
      const values = new Map<Expr, Expr>();
      let at = 0;
      const before = groups.flatMap(([fn, calls]): readonly Stmt[] => {
        const decl: BufferDecl = { name: fresh(`${fn}s`), dtype: "f32", shape: [calls.length] };
        scratch.push({ decl, at });
        at += calls.length;
        calls.forEach((one, k) => values.set(one, load(decl, [int(k)])));
        const z = fresh("z");
        const one = store(decl.name, [axis(z)], call(fn, load(decl, [axis(z)])));
        return [
          row(decl),
          ...calls.map(({ args }, k) => store(decl.name, [int(k)], args[0]!)),
          loop(z, calls.length, [one]),
        ];
      });
      return [
        ...before,
        ...mapStmts(
          run,
          createRebuild((e) => values.get(e) ?? null),
        ),
      ];
    });
  return {
    together: (stmts) => {
      for (const name of [...letsIn(stmts), ...extentsOf(stmts).keys()]) taken.add(name);
      return inBlock(stmts);
    },
    scratch,
  };
};

type Run = readonly [Stmt, ...Stmt[]];

/** Neighbouring stores of which none reads what one before it writes: all arguments may be read before the first. */
const runsIn = (stmts: readonly Stmt[]): readonly Run[] =>
  withStoresTogether(stmts).flatMap((run) => {
    const runs: [Stmt, ...Stmt[]][] = [];
    const written = new Set<string>();
    for (const stmt of run) {
      const last = runs.at(-1);
      if (last === undefined || (stmt.kind === "store" && readsAny(stmt, written))) {
        written.clear();
        runs.push([stmt]);
      } else last.push(stmt);
      if (stmt.kind === "store") written.add(stmt.buffer);
    }
    return runs;
  });

const readsAny = ({ index, value }: Store, buffers: ReadonlySet<string>): boolean =>
  [...index, value].some((e) => loadsAny(e, buffers));

/** By function: calls that are made whatever a condition says, with no other of them among their arguments. */
const groupsIn = (stmts: readonly Stmt[]): ReadonlyMap<Called, readonly Call[]> => {
  const groups = new Map<Called, Call[]>();
  const holdsCall = createHoldsCall();
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e) || e.kind === "reduce") return;
    seen.add(e);
    if (e.kind === "call" && e.fn === "select") return visit(e.args[0]!);
    childrenOf(e).forEach(visit);
    if (e.kind === "call" && isCalled(e.fn) && !e.args.some(holdsCall)) append(groups, e.fn, e);
  };
  for (const s of stmts) if (s.kind === "store") visit(s.value);
  return groups;
};

/** Of expressions that share parts. */
const createHoldsCall = (): ((e: Expr) => boolean) => {
  const known = new Map<Expr, boolean>();
  const holdsCall = (e: Expr): boolean => {
    const found =
      known.get(e) ?? ((e.kind === "call" && isCalled(e.fn)) || childrenOf(e).some(holdsCall));
    known.set(e, found);
    return found;
  };
  return holdsCall;
};
