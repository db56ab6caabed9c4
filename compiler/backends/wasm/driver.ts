// An entry as a function: runs its kernels in order. Where its slots lie and its sizes are constants, or in a table.

import type { Dim } from "../../ir/dim.ts";
import type { Arg, Dispatch, EntryPlan, Loop, Plan } from "../../lower/plan.ts";
import type { Code } from "./bytes.ts";
import { createLocals } from "./functions.ts";
import type { Written } from "./functions.ts";
import {
  call,
  f32,
  floatConst,
  get,
  i32,
  intConst,
  leave,
  load,
  repeat,
  set,
  when,
} from "./instructions.ts";
import type { Local } from "./instructions.ts";
import type { Library } from "./library.ts";
import { wordBytes } from "./loads.ts";
import { poolBytes } from "./pool.ts";
import { sizeCode } from "./size-code.ts";
import type { Threads } from "./threads.ts";

/** Words of the table that an entry needs: slots, then sizes. */
export const tableWords = ({ slots, entry }: EntryPlan): number =>
  slots.length + entry.graph.sizes.length;

export type DriverParts = {
  readonly plan: Plan;
  readonly position: number;
  /** Bytes in front of the heap. */
  readonly start: number;
  /** Index of the function of each kernel. */
  readonly kernels: readonly number[];
  readonly library: Library;
  /** Null for an entry of which nothing is split. */
  readonly threads: Threads | null;
  /** Of each kernel, whether threads share it. */
  readonly isShared: readonly boolean[];
};

export const emitDriver = (parts: DriverParts): Written => {
  const { plan, position, start, kernels, library, threads, isShared } = parts;
  const entry = plan.entries[position]!;
  const { memory, slots, dispatches } = entry;
  const locals = createLocals([]);
  const before: Code[] = [];
  const fromTable = new Map<number, Local>();
  const inTable = (word: number): Code => {
    const known = fromTable.get(word) ?? locals.fresh("i32");
    if (!fromTable.has(word)) {
      fromTable.set(word, known);
      before.push(
        set(known, load("i32", { base: intConst(0), offset: poolBytes + wordBytes * word })),
      );
    }
    return get(known);
  };
  const sizes = entry.entry.graph.sizes.map(({ name }) => name);
  const size = (dim: Dim): Code =>
    sizeCode(dim, {
      symbol: (name) => inTable(slots.length + sizes.indexOf(name)),
      floorDiv: library.floorDiv,
      floorMod: library.floorMod,
    });
  // An entry with a loss runs again in another layout to find where that ceased to be finite.
  const slotAt = (slot: number): Code =>
    memory.kind === "fixed" && entry.commit === null
      ? intConst(start + wordBytes * memory.offsets[slot]!)
      : inTable(slot);

  const argCode = (arg: Arg, loops: readonly Local[]): Code => {
    const first =
      arg.kind === "stored" ? intConst(start + wordBytes * arg.offset) : slotAt(arg.slot);
    return arg.at.reduce<Code>((sum, { loop, shift, alternates, stride }) => {
      const index =
        loop === null
          ? size(shift)
          : shift === 0
            ? get(loops[loop]!)
            : i32.add(get(loops[loop]!), size(shift));
      const turn = alternates ? i32.and(index, intConst(1)) : index;
      return i32.add(sum, i32.mul(turn, i32.mul(size(stride), intConst(wordBytes))));
    }, first);
  };

  const one = ({ kernel, args, sizes: own }: Dispatch, loops: readonly Local[]): Code =>
    call(kernels[kernel]!, [...args.map((arg) => argCode(arg, loops)), ...own.map(size)]);

  /** Whether all threads take part in dispatches from `from` to `to` - 1. */
  const isForAll = (from: number, to: number): boolean =>
    dispatches.slice(from, to).some(({ kernel }) => isShared[kernel]!) ||
    (entry.commit !== null && from < entry.commit && entry.commit < to);

  /** Dispatches from `from` to `to` - 1, which are in all of the loops `around`. Neighbours that are not split run on one thread. */
  const range = (
    from: number,
    to: number,
    around: readonly Local[],
    isOfOne = threads === null,
  ): Code => {
    const codes: Code[] = [];
    let alone: Code[] = [];
    const add = (code: Code, isAll: boolean): void => {
      if (isOfOne || isAll) endAlone();
      (isOfOne || isAll ? codes : alone).push(code);
    };
    const endAlone = (): void => {
      if (alone.length > 0) codes.push(when(threads!.alone, alone));
      alone = [];
    };
    for (let k = from; k < to;) {
      const isFirst = k > from || around.length === 0;
      if (k === entry.commit && isFirst) add(commit(entry, slotAt, threads), true);
      const loop = dispatches[k]!.loops[around.length];
      if (loop === undefined) {
        add(one(dispatches[k]!, around), isForAll(k, k + 1));
        k++;
        continue;
      }
      let end = k;
      while (end < to && dispatches[end]!.loops[around.length] === loop) end++;
      const isAll = isForAll(k, end);
      add(loopCode(loop, k, end, around, isOfOne || !isAll), isAll);
      k = end;
    }
    endAlone();
    return codes;
  };

  const loopCode = (
    loop: Loop,
    from: number,
    to: number,
    around: readonly Local[],
    isOfOne: boolean,
  ): Code => {
    const [t, end] = [locals.fresh("i32"), locals.fresh("i32")];
    const body = range(from, to, [...around, t], isOfOne);
    const length = set(end, size(loop.length));
    return loop.reverse
      ? [
          length,
          set(t, i32.sub(get(end), intConst(1))),
          when(
            i32.ge(get(t), intConst(0)),
            repeat([body, set(t, i32.sub(get(t), intConst(1)))], i32.ge(get(t), intConst(0))),
          ),
        ]
      : [
          length,
          set(t, intConst(0)),
          when(
            i32.lt(get(t), get(end)),
            repeat([body, set(t, i32.add(get(t), intConst(1)))], i32.lt(get(t), get(end))),
          ),
        ];
  };

  const body = range(0, dispatches.length, []);
  if (threads === null) return { locals: locals.own(), body: [before, body] };
  return {
    locals: locals.own(),
    body: [threads.begin(position), before, body, threads.finish],
  };
};

/** Ends the run here where a loss is not finite, or an index was outside of its axis. */
const commit = (
  entry: EntryPlan,
  slotAt: (slot: number) => Code,
  threads: Threads | null,
): Code => {
  const end = threads === null ? leave : [threads.finish, leave];
  const losses = entry.entry.outputs.flatMap((output, k) =>
    output.kind === "loss" || output.kind === "penalty" ? [entry.outputSlots[k]!] : [],
  );
  const isFinite = (slot: number): Code =>
    f32.lt(f32.abs(load("f32", { base: slotAt(slot), offset: 0 })), floatConst(Infinity));
  const tests = losses.map((slot) => when(i32.isZero(isFinite(slot)), end));
  const { status } = entry;
  const isOut = (slot: number): Code => load("i32", { base: slotAt(slot), offset: 0 });
  return [threads?.meet ?? [], tests, status === null ? [] : when(isOut(status.slot), end)];
};
