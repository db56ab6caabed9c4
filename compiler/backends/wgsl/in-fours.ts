// Statements of four neighbouring elements as statements on vectors, and stores of four that may not be one.

import { ifStmt, local } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { mapStmts, visitExprs } from "../../lower/statements.ts";
import { flattenAll } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import type { FourPositions, Renaming } from "./four-positions.ts";
import type { LaunchWriter } from "./launch-writer.ts";

/** What stands for a part of an expression whose parts are replaced already; null where it stays. */
type Replace = (part: Expr, position: number) => Expr | null;

export type InFours = {
  /** What stands for the axes of each element. */
  readonly parts: readonly Renaming[];
  /** And for other parts of expressions. */
  readonly replace?: Replace;
  /** Whether all that differs among the four has to be loaded in whole vectors. */
  readonly loadsWhole: boolean;
};

/** Null unless every store is of a whole vector, and what is asked is the same for all four. */
export const inFours = (
  { flat, vectors, names, stand }: LaunchWriter,
  stmts: readonly Stmt[],
  { parts, replace = () => null, loadsWhole }: InFours,
): readonly FlatStmt[] | null => {
  const differing = new Set<string>();
  const renames = parts.map((renaming, k) =>
    createRebuild((e) => {
      if (e.kind === "axis") return renaming.get(e.name) ?? null;
      if (e.kind === "local" && differing.has(e.name)) return local(`${e.name}.${k}`, e.dtype);
      return replace(e, k);
    }),
  );
  const wordsOf = (e: Expr): readonly Expr[] => renames.map((rename) => flat.expr(rename(e)));
  const isLoadedWhole = (s: Stmt): boolean => {
    let found = true;
    visitExprs([s], (e) => {
      if (e.kind === "load") found &&= isSame(wordsOf(e)) || vectors.isWhole(wordsOf(e));
    });
    return found;
  };
  const all = (list: readonly Stmt[]): readonly FlatStmt[] | null => {
    const made: FlatStmt[] = [];
    for (const s of list) {
      const one = inFour(s);
      if (one === null) return null;
      made.push(one);
    }
    return made;
  };
  const inFour = (s: Stmt): FlatStmt | null => {
    if (loadsWhole && s.kind !== "if" && !isLoadedWhole(s)) return null;
    switch (s.kind) {
      case "let": {
        const words = wordsOf(s.value);
        const variable = names.fresh(s.name);
        if (isSame(words)) {
          stand(s.name, variable);
          return { kind: "let", name: s.name, value: words[0]! };
        }
        differing.add(s.name);
        vectors.stand(s.name, variable);
        return { kind: "let", name: s.name, value: vectors.zip(words) };
      }
      case "store": {
        const whole = vectors.wholeAt(
          s.buffer,
          renames.map((rename) => s.index.map(rename)),
        );
        if (whole === null || s.accumulate !== null) return null;
        return { kind: "store", ...whole, value: vectors.zip(wordsOf(s.value)), accumulate: null };
      }
      case "if": {
        const words = wordsOf(s.condition);
        const body = isSame(words) ? all(s.body) : null;
        return body === null ? null : { kind: "if", condition: words[0]!, body };
      }
      default:
        return null;
    }
  };
  return all(stmts);
};

/** What is made of four neighbouring sums: stored as vectors if that can be. `sumAt`: what stands for a sum. */
export const storesOfFour = (
  writer: LaunchWriter,
  stores: readonly Stmt[],
  parts: FourPositions["parts"],
  sumAt: Replace,
): readonly FlatStmt[] => {
  const inVectors = parts.every(({ isThere }) => isThere === null)
    ? inFours(writer, stores, {
        parts: parts.map(({ renaming }) => renaming),
        replace: sumAt,
        loadsWhole: false,
      })
    : null;
  const eachAlone = (): readonly Stmt[] =>
    parts.flatMap(({ renaming, isThere }, k) => {
      const rename = createRebuild((e) =>
        e.kind === "axis" ? (renaming.get(e.name) ?? null) : sumAt(e, k),
      );
      const renamed = mapStmts(stores, rename);
      return isThere === null ? renamed : [ifStmt(isThere, renamed)];
    });
  return inVectors ?? flattenAll(writer, eachAlone());
};

const isSame = (words: readonly Expr[]): boolean => words.every((e) => e === words[0]);
