// Proves that a plan reads from memory only what was written there for it: no two buffers in use share a word.

import { CompilerBug } from "../../grammar/bug.ts";
import { dimKey, evaluateDim, representativeSize } from "../ir/dim.ts";
import type { Entry, EntryOutput, SizeCheck } from "../ir/module.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { mostOfDim, sizesToPlanWith } from "../ir/estimate.ts";
import { createOwnedMemory } from "./owned-memory.ts";
import type { Range } from "./taken-words.ts";
import { layOut } from "./plan.ts";
import type { Arg, EntryPlan, Plan } from "./plan.ts";
import { readsOnlyOwnElement } from "./small-kernels.ts";
import { isOneRound, walkDispatches, wordsOfArgs } from "./walk-plan.ts";
import type { Rounds } from "./walk-plan.ts";

type Sizes = ReadonlyMap<string, number>;

/** Some words of the heap that are a buffer, or a part of one. */
type Place = { readonly name: string; readonly range: Range };

/** What an arg is; `parts`: the words of it that count, which leave out gaps between neighbouring tensors. */
type Access = Place & { readonly parts: readonly Place[] };

/** A whole buffer; `most` is where it ends at most, whatever the sizes are. */
type Buffer = Place & { readonly most: number };

/**
 * Throws `CompilerBug` that names the entry, the dispatch and the buffers. One set of sizes stands for all: who shares
 * memory with whom does not depend on them, and at fixed places every buffer is taken to be as large as it ever is.
 */
export const verifyPlan = (plan: Plan): void => {
  for (const entry of plan.entries) {
    const sizes = sizesToVerifyWith(entry.entry);
    if (sizes !== null) verifyEntry(plan, entry, sizes);
  }
};

/** Sizes that pass the checks of an entry, at their bounds where they have one; null where none of those tried do. */
export const sizesToVerifyWith = ({ graph, checks }: Entry): Sizes | null =>
  [representativeSize, 60, 7, 3, 1, 240, 4096]
    .map((open) => sizesToPlanWith(graph.sizes, open))
    .find((sizes) => checks.every((check) => holds(check, sizes))) ?? null;

const holds = ({ condition }: SizeCheck, sizes: Sizes): boolean => {
  switch (condition.kind) {
    case "at-least":
      return evaluateDim(condition.dim, sizes) >= condition.least;
    case "divides":
      return evaluateDim(condition.dim, sizes) % condition.by === 0;
    case "equal":
      return evaluateDim(condition.a, sizes) === evaluateDim(condition.b, sizes);
  }
};

type Stored = ReadonlyMap<string, Buffer>;

/** Those that the arena of an entry does not lie over, in order of their places. */
const storedBuffers = (plan: Plan, { base }: EntryPlan): Stored =>
  new Map(
    plan.stored
      .filter(({ offset, words }) => offset + words <= base)
      .map(({ tensor: { path }, offset, words }) => {
        const end = offset + words;
        return [path, { name: `@${path}`, range: { start: offset, end }, most: end }];
      }),
  );

const slotBuffers = (plan: Plan, entryPlan: EntryPlan, sizes: Sizes): readonly Buffer[] => {
  const { entry, slots, memory } = entryPlan;
  const { offsets } = layOut(entryPlan, sizes);
  const mostOf = memory.kind === "fixed" ? mostOfDim(entry.graph.sizes) : null;
  return slots.map(({ name, words }, k): Buffer => {
    const start = offsets[k]!;
    const own = evaluateDim(words, sizes);
    const most = mostOf === null ? own : mostOf(words);
    if (most === null)
      throw new CompilerBug(`plan @${entry.name}: ${name} of ${dimKey(words)} words has no bound`);
    return {
      name: `${name} (slot ${k})`,
      range: { start, end: start + own },
      most: start + Math.max(own, most),
    };
  });
};

/** A part of a buffer; the last one is taken to go on to where the buffer may end. */
const partOf = ({ name, range, most }: Buffer, { start, end }: Range): Access | null => {
  const part = { start: range.start + start, end: range.start + end };
  if (part.start < range.start || part.end > range.end) return null;
  const place = { name, range: { ...part, end: part.end === range.end ? most : part.end } };
  return { ...place, parts: [place] };
};

/** All of several stored tensors that lie side by side, from `first` on. */
const neighboursFrom = (first: Buffer, { end }: Range, stored: Stored): Access | null => {
  const range = { start: first.range.start, end: first.range.start + end };
  const parts = [...stored.values()].filter(
    (one) => one.range.start >= range.start && one.range.end <= range.end,
  );
  return parts[0] === first && parts.at(-1)!.range.end === range.end
    ? { name: first.name, range, parts }
    : null;
};

