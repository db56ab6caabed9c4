// Kernels → kernels without unrolled loops: every statement once per iteration, side by side.

import { CompilerBug } from "../../grammar/bug.ts";
import type { DType } from "../ir/type.ts";
import { int, letStmt, local } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { createNaming } from "../kernel/free-name.ts";
import type { Kernel, Stmt } from "../kernel/kernel.ts";
import { roundsOf } from "../kernel/rounds.ts";
import { endsOf } from "../lower/intern.ts";
import { createRebuild } from "../lower/rebuild.ts";
import { mapRange, mapStmts, withStoresTogether } from "../lower/statements.ts";
import { namesIn } from "../lower/names-in.ts";
import type { Loop } from "./nests.ts";

/**
 * For backends that emit statement by statement. Each statement is there for all iterations before the next one, so loops
 * inside an unrolled loop run once for all of them: the order within each iteration stays.
 */
export const writeOut = (kernel: Kernel): Kernel => ({
  ...kernel,
  body: createWriteOut(kernel)(kernel.body),
});

/** For statements of one kernel, one after the other. */
export const createWriteOut = (kernel: Kernel): ((stmts: readonly Stmt[]) => readonly Stmt[]) => {
  const fresh = createNaming(new Set(namesIn(kernel)), 0);
  return (stmts) => writeLanes(stmts, [laneOf(new Map())], fresh);
};

/** One iteration of all unrolled loops around: what their axes and its own lets are. */
type Lane = {
  readonly values: ReadonlyMap<string, Expr>;
  readonly rebuild: (expr: Expr) => Expr;
};

const laneOf = (values: ReadonlyMap<string, Expr>): Lane => ({
  values,
  rebuild: createRebuild((e) =>
    e.kind === "axis" || e.kind === "local" ? (values.get(e.name) ?? null) : null,
  ),
});

const withValue = (lane: Lane, name: string, value: Expr): Lane =>
  laneOf(new Map([...lane.values, [name, value]]));

const writeLanes = (
  stmts: readonly Stmt[],
  outer: readonly Lane[],
  fresh: (hint: string) => string,
): readonly Stmt[] => {
  if (outer.length === 0) return [];
  let lanes = outer;
  const written: Stmt[] = [];
  for (const run of withStoresTogether(stmts)) {
    const [stmt] = run;
    switch (stmt.kind) {
      case "store":
        written.push(...lanes.flatMap(({ rebuild }) => mapStmts(run, rebuild)));
        break;
      case "let": {
        const { name, value } = stmt;
        const named = declare(lanes, name, value.dtype, fresh);
        written.push(
          ...lanes.map((lane, k) => letStmt(nameIn(named[k]!, name), lane.rebuild(value))),
        );
        lanes = named;
        break;
      }
      case "next":
        written.push({ ...stmt, values: lanes.flatMap((lane) => carriedOn(stmt.values, lane)) });
        break;
      case "row":
        if (!lanes.every(isAlone))
          throw new CompilerBug(`${stmt.decl.name} is shared by iterations`);
        written.push(stmt);
        break;
      case "if":
        for (const lane of lanes) {
          const body = writeLanes(stmt.body, [lane], fresh);
          written.push({ ...stmt, condition: lane.rebuild(stmt.condition), body });
        }
        break;
      case "for":
        if (stmt.role === "unroll") {
          written.push(...writeLanes(stmt.body, lanesInside(lanes, stmt), fresh));
          break;
        }
        // Lanes whose loops differ run one after the other.
        lanes = (endsDiffer(lanes, stmt) ? lanes.map((lane) => [lane]) : [lanes]).flatMap(
          (some) => {
            const inner = stmt.carries.reduce(
              (named, { name, init }) => declare(named, name, init.dtype, fresh),
              some,
            );
            const carries = some.flatMap((lane, k) =>
              stmt.carries.map(({ name, init }) => ({
                name: nameIn(inner[k]!, name),
                init: lane.rebuild(init),
              })),
            );
            const range = mapRange(stmt.range, some[0]!.rebuild);
            written.push({ ...stmt, range, carries, body: writeLanes(stmt.body, inner, fresh) });
            return inner;
          },
        );
    }
  }
  return written;
};

type Next = Extract<Stmt, { kind: "next" }>;

const carriedOn = (values: Next["values"], lane: Lane): Next["values"] =>
  values.map(({ name, value }) => ({ name: nameIn(lane, name), value: lane.rebuild(value) }));

/** Each lane gets a variable of its own. */
const declare = (
  lanes: readonly Lane[],
  name: string,
  dtype: DType,
  fresh: (hint: string) => string,
): readonly Lane[] =>
  lanes.map((lane) => (isAlone(lane) ? lane : withValue(lane, name, local(fresh(name), dtype))));

/** What a variable is called in a lane. */
const nameIn = (lane: Lane, name: string): string => {
  const value = lane.values.get(name);
  return value?.kind === "local" ? value.name : name;
};

/** Outside of unrolled loops. */
const isAlone = (lane: Lane): boolean => lane.values.size === 0;

/** One lane per iteration of an unrolled loop, for each lane around it. */
const lanesInside = (lanes: readonly Lane[], loop: Loop): readonly Lane[] => {
  const rounds = roundsOf(loop);
  if (rounds === null) throw new CompilerBug(`it is not known how often ${loop.axis} is unrolled`);
  return lanes.flatMap((lane) => rounds.map((k) => withValue(lane, loop.axis, int(k))));
};

/** Whether a loop begins or ends at what is different in each lane. */
const endsDiffer = (lanes: readonly Lane[], { range }: Loop): boolean =>
  range !== null &&
  lanes.length > 1 &&
  lanes.some(({ rebuild }) => endsOf(range).some((e) => rebuild(e) !== e));
