// Threads: every one of them runs the same entry, each its share of what is split, and they meet in between. What is not
// split the first one runs. Whether they have to meet is found out while they run, by what came before: all find the same.

import { atomicAdd, atomicLoad, atomicStore, globalGet, globalSet, sleepWhile } from "./atomics.ts";
import { wakeAll } from "./atomics.ts";
import type { Code } from "./bytes.ts";
import { createLocals } from "./functions.ts";
import type { Functions } from "./functions.ts";
import {
  call,
  choose,
  get,
  i32,
  intConst,
  leave,
  load,
  repeat,
  set,
  store,
  when,
} from "./instructions.ts";
import type { At, Local, ValueType } from "./instructions.ts";
import type { Sharing } from "./shares.ts";

/** Of the words that threads share: lines of the cache of their own for what many wait for. */
export const controlBytes = 256;
const words = {
  /** Rises when there is something to run; the next word: how many sleep until it does. */
  epoch: 0,
  /** Which entry; -1: end. */
  entry: 8,
  /** Rises when all have met; then how many sleep. */
  meeting: 64,
  arrived: 128,
  /** How many threads there are; 0 is 1. */
  count: 192,
  /** Whether the first thread may sleep. */
  maySleep: 196,
  /** Where copies of thread `t` lie: at `panels + t * stride`; of the first at a place known before. */
  panels: 200,
  stride: 204,
} as const;
const sleepers = 4;

/** Looks at a word so often before it sleeps: some 7 microseconds, as long as waking takes at best. */
const patience = 20000;

/** Variables of an instance. */
const [thread, active, phase, panel, first, end] = [0, 1, 2, 3, 4, 5];

/** What has run since they met: nothing, something on the first thread, shares; or nothing that is split in all of the run. */
const [nothing, one, shares, start] = [0, 1, 2, 3];

export const globalsOf = (panelAt: number): readonly number[] => [0, 1, start, panelAt, 0, 0];

export type Threads = {
  readonly sharing: Sharing;
  /** Where copies of this thread lie. */
  readonly panel: Code;
  /** Shares `extent` rounds out in multiples of `quantum`; fewer than `least` the first thread gets all of. */
  readonly share: (extent: Code, quantum: number, least: number) => Code;
  /** The share of this thread. */
  readonly from: Code;
  readonly to: Code;
  /** Whether it runs what is not split. */
  readonly alone: Code;
  /** All see what was stored before. */
  readonly meet: Code;
  /** What the run of an entry begins and ends with. */
  readonly begin: (entry: number) => Code;
  readonly finish: Code;
  /** Adds the function that workers run: it waits for entries of which each is a function. */
  readonly addWork: (
    entries: readonly { readonly entry: number; readonly index: number }[],
  ) => void;
};

