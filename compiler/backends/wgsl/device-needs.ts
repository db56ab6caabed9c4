// What a plan needs of a device beyond what every device has, at the sizes that are known; and reports of it.

import { diagnostic } from "../../../grammar/report.ts";
import type { Diagnostic } from "../../../grammar/diagnostic.ts";
import type { Span } from "../../../grammar/span.ts";
import { evaluateDim, product } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Origin } from "../../ir/graph.ts";
import { rowsIn } from "../../kernel/buffers.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { boundsOf, printBytes } from "../../lower/memory-budget.ts";
import { layOut, sizesOfDispatch } from "../../lower/plan.ts";
import type { DeviceLimit } from "../../../runtime/webgpu/program.ts";
import type { EntryPlan, Plan } from "../../lower/plan.ts";
import { boundPieces } from "./bound-pieces.ts";
import type { BoundPiece, Sizes } from "./bound-pieces.ts";
import { planLaunches } from "./plan-launches.ts";
import { lanes, placeRows, scratchWords } from "./rows.ts";
import { mostWords, storedParts } from "./stored-parts.ts";

/** Limits that have to grow with the sizes of a program. */
type LimitName = DeviceLimit["limit"];

/** Bytes that a limit has to be. */
export type Need = {
  readonly limit: LimitName;
  readonly bytes: number;
  /** What is so large: `@net.Dense_0.W`. */
  readonly what: string;
  readonly span: Origin | null;
  readonly kind: Kind;
};

/** What the memory is for; of what takes as much, the first is what a report is about. */
const kinds = ["weight", "state", "batch", "scratch"] as const;
type Kind = (typeof kinds)[number];

const helps: Readonly<Record<Kind, string>> = {
  weight: "two narrow layers need less than one wide one",
  state: "two narrow layers need less than one wide one",
  batch: "a smaller `batch` needs less",
  scratch: "shorter rows need less",
};

/** Bytes that every device has. */
const everyDevice: Readonly<Record<LimitName, number>> = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 4 * mostWords,
};

/** Bytes of a binding are counted in 32 bits. */
const mostBound = 2 ** 32 - 4;

/** Those above what every device has, largest first; of equal ones a weight before what is made for it. */
export const needsOf = (plan: Plan): readonly Need[] =>
  [
    ...(plan.storedWords === 0 ? [] : [storedNeed(plan)]),
    ...plan.entries.flatMap((entry) => entryNeeds(plan, entry)),
  ]
    .filter(({ limit, bytes }) => bytes > everyDevice[limit])
    .toSorted((a, b) => b.bytes - a.bytes || kinds.indexOf(a.kind) - kinds.indexOf(b.kind))
    .filter((need, k, all) => all.findIndex((other) => isSame(need, other)) === k);

const isSame = (a: Need, b: Need): boolean => a.limit === b.limit && a.what === b.what;

/** At most one for each place and limit; where no device is large enough, of the plan that alone. */
export const deviceReports = (plans: readonly Plan[]): readonly Diagnostic[] => {
  const all = plans.flatMap((plan) => {
    const needs = needsOf(plan);
    const reports = (["maxStorageBufferBindingSize", "maxBufferSize"] as const).flatMap((limit) =>
      reportOf(
        plan,
        needs.filter((need) => need.limit === limit),
      ),
    );
    const errors = reports.filter(({ severity }) => severity === "error");
    return errors.length > 0 ? errors : reports;
  });
  // A model and the recipe that trains it have the same layers.
  const keys = all.map(({ code, span, notes }) => [code, span.file, span.start, notes[0]].join());
  return all.filter((_, k) => keys.indexOf(keys[k]!) === k);
};

const reportOf = (plan: Plan, [most, ...others]: readonly Need[]): readonly Diagnostic[] => {
  if (most === undefined) return [];
  const { limit, bytes, what, span, kind } = most;
  const place = span?.call ?? span ?? anywhere(plan);
  const size = printBytes(bytes);
  const also = others.slice(0, 3).map((need) => `${need.what} ${printBytes(need.bytes)}`);
  const notes = [
    `every GPU has a \`${limit}\` of ${printBytes(everyDevice[limit])}`,
    ...(also.length === 0 ? [] : [`large too: ${also.join(", ")}`]),
  ];
  const detail = { notes, helps: [{ text: helps[kind] }] };
  return limit === "maxStorageBufferBindingSize" && bytes > mostBound
    ? [diagnostic("DLM0806", place, { what, size, limit: printBytes(mostBound) }, detail)]
    : [diagnostic("DLM0914", place, { what, size, limit }, detail)];
};

/** Where nothing says what text a need comes from. */
const anywhere = ({ entries }: Plan): Span => {
  const { span } = entries.flatMap(({ entry }) => entry.graph.ops).find((op) => op.span !== null)!;
  return span!.call ?? span!;
};