/** An access to as many words as one that goes through neighbours: what lies in their gaps is not meant. */
const besideNeighbours = (access: Access, all: readonly Access[]): Access => {
  const { name, range, parts } = access;
  const wide = all.find(
    (one) => one.parts.length > 1 && one.range.end - one.range.start === range.end - range.start,
  );
  if (wide === undefined || parts.length > 1) return access;
  const by = range.start - wide.range.start;
  const moved = wide.parts.map((part) => ({
    name,
    range: { start: part.range.start + by, end: part.range.end + by },
  }));
  return { ...access, parts: moved };
};

/** Runs an entry on memory that knows who wrote it. */
const verifyEntry = (plan: Plan, entryPlan: EntryPlan, sizes: Sizes): void => {
  const { entry, slots, dispatches, commit, outputSlots } = entryPlan;
  const stored = storedBuffers(plan, entryPlan);
  const buffers = slotBuffers(plan, entryPlan, sizes);
  const memory = createOwnedMemory<string>();
  let where = "at the end";
  const fail = (message: string): never => {
    throw new CompilerBug(`plan @${entry.name}, ${where}: ${message}`);
  };
  const bufferOf = (arg: Arg): Buffer =>
    arg.kind === "stored"
      ? (stored.get(arg.path) ?? fail(`the arena lies over @${arg.path}`))
      : buffers[arg.slot]!;
  const write = ({ name, range }: Place): void => memory.write(range, name);
  const expectOwn = ({ name, range }: Place, when: string): void => {
    const other = memory.other(range, name);
    if (other !== undefined) fail(`${other ?? "nothing"} lies where ${name} ${when}`);
  };
  const expectOutputs = (kinds: readonly EntryOutput["kind"][], when: string): void =>
    entry.outputs.forEach(({ kind }, k) => {
      const slot = outputSlots[k] ?? null;
      if (slot !== null && kinds.includes(kind)) expectOwn(buffers[slot]!, when);
    });

  const accessesOf = (position: number, rounds: readonly Rounds[]): readonly Access[] => {
    const { kernel: number, args } = dispatches[position]!;
    const planned = plan.kernels[number]!;
    where = `dispatch ${position} ${planned.kernel.name}`;
    const accesses = wordsOfArgs(planned, dispatches[position]!, rounds, sizes).map((words, k) => {
      const buffer = bufferOf(args[k]!);
      const neighbours = (): Access | null =>
        args[k]!.kind === "stored" ? neighboursFrom(buffer, words, stored) : null;
      return partOf(buffer, words) ?? neighbours() ?? fail(`${buffer.name} is left`);
    });
    return accesses.map((access) => besideNeighbours(access, accesses));
  };
  const visit = (position: number, rounds: readonly Rounds[]): void => {
    const { kernel: number, args } = dispatches[position]!;
    const { kernel } = plan.kernels[number]!;
    const places = accessesOf(position, rounds);
    if (position === commit) expectOutputs(["loss", "penalty"], "is tested");
    const split = kernel.params.length;
    const [reads, writes] = [places.slice(0, split), places.slice(split)];
    for (const part of reads.flatMap(({ parts }) => parts)) expectOwn(part, "is read");
    if (isOneRound(rounds)) verifyOverlaps(kernel, reads, writes, fail);
    for (const arg of args.slice(split))
      if (arg.kind === "stored" && commit !== null && position < commit)
        fail(`@${arg.path} is written before the loss is tested`);
    writes.flatMap(({ parts }) => parts).forEach(write);
  };
  const writeAhead = (position: number, rounds: readonly Rounds[]): void => {
    const split = plan.kernels[dispatches[position]!.kernel]!.kernel.params.length;
    const writes = accessesOf(position, rounds).slice(split);
    writes.flatMap(({ parts }) => parts).forEach(write);
  };

  for (const buffer of stored.values()) write(buffer);
  slots.forEach(({ role }, k) => {
    if (role !== "temporary" && role !== "output") write(buffers[k]!);
  });
  walkDispatches(dispatches, sizes, visit, writeAhead);
  where = "at the end";
  for (const buffer of stored.values()) expectOwn(buffer, "is stored");
  expectOutputs(["result", "loss", "penalty", "metric", "accumulator"], "is handed out");
};

/** Results of a kernel have words of their own; one may lie over an operand that is read only where it is written. */
const verifyOverlaps = (
  kernel: Kernel,
  reads: readonly Place[],
  writes: readonly Place[],
  fail: (message: string) => never,
): void => {
  writes.forEach((result, r) => {
    const shared = writes.slice(0, r).find((other) => meet(other.range, result.range));
    if (shared !== undefined) fail(`${shared.name} and ${result.name} share memory`);
    reads.forEach((operand, p) => {
      if (!meet(operand.range, result.range)) return;
      const same = operand.range.start === result.range.start;
      if (!same || !readsOnlyOwnElement(kernel, p, r))
        fail(`${result.name} is written over ${operand.name}, which is still read`);
    });
  });
};

const meet = (a: Range, b: Range): boolean => Math.max(a.start, b.start) < Math.min(a.end, b.end);
