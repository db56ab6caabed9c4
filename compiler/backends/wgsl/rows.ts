// Where the scratch of a kernel lies: small rows in the memory of an invocation, others in a buffer that invocations share out.

import type { Dim } from "../../ir/dim.ts";
import { add, mul, product } from "../../ir/dim.ts";
import { rowsIn } from "../../kernel/buffers.ts";
import type { BufferDecl, Kernel } from "../../kernel/kernel.ts";
import type { Team } from "./combine-lanes.ts";

/** Words of a kernel's rows that lie in private memory: more than fits in registers slows every invocation. */
const mostPrivate = 256;

/** Invocations that run at once where each has scratch of its own; each of them works on one element after the other. */
export const lanes = 1024;

export type RowPlace =
  | { readonly kind: "private"; readonly words: number }
  /** So many words for each element of the workgroup. */
  | { readonly kind: "workgroup"; readonly words: number; readonly team: Team }
  /** `at`: first word. `shared`: one for all; else words of neighbouring lanes lie side by side. */
  | { readonly kind: "scratch"; readonly at: Dim; readonly shared: boolean };

export type Rows = {
  readonly places: ReadonlyMap<string, RowPlace>;
  /** f32 if all that lies in scratch is; else bits of f32 lie in it as i32. */
  readonly holds: "f32" | "i32";
  /** Words of scratch that all share. */
  readonly shared: Dim;
  /** And those that each lane has. */
  readonly perLane: Dim;
};

/** Rows outside of all loops are handed from launch to launch. `teams`: which lanes share a row, where some do. */
export const placeRows = ({ body }: Kernel, teams: ReadonlyMap<string, Team>): Rows => {
  const outer = new Set(body.flatMap((s) => (s.kind === "row" ? [s.decl.name] : [])));
  const places = new Map<string, RowPlace>();
  const inScratch: BufferDecl[] = [];
  let [shared, perLane]: [Dim, Dim] = [0, 0];
  let inPrivate = 0;
  for (const row of rowsIn(body)) {
    const words = product(row.shape);
    const isOuter = outer.has(row.name);
    const team = teams.get(row.name);
    if (team !== undefined && typeof words === "number") {
      places.set(row.name, { kind: "workgroup", words: Math.max(words, 1), team });
      continue;
    }
    if (!isOuter && typeof words === "number" && inPrivate + words <= mostPrivate) {
      inPrivate += words;
      places.set(row.name, { kind: "private", words: Math.max(words, 1) });
      continue;
    }
    inScratch.push(row);
    places.set(row.name, { kind: "scratch", at: isOuter ? shared : perLane, shared: isOuter });
    if (isOuter) shared = add(shared, words);
    else perLane = add(perLane, words);
  }
  const holds = inScratch.every(({ dtype }) => dtype === "f32") ? "f32" : "i32";
  return { places, holds, shared, perLane };
};

/** Words of the buffer that scratch lies in. */
export const scratchWords = ({ shared, perLane }: Rows): Dim => add(shared, mul(perLane, lanes));
