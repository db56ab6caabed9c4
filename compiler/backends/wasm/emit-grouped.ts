// The code of a product whose rows each choose their matrix: rows are listed by what they choose, then those of each matrix are
// computed in tiles.

import { int, local } from "../../kernel/build.ts";
import type { Code } from "./bytes.ts";
import { emitCopied } from "./emit-product.ts";
import { emitPieces, emitRounds } from "./emit-rounds.ts";
import { emitStmts } from "./emit-statements.ts";
import type { GroupedProduct } from "./grouped-products.ts";
import { choose, get, i32, intConst, load, repeat, set, store, whenElse } from "./instructions.ts";
import type { At, Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { bindRange } from "./shared-rounds.ts";
import type { SharedRounds } from "./shared-rounds.ts";
import { bound, copied, emitTiles } from "./tiles.ts";
import type { ProductWriter } from "./tiles.ts";

/** With fewer rows a copy of a matrix is not worth it. */
const leastRows = 4;

/** Where rows of each matrix begin in the list, with one for rows that choose none; the end; then the list. */
const listBytes = ({ group, listed }: GroupedProduct): { starts: number; list: number } => {
  const toVector = (bytes: number): number => Math.ceil(bytes / 16) * 16;
  return {
    starts: toVector(wordBytes * (group.extent + 2)),
    list: toVector(wordBytes * listed),
  };
};

export const groupedBytes = (grouped: GroupedProduct): number => {
  const { starts, list } = listBytes(grouped);
  return starts + list + grouped.product.panelBytes!;
};

const [firstName, endName, turnName, listName] = ["first place", "end of places", "turn", "listed"];

export const emitGrouped = (writer: ProductWriter, grouped: GroupedProduct, scope: Scope): void => {
  const { emitter } = writer;
  const all = emitter.keep(emitter.size(grouped.place.extent), int(0), 1, scope);
  const open = ({ from, to }: SharedRounds): Scope =>
    openScope(scope, {
      binds: [
        [firstName!, bound(from)],
        [endName!, bound(to)],
      ],
    });
  emitPieces(emitter, { from: intConst(0), to: all }, grouped.listed, scope, open, (inner) => {
    listPlaces(writer, grouped, inner);
    emitGroups(writer, grouped, inner);
  });
};

const overPlaces = (
  { emitter }: ProductWriter,
  { place, index, group }: GroupedProduct,
  scope: Scope,
  write: (place: Local, choice: Code, inner: Scope) => void,
): void => {
  const rounds = {
    name: place.name,
    from: local(firstName!, "i32"),
    to: local(endName!, "i32"),
  };
  emitRounds(emitter, rounds, [], scope, false, (inner) => {
    const choice = emitter.locals.fresh("i32");
    const chosen = emitter.value(index, inner);
    inner.code.push(set(choice, chosen));
    const isOne = i32.ltUnsigned(get(choice), intConst(group.extent));
    inner.code.push(set(choice, choose(get(choice), intConst(group.extent), isOne)));
    write(inner.binds.get(place.name)!.local, get(choice), inner);
  });
};

/** By counting: how many choose each, where each begins, then one after the other; behind that word k + 1 is the end of k. */
const listPlaces = (writer: ProductWriter, grouped: GroupedProduct, scope: Scope): void => {
  const { emitter, panel } = writer;
  const { starts } = listBytes(grouped);
  const word = (k: Code, offset = 0): At => ({
    base: i32.add(panel, i32.mul(k, intConst(wordBytes))),
    offset,
  });
  const overStarts = (write: (k: Local) => Code): void => {
    const k = emitter.locals.fresh("i32");
    const again = i32.le(get(k), intConst(grouped.group.extent + 1));
    const next = set(k, i32.add(get(k), intConst(1)));
    scope.code.push(set(k, intConst(0)), repeat([write(k), next], again));
  };
  const more = (at: At): Code => store("i32", at, i32.add(load("i32", at), intConst(1)));
  overStarts((k) => store("i32", word(get(k)), intConst(0)));
  overPlaces(writer, grouped, scope, (_, choice, inner) =>
    inner.code.push(more(word(choice, wordBytes))),
  );
  const [before, count] = [emitter.locals.fresh("i32"), emitter.locals.fresh("i32")];
  scope.code.push(set(before, intConst(0)));
  overStarts((k) => [
    set(count, load("i32", word(get(k)))),
    store("i32", word(get(k)), get(before)),
    set(before, i32.add(get(before), get(count))),
  ]);
  overPlaces(writer, grouped, scope, (place, choice, inner) => {
    const at = word(choice, wordBytes);
    inner.code.push(store("i32", word(load("i32", at), starts), get(place)), more(at));
  });
};

const emitGroups = (writer: ProductWriter, grouped: GroupedProduct, scope: Scope): void => {
  const { emitter, panel } = writer;
  const { group, place, product, alone, listed } = grouped;
  const { starts, list } = listBytes(grouped);
  const placeAt = (turn: Code): Code =>
    load("i32", {
      base: i32.add(panel, i32.mul(turn, intConst(wordBytes))),
      offset: starts,
    });
  const turns = { name: turnName!, from: int(0), to: int(group.extent + 1) };
  emitRounds(emitter, turns, [], scope, false, (each) => {
    const turn = each.binds.get(turnName!)!.local;
    const [from, to] = [emitter.locals.fresh("i32"), emitter.locals.fresh("i32")];
    const word = i32.add(panel, i32.mul(get(turn), intConst(wordBytes)));
    each.code.push(
      set(from, load("i32", { base: word, offset: 0 })),
      set(to, load("i32", { base: word, offset: wordBytes })),
    );
    const range = bindRange(listName!, { from, to });
    const tiles = openScope(each, { guard: true, binds: [...range, [group.name, bound(turn)]] });
    const own = { ...writer, panel: i32.add(panel, intConst(starts + list)) };
    emitCopied(own, product, tiles, (into, write) =>
      emitTiles(
        emitter,
        { name: listName!, extent: listed },
        copied.heights,
        into,
        (height, at, tile) => {
          const rows = Array.from({ length: height }, (_, k): Local => {
            const row = emitter.locals.fresh("i32");
            tile.code.push(set(row, placeAt(i32.add(get(at), intConst(k)))));
            return row;
          });
          write(rows, tile);
        },
      ),
    );
    const one = openScope(each, { guard: true, binds: range });
    emitTiles(emitter, { name: listName!, extent: listed }, [1], one, (_, at, tile) => {
      const row = emitter.locals.fresh("i32");
      tile.code.push(set(row, placeAt(get(at))));
      const inner = openScope(tile, { binds: [[place.name, bound(row)]] });
      emitStmts(writer, alone, inner);
      tile.code.push(inner.code);
    });
    const isMany = i32.and(
      i32.lt(get(turn), intConst(group.extent)),
      i32.ge(i32.sub(get(to), get(from)), intConst(leastRows)),
    );
    each.code.push(whenElse(isMany, tiles.code, one.code));
  });
};