export const createThreads = (
  functions: Functions,
  controlAt: number,
  sharing: Sharing,
): Threads => {
  const at = (word: number): At => ({ base: intConst(controlAt), offset: word });
  const add = (
    name: string,
    params: readonly ValueType[],
    result: ValueType | null,
    write: (params: readonly Code[], fresh: () => Local) => Code,
    isExported = false,
  ): number =>
    functions.add(name, { params, result }, isExported, () => {
      const locals = createLocals(params);
      const body = write(locals.params.map(get), () => locals.fresh("i32"));
      return { locals: locals.own(), body };
    });

  /** (address, value): waits until the word is another. */
  const wait = (word: number, old: Code): Code => {
    const index = add("wait", ["i32", "i32"], null, ([base, value], fresh) => {
      const left = fresh();
      const word = { base: base!, offset: 0 };
      const asleep = { base: base!, offset: sleepers };
      const isSame = i32.eq(atomicLoad(word), value!);
      const mayRest = i32.or(globalGet(thread), load("i32", at(words.maySleep)));
      return [
        set(left, intConst(patience)),
        repeat(
          [when(i32.isZero(isSame), leave), set(left, i32.sub(get(left), intConst(1)))],
          i32.or(i32.gt(get(left), intConst(0)), i32.isZero(mayRest)),
        ),
        repeat(
          [atomicAdd(asleep, 1), 0x1a, sleepWhile(word, value!), atomicAdd(asleep, -1), 0x1a],
          isSame,
        ),
      ];
    });
    return call(index, [intConst(controlAt + word), old]);
  };
  /** Lets those go on that wait for a word. */
  const raise = (word: number): Code => [
    atomicAdd(at(word), 1),
    0x1a,
    when(atomicLoad(at(word + sleepers)), wakeAll(at(word))),
  ];

  const meet = (): Code =>
    call(
      add("meet", [], null, (_, fresh) => {
        const meeting = fresh();
        return [
          set(meeting, atomicLoad(at(words.meeting))),
          globalSet(phase, intConst(nothing)),
          when(i32.eq(atomicAdd(at(words.arrived), 1), globalGet(active)), [
            atomicStore(at(words.arrived), intConst(0)),
            raise(words.meeting),
            leave,
          ]),
          wait(words.meeting, get(meeting)),
        ];
      }),
      [],
    );
  const isAt = (which: number): Code => i32.eq(globalGet(phase), intConst(which));

  const alone = (): Code =>
    call(
      add("alone", [], "i32", () => [
        when(isAt(shares), meet()),
        when(i32.ne(globalGet(phase), intConst(start)), globalSet(phase, intConst(one))),
        i32.isZero(globalGet(thread)),
      ]),
      [],
    );

  const least = (a: Code, b: Code): Code => choose(a, b, i32.lt(a, b));

  const share: Threads["share"] = (extent, quantum, atLeast) =>
    call(
      add("share", ["i32", "i32", "i32"], null, ([all, unit, enough], fresh) => {
        const chunk = fresh();
        const groups = i32.mul(unit!, globalGet(active));
        const few = i32.or(i32.lt(all!, enough!), i32.eq(globalGet(active), intConst(1)));
        return [
          when(few, [
            globalSet(first, intConst(0)),
            globalSet(end, choose(all!, intConst(0), alone())),
            leave,
          ]),
          when(isAt(start), when(i32.isZero(globalGet(thread)), raise(words.epoch))),
          when(i32.or(isAt(one), isAt(shares)), meet()),
          globalSet(phase, intConst(shares)),
          set(
            chunk,
            i32.mul(i32.divUnsigned(i32.add(all!, i32.sub(groups, intConst(1))), groups), unit!),
          ),
          globalSet(first, least(i32.mul(globalGet(thread), get(chunk)), all!)),
          globalSet(end, least(i32.add(globalGet(first), get(chunk)), all!)),
        ];
      }),
      [extent, intConst(quantum), intConst(atLeast)],
    );

  return {
    sharing,
    panel: globalGet(panel),
    share,
    from: globalGet(first),
    to: globalGet(end),
    get alone() {
      return alone();
    },
    get meet() {
      return when(i32.or(isAt(one), isAt(shares)), meet());
    },
    begin: (entry) => {
      const count = load("i32", at(words.count));
      return [
        globalSet(active, choose(count, intConst(1), i32.gt(count, intConst(1)))),
        globalSet(phase, intConst(start)),
        when(i32.isZero(globalGet(thread)), store("i32", at(words.entry), intConst(entry))),
      ];
    },
    get finish() {
      return when(i32.ne(globalGet(phase), intConst(start)), meet());
    },
    addWork: (entries) => {
      add(
        "work",
        ["i32"],
        null,
        ([own], fresh) => {
          const epoch = fresh();
          const entry = fresh();
          const panels = load("i32", at(words.panels));
          return [
            globalSet(thread, own!),
            repeat(
              [
                wait(words.epoch, get(epoch)),
                set(epoch, i32.add(get(epoch), intConst(1))),
                set(entry, load("i32", at(words.entry))),
                when(i32.lt(get(entry), intConst(0)), leave),
                globalSet(panel, i32.add(panels, i32.mul(own!, load("i32", at(words.stride))))),
                entries.map((e) => when(i32.eq(get(entry), intConst(e.entry)), call(e.index, []))),
              ],
              intConst(1),
            ),
          ];
        },
        true,
      );
    },
  };
};
