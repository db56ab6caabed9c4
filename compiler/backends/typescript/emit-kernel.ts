// Writes a kernel as a function over the heap: loops, tiles with their ragged ends, stores.

import { buffersOf } from "../../kernel/buffers.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { createInterner } from "../../lower/intern.ts";
import { extentsOf, letsIn } from "../../lower/statements.ts";
import { sizeName } from "../identifiers.ts";
import { createEmitter } from "./emit-expr.ts";
import { spellSize } from "./emit-size.ts";
import { emitStmts, flattenAll, rootsOf } from "./emit-statements.ts";
import type { KernelWriter } from "./emit-statements.ts";
import { emitTiled } from "./emit-tile.ts";
import { createFlat } from "./flatten.ts";
import { createNames } from "./names.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { chooseTile, nestOf } from "./tile.ts";

/** A kernel as the body of a function: parameters are the heap `f`, `i`, then offsets of buffers, then sizes. */
export type EmittedKernel = {
  /** Names of the offset parameters, in the order of the kernel's params, results and rows. */
  readonly offsets: readonly string[];
  readonly sizes: readonly string[];
  readonly lines: readonly string[];
};

export const emitKernel = (kernel: Kernel): EmittedKernel => {
  const decls = buffersOf(kernel);
  const buffers = new Map(decls.map((d) => [d.name, d]));
  const extents = extentsOf(kernel.body);
  const sizes = kernel.sizes.map(sizeName);
  const names = createNames(sizes);
  const offsets = decls.map((d) => names.fresh(d.name));
  const axisNames = [...extents.keys()].map((a) => [a, names.fresh(a)] as const);
  const variables = new Map([
    ...decls.map((d, k) => [d.name, offsets[k]!] as const),
    ...axisNames,
    ...letsIn(kernel.body).map((name) => [name, names.fresh(name)] as const),
  ]);
  const interner = createInterner();
  const flat = createFlat(buffers, extents, interner);
  const emitter = createEmitter({
    flat,
    names,
    variables,
    size: spellSize,
    dtypeOf: (buffer) => buffers.get(buffer)!.dtype,
    stored: new Set(decls.slice(kernel.params.length).map((r) => r.name)),
  });
  const scope = openScope(
    null,
    decls.map((d) => d.name),
  );
  emitTop({ emitter, flat, dtypes: buffers, extents }, kernel.body, scope);
  return { offsets, sizes, lines: scope.lines };
};

const emitTop = (writer: KernelWriter, body: readonly Stmt[], scope: Scope): void => {
  for (const together of partsOf(body)) {
    const nest = nestOf(together[0]!);
    const tile = nest === null ? [] : chooseTile(nest);
    if (nest !== null && tile.length > 0) {
      emitTiled(writer, nest, tile, scope);
      continue;
    }
    const flat = flattenAll(writer, together);
    writer.emitter.begin(flat.flatMap(rootsOf));
    emitStmts(writer, flat, scope);
  }
};

/** Statements one by one, but neighbouring stores together: what one writes another may still have to read. */
const partsOf = (body: readonly Stmt[]): readonly (readonly Stmt[])[] =>
  body.reduce<Stmt[][]>((parts, stmt) => {
    const last = parts.at(-1);
    if (stmt.kind === "store" && last?.[0]?.kind === "store") last.push(stmt);
    else parts.push([stmt]);
    return parts;
  }, []);
