// Kernel → launches, one after the other: loops whose iterations are independent become the grid of one.

import { rowsIn } from "../../kernel/buffers.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { loadsAny, visitExprs } from "../../lower/statements.ts";
import { gridOf } from "./grid.ts";
import type { Launch } from "../../lower/launch.ts";

type Let = Extract<Stmt, { kind: "let" }>;
/** A launch, and the statements it was made of. */
type Part = { readonly launch: Launch; readonly stmts: readonly Stmt[] };

export const launchesOf = (kernel: Kernel): readonly Launch[] => {
  const written = new Set([...kernel.results, ...rowsIn(kernel.body)].map(({ name }) => name));
  const isRepeated = (s: Stmt): s is Let => s.kind === "let" && !loadsAny(s.value, written);
  const lets = kernel.body.filter(isRepeated);
  const parts = kernel.body
    .filter((s) => !isRepeated(s) && s.kind !== "row")
    .reduce<readonly Part[]>((before, s) => {
      const launch = s.kind === "for" ? gridOf(s, written) : null;
      const last = before.at(-1);
      if (launch !== null) return [...before, { launch, stmts: [s] }];
      return last?.launch.grid.length === 0
        ? [...before.slice(0, -1), inOrder([...last.stmts, s])]
        : [...before, inOrder([s])];
    }, []);
  return together(parts)
    .filter(({ launch }) => !isEmpty(launch))
    .map(({ launch }) => withLets(launch, lets));
};

/** Nothing to do: a shader that divides by such an extent is refused. */
const isEmpty = ({ grid }: Launch): boolean => grid.some(({ extent }) => extent === 0);

/** All of it in one invocation. */
const inOrder = (stmts: readonly Stmt[]): Part => ({ launch: { grid: [], body: stmts }, stmts });

/** Launches that share what a name stands for are one launch. */
const together = (parts: readonly Part[]): readonly Part[] => {
  for (const [k, { stmts }] of parts.entries()) {
    const made = new Set(stmts.flatMap(namesMade));
    const user = parts.findLastIndex((part, at) => at > k && mentionsAny(part.stmts, made));
    if (user < 0) continue;
    const joined = inOrder(parts.slice(k, user + 1).flatMap((part) => part.stmts));
    return together([...parts.slice(0, k), joined, ...parts.slice(user + 1)]);
  }
  return parts;
};

const namesMade = (s: Stmt): readonly string[] =>
  s.kind === "let" ? [s.name] : s.kind === "for" ? s.carries.map(({ name }) => name) : [];

const mentionsAny = (stmts: readonly Stmt[], names: ReadonlySet<string>): boolean => {
  let found = false;
  visitExprs(stmts, (e) => {
    if (e.kind === "local" && names.has(e.name)) found = true;
  });
  return found;
};

/** With those that it needs, and what these need. */
const withLets = ({ grid, body }: Launch, lets: readonly Let[]): Launch => ({
  grid,
  body: lets.reduceRight<readonly Stmt[]>(
    (list, one) => (mentionsAny(list, new Set([one.name])) ? [one, ...list] : list),
    body,
  ),
});
