// What runs and where it lives: kernels, the dispatches of each entry in order, buffers with their memory.

import type { Target } from "../costs/target.ts";
import type { Precision } from "../../runtime/abi.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import { add, dimKey, evaluateDim, symbol } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { Entry, Module, StoredTensor } from "../ir/module.ts";
import type { DType } from "../ir/type.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { sizesToPlanWith } from "../ir/estimate.ts";

/** A stored tensor and its fixed place, in words from the start of the heap. */
export type StoredPlace = {
  readonly tensor: StoredTensor;
  readonly offset: number;
  readonly words: number;
};

/** A buffer of the arena. Its position in `EntryPlan.slots` is its slot. */
export type Slot = {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  readonly words: Dim;
  /** What of the graph it holds; null for what planning adds. */
  readonly value: Value | null;
  readonly role: "data" | "scalar" | "draw" | "status" | "output" | "temporary";
  /** Positions of the first and last dispatch that touch it; -1 is before the run, the number of dispatches after it. */
  readonly first: number;
  readonly last: number;
};

/** Where in a buffer a step of a loop works: `stride` words times an index, which is a loop variable plus `shift`. */
export type Position = {
  /** Position of the loop in the dispatch's list; null for an index that is `shift` alone. */
  readonly loop: number | null;
  readonly shift: Dim;
  /** The index modulo 2: two places that take turns. */
  readonly alternates: boolean;
  readonly stride: Dim;
};

export type Arg =
  | {
      readonly kind: "stored";
      readonly path: string;
      readonly offset: number;
      readonly at: readonly Position[];
    }
  | { readonly kind: "slot"; readonly slot: number; readonly at: readonly Position[] };

/** Runs neighbouring dispatches once per position, from the last one down if `reverse`. Identity is the object. */
export type Loop = { readonly length: Dim; readonly reverse: boolean };

/** One launch of a kernel; `args` are its params, then its results, then its rows; `sizes` the values of the kernel's sizes. */
export type Dispatch = {
  readonly kernel: number;
  readonly args: readonly Arg[];
  readonly sizes: readonly Dim[];
  /** Loops it stands in, outermost first. */
  readonly loops: readonly Loop[];
};

/**
 * `fixed`: one set of offsets serves all sizes. `regions`: slots of one region share memory, laid out when sizes are bound.
 * `slabOf`: a device has a buffer for each slab, and the slabs lie one after the other.
 */
export type Memory =
  | {
      readonly kind: "fixed";
      readonly offsets: readonly number[];
      readonly end: number;
      readonly slabOf: readonly number[];
      /** Where each slab begins. */
      readonly starts: readonly number[];
    }
  | {
      readonly kind: "regions";
      readonly regionOf: readonly number[];
      readonly slabOf: readonly number[];
      /** The first region of each slab. */
      readonly firsts: readonly number[];
    };

/** What the status word may point at. */
export type Site = { readonly what: "index" | "divisor"; readonly span: Span | null };

export type EntryPlan = {
  readonly entry: Entry;
  /** Words of the heap before its arena: what is stored, without derived tensors where it has no use for them. */
  readonly base: number;
  readonly target: Target;
  readonly slots: readonly Slot[];
  /** Slots that a device keeps as halves. */
  readonly halves: ReadonlySet<number>;
  readonly dispatches: readonly Dispatch[];
  readonly memory: Memory;
  /** Slot of each graph input; null for one that is stored or that nothing reads. */
  readonly inputSlots: readonly (number | null)[];
  /** Slot of each graph output; null for one that is stored. */
  readonly outputSlots: readonly (number | null)[];
  readonly status: { readonly slot: number; readonly sites: readonly Site[] } | null;
  /** Before this dispatch the loss is tested: what follows overwrites stored tensors. Null without a loss. */
  readonly commit: number | null;
  /** How it was fused: one line per decision. */
  readonly notes: readonly string[];
};

export type Plan = {
  readonly module: Module;
  /** What a target may store and multiply in; one without f16 has f32 for both. */
  readonly precision: Precision;
  readonly stored: readonly StoredPlace[];
  readonly storedWords: number;
  /** Every distinct kernel once. */
  readonly kernels: readonly PlannedKernel[];
  readonly entries: readonly EntryPlan[];
};

export type PlannedKernel = { readonly kernel: Kernel };

export const alignUp = (words: number, alignment: number): number =>
  Math.ceil(words / alignment) * alignment;

type Sizes = ReadonlyMap<string, number>;

