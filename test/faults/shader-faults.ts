// Faults in shaders and in what launches them.

import type { Fault } from "./faults.ts";

export const inShaders: readonly Omit<Fault, "check">[] = [
  {
    name: "a tile stores rows that are not there",
    file: "compiler/backends/wgsl/store-sums.ts",
    from: "...(isWhole.rows ? [] : [{ position: row!, axes: rows }]),",
    to: "",
  },
  {
    name: "a sum goes on beyond its end",
    file: "compiler/backends/wgsl/stage-operand.ts",
    from: "isThere: isInside ? null : ltI(axis(raw), size(total)),",
    to: "isThere: null,",
  },
  {
    name: "a tile is multiplied before all of it is there",
    file: "compiler/backends/wgsl/tile-frame.ts",
    from: `...copies.within,
        "workgroupBarrier();",`,
    to: "...copies.within,",
  },
  {
    name: "an operand that was turned around is read as if it lay closer",
    file: "compiler/backends/wgsl/emit-contraction.ts",
    from: `const length = stride(tile.rows, left.liesAlongDepth);
    const text`,
    to: `const length = stride(tile.rows, false);
    const text`,
  },
  {
    name: "rows are vectors whatever their length",
    file: "compiler/backends/wgsl/vectors.ts",
    from: "exactDiv(t.coefficient, vectorWords)",
    to: "exactDiv(sub(t.coefficient, mod(t.coefficient, vectorWords)), vectorWords)",
  },
  {
    name: "what is bound ends within its last vector",
    file: "runtime/webgpu/launches.ts",
    from: "vectorWords * Math.max(1, Math.ceil((end - start) / vectorWords))",
    to: "Math.max(4, end - start)",
  },
  {
    name: "lanes have scratch in one place",
    file: "compiler/backends/wgsl/memory.ts",
    from: "(${at}) * ${lanes} + ${lane}`;",
    to: "(${at}) * ${lanes}`;",
  },
  {
    name: "a lane takes elements beyond the last",
    file: "compiler/backends/wgsl/share-out.ts",
    from: "const inside = isInside ? [] : [",
    to: "const inside = true ? [] : [",
  },
  {
    name: "a lane leaves out what another one has",
    file: "compiler/backends/wgsl/combine-lanes.ts",
    from: "from(start, words / 2), from(start + words / 2, words / 2)",
    to: "from(start, words / 2), from(start, words / 2)",
  },
  {
    name: "neighbours in a subgroup do not exchange what they have",
    file: "compiler/backends/wgsl/combine-lanes.ts",
    from: '"for (var mask = 1u; mask < count; mask = mask << 1u) {"',
    to: '"for (var mask = 2u; mask < count; mask = mask << 1u) {"',
  },
  {
    name: "of lanes whose numbers are equal the last one gives the position",
    file: "compiler/backends/wgsl/handwritten.ts",
    from: "(a.x == b.x && a.y < b.y)",
    to: "(a.x == b.x && a.y > b.y)",
  },
  {
    name: "a subgroup multiplies the first columns of a tile, whichever its own are",
    file: "compiler/backends/wgsl/emit-matrices.ts",
    from: 'plus(`subgroup % ${across}u * ${own.columns}u`, c * side, "u")',
    to: 'plus("0u", c * side, "u")',
  },
  {
    name: "lanes do not wait for what others write",
    file: "compiler/backends/wgsl/barriers.ts",
    from: "return [barrier(isRow)];",
    to: "return [];",
  },
  {
    name: "every row is added up, whatever its index",
    file: "compiler/backends/wgsl/gather-sums.ts",
    from: "const conditions = [...own, ",
    to: "const conditions = [",
  },
  {
    name: "a list begins where the one before it does",
    file: "compiler/backends/wgsl/lists.ts",
    from: "ltI(at(any), axis(each))",
    to: "ltI(addI(at(any), int(1)), axis(each))",
  },
  {
    name: "what lies in one buffer with a result is bound as read-only",
    file: "compiler/backends/wgsl/sharing.ts",
    from: "const writable = slabs.map((slab) => written.has(slab));",
    to: "const writable = slabs.map((_, k) => k >= kernel.params.length);",
  },
  {
    name: "a buffer begins where its piece does, wherever that is",
    file: "runtime/webgpu/launches.ts",
    from: "return offsets[buffer]! - start;",
    to: "return 0 * (offsets[buffer]! - start);",
  },
  {
    name: "weights change only where the loss is not finite",
    file: "runtime/webgpu/commit.ts",
    from: "select(0u, wanted[at.x], ",
    to: "select(wanted[at.x], 0u, ",
  },
];