/** Of the buffers that stored tensors lie in the largest. */
const storedNeed = (plan: Plan): Need => {
  const { stored, storedWords } = plan;
  const starts = storedParts(plan);
  const sizes = starts.map((start, k) => (starts[k + 1] ?? storedWords) - start);
  const words = Math.max(...sizes);
  const start = starts[sizes.indexOf(words)]!;
  const inside = stored.filter(({ offset }) => start <= offset && offset < start + words);
  const most = inside.reduce((a, b) => (b.words > a.words ? b : a)).tensor;
  return {
    limit: "maxBufferSize",
    bytes: 4 * words,
    what: `the memory that \`@${most.path}\` lies in`,
    span: readerOf(plan, most.path)?.span ?? null,
    kind: kindOf(plan, most.path),
  };
};

/** The first kernel that works on a stored tensor. */
const readerOf = ({ entries, kernels }: Plan, path: string): Kernel | undefined =>
  entries
    .flatMap(({ dispatches }) => dispatches)
    .filter(({ args }) => args.some((arg) => arg.kind === "stored" && arg.path === path))
    .map(({ kernel }) => kernels[kernel]!.kernel)[0];

/** Halves count as whole words, which they are on a device without f16. */
const entryNeeds = (plan: Plan, entry: EntryPlan): readonly Need[] => {
  const sizes = boundsOf(entry);
  const piecesOf = boundPieces(plan, entry, sizes);
  return [
    ...slabNeeds(entry, sizes),
    ...entry.dispatches.flatMap((dispatch) => {
      const { kernel } = plan.kernels[dispatch.kernel]!;
      return [
        ...piecesOf(dispatch).map((piece) => pieceNeed(plan, entry, kernel, piece)),
        ...scratchNeeds(kernel, sizesOfDispatch(kernel, dispatch, sizes)),
      ];
    }),
  ];
};

const slabNeeds = (entry: EntryPlan, sizes: Sizes): readonly Need[] => {
  const { memory, slots } = entry;
  const { offsets } = layOut(entry, sizes);
  return [...new Set(memory.slabOf)].map((slab) => {
    const inside = slots
      .map((slot, k) => ({ slot, k, words: evaluateDim(slot.words, sizes) }))
      .filter(({ k }) => memory.slabOf[k] === slab);
    const start = Math.min(...inside.map(({ k }) => offsets[k]!));
    const end = Math.max(...inside.map(({ k, words }) => offsets[k]! + words));
    const most = inside.reduce((a, b) => (b.words > a.words ? b : a));
    return {
      limit: "maxBufferSize",
      bytes: 4 * (end - start),
      what: `the memory that \`${most.slot.name}\` lies in`,
      span: originOf(most.slot),
      kind: "batch",
    };
  });
};

const originOf = ({ value }: EntryPlan["slots"][number]): Origin | null =>
  value?.def.kind === "result" ? value.def.op.span : null;

/** What a kernel has of one buffer. */
const pieceNeed = (
  plan: Plan,
  { slots }: EntryPlan,
  kernel: Kernel,
  { start, end, largest }: BoundPiece,
): Need => {
  const shared = { limit: "maxStorageBufferBindingSize", bytes: 4 * (end - start) } as const;
  if (largest.kind === "stored") {
    const { path } = largest;
    return { ...shared, what: `\`@${path}\``, span: kernel.span, kind: kindOf(plan, path) };
  }
  const slot = slots[largest.slot]!;
  const span = originOf(slot) ?? kernel.span;
  return { ...shared, what: `\`${slot.name}\``, span, kind: "batch" };
};

const kindOf = ({ stored }: Plan, path: string): Kind =>
  stored.find(({ tensor }) => tensor.path === path)?.tensor.storage === "param"
    ? "weight"
    : "state";

const scratchNeeds = (kernel: Kernel, sizes: Sizes): readonly Need[] => {
  const words = rowsIn(kernel.body).map(({ shape }) => evaluateDim(product(shape), sizes));
  const most = 4 * lanes * words.reduce((n, count) => n + count, 0);
  // Ways are chosen only where scratch for every lane would be too much.
  if (most <= everyDevice.maxStorageBufferBindingSize) return [];
  const bytes = 4 * evaluateDim(scratchOf(kernel), sizes);
  const what = `the scratch of \`${kernel.name}\``;
  return [
    { limit: "maxStorageBufferBindingSize", bytes, what, span: kernel.span, kind: "scratch" },
  ];
};

const scratchOf = (original: Kernel): Dim => {
  const { kernel, teams } = planLaunches(original);
  return scratchWords(placeRows(kernel, teams));
};
