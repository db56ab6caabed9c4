// Faults in WebAssembly and in what runs it.

import type { Fault } from "./faults.ts";

export const inWasm: readonly Omit<Fault, "check">[] = [
  {
    name: "rounds that are left after fours are not made",
    file: "compiler/backends/wasm/emit-rounds.ts",
    from: "for (const count of [...fours, 0]) {",
    to: "for (const count of fours.length > 0 ? fours : [0]) {",
  },
  {
    name: "a lane of a gather has what another one has",
    file: "compiler/backends/wasm/loads.ts",
    from: 'base: lane("i32", get(all), k), offset: 0',
    to: 'base: lane("i32", get(all), k & 2), offset: 0',
  },
  {
    name: "lanes that do not count read wherever they are led",
    file: "compiler/backends/wasm/loads.ts",
    from: "fromEach(v128.select(vector(address, scope), intsConst(0), mask), scope)",
    to: "fromEach(vector(address, scope), scope)",
  },
  {
    name: "a sum with 0 times infinity in it is not made again",
    file: "compiler/backends/wasm/emit-tile.ts",
    from: "if (product.contraction.isMasked) sumAgain(",
    to: "if (product.contraction.isMasked && scope.parent === scope) sumAgain(",
  },
  {
    name: "rows of a tile lie next to each other, however far they are apart",
    file: "compiler/backends/wasm/emit-tile.ts",
    from: "return r * apart;",
    to: "return r * wordBytes;",
  },
  {
    name: "all rows of a tile are as far apart as the first two, where that is no number",
    file: "compiler/backends/wasm/emit-tile.ts",
    from: "size(mul(r, apart))",
    to: "size(apart)",
  },
  {
    name: "a sum begins where the depth does, not at its own end",
    file: "compiler/backends/wasm/tiles.ts",
    from: "if (rounds === null) return sum;",
    to: "if (rounds === null || depth.length > 0) return sum;",
  },
  {
    name: "tiles of columns between ends are those of the whole axis",
    file: "compiler/backends/wasm/tiles.ts",
    from: 'typeof extent === "number" && rangedRounds(scope, name) === null ?',
    to: 'typeof extent === "number" ?',
  },
  {
    name: "a copied row begins where the one before ends, which is not whole",
    file: "compiler/backends/wasm/panels.ts",
    from: "if (k > 0 && product.ranges.size > 0)",
    to: "if (k > 4 && product.ranges.size > 0)",
  },
  {
    name: "rows that choose no matrix get what lies behind the last",
    file: "compiler/backends/wasm/emit-grouped.ts",
    from: "i32.lt(get(turn), intConst(group.extent))",
    to: "i32.le(get(turn), intConst(group.extent))",
  },
  {
    name: "the second row of a tile is its first once more",
    file: "compiler/backends/wasm/emit-grouped.ts",
    from: "placeAt(i32.add(get(at), intConst(k)))",
    to: "placeAt(i32.add(get(at), intConst(k === 1 ? 0 : k)))",
  },
  {
    name: "what is hidden in a softmax is left as it was",
    file: "compiler/backends/wasm/emit-expr.ts",
    from: "return v128.andNot(no!, get(mask));",
    to: "return no!;",
  },
  {
    name: "what a loop stores is read before it",
    file: "compiler/backends/wasm/scope.ts",
    from: "if ([...read].some((buffer) => loopStores.has(buffer))) break;",
    to: "if ([...read].every((buffer) => loopStores.has(buffer))) found = s.parent;",
  },
  {
    name: "of a number and NaN the number is the lesser",
    file: "compiler/backends/wasm/emit-expr.ts",
    from: "pick: f32x4.lesser, a: more, b: less",
    to: "pick: f32x4.lesser, a: less, b: more",
  },
  {
    name: "a product is rounded once with itself",
    file: "compiler/backends/wasm/emit-expr.ts",
    from: "y: product.args[1]!, to }",
    to: "y: product.args[1]!, to: product }",
  },
  {
    name: "columns are turned as if a word were between them",
    file: "compiler/backends/wasm/turn-columns.ts",
    from: "offset: k * from.apart",
    to: "offset: k * wordBytes",
  },
  {
    name: "loops over the depth are joined where one operand does not go on",
    file: "compiler/backends/wasm/emit-tile.ts",
    from: "return goesOn(level.left, next.left) && goesOn(level.right, next.right)",
    to: "return goesOn(level.left, next.left)",
  },
  {
    name: "the last tile is left out where it just fits",
    file: "compiler/backends/wasm/tiles.ts",
    from: "i32.sub(end, intConst(count))",
    to: "i32.sub(end, intConst(count + 1))",
  },
  {
    name: "a copy of rows has three quarters of four elements",
    file: "compiler/backends/wasm/panels.ts",
    from: "inner.code.push(advance(to, wordBytes * (isVector ? 4 : 1)));",
    to: "inner.code.push(advance(to, wordBytes * (isVector ? 3 : 1)));",
  },
  {
    name: "a quotient that is negative is rounded toward zero",
    file: "compiler/backends/wasm/library.ts",
    from: "i32.sub(get(quotient), isOff)",
    to: "get(quotient)",
  },
  {
    name: "a true lane is stored as -1",
    file: "compiler/backends/wasm/emit-statements.ts",
    from: "v128.and(mask, intsConst(1))",
    to: "mask",
  },
  {
    name: "a sum stands before its product where both are one instruction",
    file: "compiler/backends/wasm/instructions.ts",
    from: `[a, b, [marked | 0xfd, unsigned(0xe6)]],
  [c, `,
    to: `[c, a, b, [marked | 0xfd, unsigned(0xe6)]],
  [`,
  },
  {
    name: "an update is made whatever the loss is",
    file: "compiler/backends/wasm/driver.ts",
    from: "when(i32.isZero(isFinite(slot)), end)",
    to: "when(i32.isZero(isFinite(slot)), [])",
  },
  {
    name: "sizes of another batch stay those of the first",
    file: "runtime/hosts/wasm.ts",
    from: "if (written !== offsets) {",
    to: "if (written === null) {",
  },
  {
    name: "what is left over when rounds are shared out no thread gets",
    file: "compiler/backends/wasm/threads.ts",
    from: "i32.add(all!, i32.sub(groups, intConst(1)))",
    to: "all!",
  },
];