/** Values of all sizes that a dispatch's kernel mentions. */
export const sizesOfDispatch = (kernel: Kernel, dispatch: Dispatch, sizes: Sizes): Sizes =>
  new Map([
    ...sizes,
    ...kernel.sizes.map((name, k) => [name, evaluateDim(dispatch.sizes[k]!, sizes)] as const),
  ]);

/** Offset of every slot at given sizes, and the end of the arena. `apart` gives every slot memory of its own. */
export const layOut = (
  plan: EntryPlan,
  sizes: Sizes,
  apart = false,
): { readonly offsets: readonly number[]; readonly end: number } => {
  if (plan.memory.kind === "fixed" && !apart) return plan.memory;
  const words = plan.slots.map((s) => evaluateDim(s.words, sizes));
  const regionOf =
    plan.memory.kind === "fixed" || apart ? plan.slots.map((_, k) => k) : plan.memory.regionOf;
  const room: number[] = [];
  regionOf.forEach((region, slot) => {
    room[region] = Math.max(room[region] ?? 0, words[slot]!);
  });
  const { alignment } = plan.target;
  let end = alignUp(plan.base, alignment);
  const starts = room.map((size) => {
    const start = end;
    end += alignUp(size, alignment);
    return start;
  });
  return { offsets: regionOf.map((region) => starts[region]!), end };
};

/** Bytes of stored tensors and arena together while an entry runs. */
export const peakBytes = (plan: EntryPlan, sizes: Sizes): number => 4 * layOut(plan, sizes).end;

const shapeText = (shape: readonly Dim[]): string => `[${shape.map(dimKey).join(", ")}]`;

/** The plan of one entry as text: slots with their lifetime, then dispatches. */
export const printEntryPlan = (plan: EntryPlan, kernels: readonly PlannedKernel[]): string => {
  const { slots, dispatches, memory, entry } = plan;
  const place = (slot: number): string =>
    memory.kind === "fixed" ? `@${memory.offsets[slot]}` : `region ${memory.regionOf[slot]}`;
  const lines = slots.map((s, k) => {
    const type = plan.halves.has(k) ? "half" : s.dtype;
    return `  ${s.role} ${s.name}: ${type}${shapeText(s.shape)} ${place(k)} [${s.first}..${s.last}]`;
  });
  const argText = (arg: Arg): string => {
    const name = arg.kind === "stored" ? `@${arg.path}` : slots[arg.slot]!.name;
    return `${name}${arg.at.map(positionText).join("")}`;
  };
  const steps = dispatches.map((d, position) => {
    const { kernel } = kernels[d.kernel]!;
    const split = kernel.params.length;
    const [ins, outs] = [d.args.slice(0, split), d.args.slice(split)];
    const commit = plan.commit === position ? "  commit unless the loss is not finite\n" : "";
    const inner = "  ".repeat(d.loops.length);
    const opened = d.loops.flatMap((loop, depth) =>
      dispatches[position - 1]?.loops[depth] === loop
        ? []
        : [
            `  ${"  ".repeat(depth)}for ${loop.reverse ? "reverse " : ""}t${depth} < ${dimKey(loop.length)}\n`,
          ],
    );
    return `${commit}${opened.join("")}${inner}  ${position} ${kernel.name}(${ins.map(argText).join(", ")}) -> ${outs.map(argText).join(", ")}`;
  });
  const env = sizesToPlanWith(entry.graph.sizes);
  const at = [...env].map(([name, size]) => ` ${name}=${size}`).join("");
  const peak = peakBytes(plan, env) - 4 * plan.base;
  return [`plan @${entry.name}${at}: arena ${peak} bytes {`, ...lines, ...steps, "}"].join("\n");
};

/** `[t0]`, `[t0+1 mod 2]`, `[0]` */
const positionText = ({ loop, shift, alternates }: Position): string => {
  const index = loop === null ? shift : add(symbol(`t${loop}`), shift);
  return `[${dimKey(index)}${alternates ? " mod 2" : ""}]`;
};

/** Stored tensors, then every entry. */
export const printPlan = (plan: Plan): string => {
  const stored = plan.stored.map(
    ({ tensor, offset }) =>
      `  @${tensor.path}: ${tensor.type.dtype}${shapeText(tensor.type.shape)} @${offset}`,
  );
  const head = [`stored ${plan.storedWords} words {`, ...stored, "}"].join("\n");
  return [head, ...plan.entries.map((e) => printEntryPlan(e, plan.kernels))].join("\n\n") + "\n";
};
