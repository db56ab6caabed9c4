// Writes a kernel as a function over the heap.

import { CompilerBug } from "../../../grammar/bug.ts";
import { product } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { buffersOf, rowsIn } from "../../kernel/buffers.ts";
import { over } from "../../kernel/build.ts";
import type { BufferDecl, Kernel } from "../../kernel/kernel.ts";
import { knownSizes } from "../../lower/bounds-in-launches.ts";
import type { Bounds } from "../../lower/bounds-in-launches.ts";
import { createInterner, endsOf } from "../../lower/intern.ts";
import { depthsOf, extentsOf, letsIn } from "../../lower/statements.ts";
import { scheduleKernel } from "../../schedule/schedule-kernel.ts";
import { panelsOf } from "../../schedule/schedule.ts";
import { typescript } from "../../costs/typescript.ts";
import { sizeName } from "../identifiers.ts";
import { panelViews } from "../backend.ts";
import { createCallsTogether } from "./calls-together.ts";
import { createEmitter } from "../emit/emit-expr.ts";
import type { Panels } from "../emit/emit-expr.ts";
import { emitLoop, emitStmts, flattenAll, rootsOf } from "../emit/emit-statements.ts";
import type { KernelWriter } from "../emit/emit-statements.ts";
import { createFlat } from "../emit/flatten.ts";
import { loopHead } from "../emit/loop-head.ts";
import { createNames } from "../emit/names.ts";
import { createLanguage, panelLines, panelsNames } from "./language.ts";
import { partsOf, stmtsIn } from "./parts.ts";
import type { Part } from "./parts.ts";
import { withReciprocals } from "./reciprocals.ts";
import { reserved } from "./reserved.ts";
import { openScope } from "../emit/scope.ts";
import type { Scope } from "../emit/scope.ts";

/** A kernel as the body of a function: parameters are the heap `f`, `i`, then offsets of buffers, then sizes. */
export type EmittedKernel = {
  /** Names of the offset parameters, in the order of the kernel's params, results and rows. */
  readonly offsets: readonly string[];
  readonly sizes: readonly string[];
  readonly lines: readonly string[];
};

/** And how many words `panels` has to have for the copies in it. */
export type EmittedWithPanels = EmittedKernel & { readonly panelWords: number };

export const emitKernel = (kernel: Kernel, bounds: Bounds = knownSizes): EmittedWithPanels => {
  const { schedule, kernel: inTiles } = scheduleKernel(kernel, typescript, bounds);
  const scheduled = withReciprocals(inTiles);
  const made = panelsOf(schedule);
  const panels = new Map<string, number>();
  let words = 0;
  for (const { name, shape } of rowsIn(scheduled.body)) {
    if (!made.has(name)) continue;
    panels.set(name, words);
    words += mostOf(product(shape), bounds, name);
  }
  const calls = createCallsTogether(scheduled);
  const parts = partsOf(scheduled, calls.together);
  const ends = calls.scratch.map(({ decl, at }) => {
    panels.set(decl.name, words + at);
    return words + at + Number(decl.shape[0]);
  });
  const scratch = calls.scratch.map(({ decl }) => decl);
  const emitted = emitParts({ kernel: scheduled, parts, scratch, panels });
  return { ...emitted, panelWords: Math.max(words, ...ends) };
};

const mostOf = (words: Dim, { most }: Bounds, name: string): number => {
  const found = most(words);
  if (found === null) throw new CompilerBug(`it is not known how large the copy ${name} is`);
  return found;
};

/** A kernel with its loops as they are, and all scratch on the heap. */
export const emitScheduled = (kernel: Kernel): EmittedKernel =>
  emitParts({ kernel, parts: partsOf(kernel), scratch: [], panels: new Map() });

type Parts = {
  readonly kernel: Kernel;
  readonly parts: readonly Part[];
  /** What the parts have beside the buffers of the kernel. */
  readonly scratch: readonly BufferDecl[];
  /** Scratch that does not lie on the heap. */
  readonly panels: Panels;
};

const emitParts = ({ kernel, parts, scratch, panels }: Parts): EmittedKernel => {
  const declared = [...buffersOf(kernel), ...scratch];
  const decls = declared.filter(({ name }) => !panels.has(name));
  const buffers = new Map(declared.map((d) => [d.name, d]));
  const stmts = [...kernel.body, ...stmtsIn(parts)];
  const extents = extentsOf(stmts);
  const sizes = kernel.sizes.map(sizeName);
  const names = createNames([...reserved, ...panelsNames, ...sizes]);
  const offsets = decls.map((d) => names.fresh(d.name));
  const axisNames = [...extents.keys()].map((a) => [a, names.fresh(a)] as const);
  const variables = new Map([
    ...decls.map((d, k) => [d.name, offsets[k]!] as const),
    ...axisNames,
    ...letsIn(stmtsIn(parts)).map((name) => [name, names.fresh(name)] as const),
  ]);
  const interner = createInterner();
  const flat = createFlat(buffers, panels, extents, depthsOf(stmts), interner, panelViews);
  const emitter = createEmitter({
    flat,
    names,
    variables,
    language: createLanguage((buffer) => buffers.get(buffer)!.dtype, panels),
    panels,
    stored: new Set(decls.slice(kernel.params.length).map((r) => r.name)),
  });
  const scope = openScope(
    null,
    decls.map((d) => d.name),
  );
  for (const part of parts) emitPart({ emitter, flat, panels }, part, scope);
  return { offsets, sizes, lines: [...panelLines(scope.lines), ...scope.lines] };
};

const emitPart = (writer: KernelWriter, part: Part, scope: Scope): void => {
  const { emitter, flat } = writer;
  if (part.kind === "stmts") {
    const stmts = flattenAll(writer, part.stmts);
    emitter.begin(stmts.flatMap(rootsOf));
    emitStmts(writer, stmts, scope);
    return;
  }
  const { axis, extent, range } = part.loop;
  const ends = flat.range(range);
  emitter.begin(endsOf(ends));
  const head = loopHead(emitter, over(axis, extent, ends), scope);
  const inner = openScope(scope, [axis]);
  for (const one of part.inner) emitPart(writer, one, inner);
  emitLoop(scope, head, inner);
};
