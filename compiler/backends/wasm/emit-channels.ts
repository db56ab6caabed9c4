// The code of sums of channels: up to 32 neighbours at a time, each with its sum in a variable while the depth is gone through.

import { neutralOf } from "../../kernel/neutral.ts";
import type { Code } from "./bytes.ts";
import type { ChannelSum } from "./channel-sums.ts";
import { emitStmts } from "./emit-statements.ts";
import { f32, get, i32, intConst, load, mulAdd, repeat, set, when } from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { numberCode, spell } from "./spelling.ts";
import type { Lanes } from "./spelling.ts";
import { channelQuantum, columnsAt, columnScope, emitTiles, loopsOver } from "./tiles.ts";
import type { ProductWriter } from "./tiles.ts";
import type { Scope } from "./scope.ts";

const widths = [channelQuantum, 16, 8, 4, 1];

export const emitChannels = (writer: ProductWriter, channels: ChannelSum, scope: Scope): void => {
  const { emitter } = writer;
  const { locals } = emitter;
  const { column, outer, streams, op, sum, stores } = channels;
  loopsOver(emitter, outer, scope, (inner) => {
    const rounds = roundsIn(writer, channels, inner);
    emitTiles(emitter, column, widths, inner, (width, at, tile) => {
      const columns = columnsAt(emitter, at, width, tile);
      const lanes: Lanes = columns.isVector ? 4 : 1;
      const type = columns.isVector ? "v128" : "f32";
      const starts = streams.map(({ start, steps }): Local => {
        const local = locals.fresh("i32");
        const own = columnScope(column, columns, columns.groups[0]!, tile);
        const first = emitter.first(start, own);
        const skipped = rounds.reduce<Code>(
          (all, { from }, k) =>
            from === null ? all : i32.add(all, i32.mul(get(from), emitter.size(steps[k]!))),
          first,
        );
        tile.code.push(own.code, set(local, skipped));
        return local;
      });
      const sums = columns.groups.map(() => locals.fresh(type));
      const neutral = numberCode("f32", neutralOf(op, "f32"), lanes);
      tile.code.push(sums.map((local) => set(local, neutral)));
      const step = (pointers: readonly Local[]): Code =>
        sums.map((into, k) => {
          const [a, b] = pointers.map((pointer) =>
            load(type, { base: get(pointer), offset: 4 * wordBytes * k }),
          );
          const times = lanes === 4 ? mulAdd : f32.mulAdd;
          const next =
            b === undefined ? spell(op, "f32", lanes)!(get(into), a!) : times(a!, b, get(into));
          return set(into, next);
        });
      tile.code.push(overDepth(writer, channels, rounds, starts, step));
      columns.groups.forEach((group, k) => {
        const own = columnScope(column, columns, group, tile);
        own.held.set(sum, sums[k]!);
        emitStmts(writer, stores, own);
        tile.code.push(own.code);
      });
    });
  });
};

/** Of an axis of the depth: where rounds begin, where that is not at 0, and how many there are. */
type Rounds = { readonly from: Local | null; readonly count: Code; readonly mayBeNone: boolean };

const roundsIn = (
  { emitter }: ProductWriter,
  { depth }: ChannelSum,
  scope: Scope,
): readonly Rounds[] =>
  depth.map(({ extent, range }): Rounds => {
    if (range === null) {
      const mayBeNone = !(typeof extent === "number" && extent > 0);
      return { from: null, count: emitter.size(extent), mayBeNone };
    }
    const [from, count] = [emitter.locals.fresh("i32"), emitter.locals.fresh("i32")];
    scope.code.push(set(from, emitter.value(range.from, scope)));
    scope.code.push(set(count, i32.sub(emitter.value(range.to, scope), get(from))));
    return { from, count: get(count), mayBeNone: true };
  });

/** One axis after the other: pointers of outer ones stay while those of inner ones move. */
const overDepth = (
  writer: ProductWriter,
  channels: ChannelSum,
  rounds: readonly Rounds[],
  pointers: readonly Local[],
  step: (pointers: readonly Local[]) => Code,
  axis = 0,
): Code => {
  const own = rounds[axis];
  if (own === undefined) return step(pointers);
  const { locals, size } = writer.emitter;
  const left = locals.fresh("i32");
  const moving = pointers.map(() => locals.fresh("i32"));
  const move = channels.streams.map(({ steps }, k) =>
    set(moving[k]!, i32.add(get(moving[k]!), size(steps[axis]!))),
  );
  const body = [
    overDepth(writer, channels, rounds, moving, step, axis + 1),
    move,
    set(left, i32.sub(get(left), intConst(1))),
  ];
  const loop = repeat(body, get(left));
  return [
    moving.map((local, k) => set(local, get(pointers[k]!))),
    set(left, own.count),
    own.mayBeNone ? when(i32.gt(get(left), intConst(0)), loop) : loop,
  ];
};
