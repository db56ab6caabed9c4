// Loops and reductions between ends that depend on other axes, on sizes and on data.

import { describe, expect, test } from "vitest";
import { emitKernel } from "../../compiler/backends/typescript/emit-kernel.ts";
import { costOf } from "../../compiler/cli/inspect/kernel-cost.ts";
import { symbol } from "../../compiler/ir/dim.ts";
import type { Dim } from "../../compiler/ir/dim.ts";
import { rangeOf } from "../../compiler/kernel/affine.ts";
import {
  addI,
  axis,
  call,
  int,
  load,
  loop,
  num,
  over,
  reduce,
  size,
  store,
} from "../../compiler/kernel/build.ts";
import type { AxisRange, Expr } from "../../compiler/kernel/expr.ts";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import type { BufferDecl, Kernel, Stmt } from "../../compiler/kernel/kernel.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { createKernelKey } from "../../compiler/lower/kernel-key.ts";
import { flattenMap } from "../../compiler/lower/flat-map.ts";
import { createRebuild } from "../../compiler/lower/rebuild.ts";
import { readsOnlyOwnElement } from "../../compiler/lower/small-kernels.ts";
import { mapStmts } from "../../compiler/lower/statements.ts";
import { createRandom } from "../ir/random.ts";
import type { Random } from "../ir/random.ts";
import { compareEmitted, loadEmitted } from "./emitted.ts";
import { wave } from "./wave.ts";

const ints = (...values: readonly number[]): Tensor => tensor("i32", [values.length], values);

type Case = {
  readonly text: string;
  readonly buffers: (sizes: ReadonlyMap<string, number>) => ReadonlyMap<string, Tensor>;
  readonly sizes: readonly Readonly<Record<string, number>>[];
  /** Loops of the emitted function. */
  readonly loops?: number;
};

const cases: Readonly<Record<string, Case>> = {
  "sums over what came before": {
    text: `kernel @causal(x: f32[T, T]) -> out: f32[T] sizes(T) {
  for t in 0..T spatial
    out[t] = reduce add u in 0..add(t, 1) of T (x[t, u])
}
`,
    buffers: (sizes) => new Map([["x", wave(sizes.get("T")!, sizes.get("T")!)]]),
    sizes: [{ T: 1 }, { T: 3 }, { T: 7 }],
    loops: 2,
  },
  "a product over what came before, tiled along the other axis": {
    text: `kernel @product(w: f32[7, 7], v: f32[7, 5]) -> out: f32[7, 5] {
  for t in 0..7, d in 0..5 spatial
    out[t, d] = reduce add u in 0..add(t, 1) of 7 (mul(w[t, u], v[u, d]))
}
`,
    buffers: () =>
      new Map([
        ["w", wave(7, 7)],
        ["v", wave(7, 5)],
      ]),
    sizes: [{}],
    // Rows; four columns at once; the column that is left.
    loops: 3,
  },
  "rows of experts": {
    text: `kernel @grouped(x: f32[N, 3], w: f32[4, 3, 5], offsets: i32[5]) -> out: f32[N, 5] sizes(N) {
  for e in 0..4, r in offsets[e]..offsets[add(e, 1)] of N, n in 0..5 spatial
    out[r, n] = reduce add d in 0..3 (mul(x[r, d], w[e, d, n]))
}
`,
    buffers: () =>
      new Map([
        ["x", wave(6, 3)],
        ["w", wave(4, 3, 5)],
        ["offsets", ints(0, 2, 2, 5, 6)],
      ]),
    sizes: [{ N: 6 }],
  },
  "a window that ends at the edges, and its largest": {
    text: `kernel @window(x: f32[T]) -> most: f32[T], at: i32[T], sum: f32[T] sizes(T) {
  for t in 0..T spatial {
    most[t] = reduce max u in max(0, sub(t, 2))..min(T, add(t, 2)) of T (x[u])
    at[t] = reduce argmax u in max(0, sub(t, 2))..min(T, add(t, 2)) of T (x[u])
    sum[t] = reduce add u in t..T of T (x[u])
  }
}
`,
    buffers: (sizes) => new Map([["x", wave(sizes.get("T")!)]]),
    sizes: [{ T: 1 }, { T: 2 }, { T: 9 }],
    // Rows, one for both over the window, one for what follows.
    loops: 3,
  },
  "pairs, each once": {
    text: `kernel @pairs(x: f32[5]) -> sum: f32[], best: i32[] {
  sum[] = reduce add a in 0..5, b in add(a, 1)..5 of 5 (mul(x[a], x[b]))
  best[] = reduce argmax a in 0..5, b in add(a, 1)..5 of 5 (mul(x[a], x[b]))
}
`,
    buffers: () => new Map([["x", wave(5)]]),
    sizes: [{}],
    loops: 2,
  },
  "ends that the loop itself changes": {
    text: `kernel @growing(start: i32[]) -> n: i32[], out: i32[9] {
  n[] = start[]
  for k in 0..9 spatial
    out[k] = 0
  for k in 0..n[] of 9 sequential {
    n[] = add(n[], 1)
    out[k] = reduce add q in k..n[] of 9 (q)
  }
}
`,
    buffers: () => new Map([["start", tensor("i32", [], [4])]]),
    sizes: [{}],
  },
  "ends from lets, reversed ones and none": {
    text: `kernel @lets(x: f32[6], lengths: i32[3]) -> out: f32[3, 6], none: f32[] {
  for b in 0..3 spatial {
    let length = lengths[b]
    let half = div(length, 2)
    for k in 0..6 spatial
      out[b, k] = 0.0
    for k in half..length of 6 spatial
      out[b, k] = add(x[k], reduce add r in length..half of 6 (x[r]))
  }
  none[] = reduce max r in 4..2 of 6 (x[r])
}
`,
    buffers: () =>
      new Map([
        ["x", wave(6)],
        ["lengths", ints(5, 0, 6)],
      ]),
    sizes: [{}],
  },
};

const sizesOf = (record: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(record));

describe("ranges of axes", () => {
  test.each(Object.entries(cases))("%s", async (_, { text, buffers, sizes, loops }) => {
    const kernel = parseKernel(text);
    verifyKernel(kernel);
    expect(printKernel(kernel)).toBe(text);
    const [run] = await loadEmitted([kernel]);
    for (const record of sizes) {
      const bound = sizesOf(record);
      const results = compareEmitted(run!, kernel, buffers(bound), bound);
      for (const { data } of results.values()) expect([...data]).not.toContain(NaN);
    }
    const { lines } = emitKernel(kernel);
    if (loops !== undefined)
      expect(lines.filter((line) => line.startsWith("for ("))).toHaveLength(loops);
  });

  test("sums up to each position are the running sums", () => {
    const { text } = cases["sums over what came before"]!;
    const x = tensor("f32", [3, 3], [1, 2, 4, 1, 2, 4, 1, 2, 4]);
    const out = interpretKernel(parseKernel(text), new Map([["x", x]]), new Map([["T", 3]]));
    expect([...out.get("out")!.data]).toEqual([1, 3, 7]);
  });

  test("the largest of a part has its position in the whole", () => {
    const kernel = parseKernel(`kernel @k(x: f32[4]) -> at: i32[], none: i32[] {
  at[] = reduce argmax a in 0..4, b in 2..4 of 4 (mul(x[a], x[b]))
  none[] = reduce argmax a in 3..3 of 4 (x[a])
}`);
    const x = tensor("f32", [4], [5, 1, 2, 3]);
    const results = interpretKernel(kernel, new Map([["x", x]]), new Map());
    expect(results.get("at")!.data[0]).toBe(3);
    expect(results.get("none")!.data[0]).toBe(0);
  });

  test("a simple end stands in the loop, a costly one before it", () => {
    const { text } = cases["sums over what came before"]!;
    expect(emitKernel(parseKernel(text)).lines.join("\n")).toContain(
      "for (let u = 0; u < t + 1; u++)",
    );
    const grouped = emitKernel(parseKernel(cases["rows of experts"]!.text)).lines.join("\n");
    expect(grouped).toMatch(
      /const rEnd = i\[.*\]!;[^]*\nfor \(let r = i\[.*\]!; r < rEnd; r\+\+\)/,
    );
  });

  test.each([
    ["0..add(n[], 1)", "a in 0..6 is outside 0..5"],
    ["sub(n[], 6)..2", "a in -1..2 is outside 0..5"],
  ])("the interpreter refuses %s", (range, message) => {
    const kernel = parseKernel(`kernel @k(n: i32[]) -> out: i32[] {
  out[] = reduce add a in ${range} of 5 (a)
}`);
    const n = new Map([["n", tensor("i32", [], [5])]]);
    expect(() => interpretKernel(kernel, n, new Map())).toThrow(message);
  });

  test.each([
    ["for a in 0..a of 3 spatial out[a] = 0.0", "a is not an axis, let or size"],
    ["for a in 0..b of 3, b in 0..3 spatial out[a] = 0.0", "b is not an axis, let or size"],
    ["for a in 1..2 spatial out[a] = 0.0", 'expected "of"'],
    ["for a in 0..1 of spatial out[a] = 0.0", "expected spatial"],
  ])("text: %s", (body, message) => {
    expect(() => parseKernel(`kernel @k() -> out: f32[3] {\n  ${body}\n}`)).toThrow(message);
  });
});

describe("the rules of ranges", () => {
  const out: BufferDecl = { name: "out", dtype: "f32", shape: [3] };
  const kernel = (...body: readonly Stmt[]): Kernel => ({
    name: "k",
    params: [],
    results: [out],
    sizes: [],
    body,
    span: null,
  });
  const inner = store("out", [axis("a")], num(0));
  const upTo = (to: Expr): AxisRange => ({ from: int(0), to });
  test.each<[string, Kernel, string]>([
    [
      "an end that is its own axis",
      kernel(loop("a", 3, [inner], "spatial", upTo(axis("a")))),
      "axis a is not in scope",
    ],
    [
      "a real end",
      kernel(loop("a", 3, [inner], "spatial", upTo(num(2)))),
      "2.0 is f32, expected i32",
    ],
    [
      "an end of an undeclared size",
      kernel(loop("a", 3, [inner], "spatial", upTo(size(symbol("B"))))),
      "size B is not declared",
    ],
    [
      "a reduction that begins at a later axis",
      kernel(
        store(
          "out",
          [int(0)],
          reduce("add", [over("a", 3, { from: axis("b"), to: int(3) }), over("b", 3)], num(1)),
        ),
      ),
      "axis b is not in scope",
    ],
    [
      "an end read with a wrong rank",
      kernel(loop("a", 3, [inner], "spatial", upTo(load({ name: "out", dtype: "i32" }, [])))),
      "out has rank 1, indexed with 0",
    ],
  ])("%s is refused", (_, broken, message) => {
    expect(() => verifyKernel(broken)).toThrow(message);
  });

  test("nothing is known of the largest of a part, which may be none", () => {
    const extents = new Map<string, Dim>([["t", 5]]);
    const whole = reduce("max", [over("u", 5)], axis("u"));
    const part = reduce("max", [over("u", 5, upTo(axis("t")))], axis("u"));
    expect(rangeOf(whole, extents)).toEqual({ lo: 0, hi: 4 });
    expect(rangeOf(part, extents)).toBeNull();
  });

  test("kernels with other ends have other keys, whatever their names", () => {
    const keyOf = createKernelKey();
    const text = (to: string, t: string): string =>
      `kernel @k() -> out: f32[3, 3] {\n  for ${t} in 0..3, u in 0..${to} spatial out[${t}, u] = 1.0\n}`;
    const key = (to: string, t = "t"): string => keyOf(parseKernel(text(to, t)));
    expect(key("t of 3")).toBe(key("s of 3", "s"));
    expect(new Set([key("t of 3"), key("add(t, 1) of 3"), key("3")]).size).toBe(3);
    const sum = (to: string): string =>
      keyOf(
        parseKernel(
          `kernel @k() -> out: f32[3] {\n  for t in 0..3 spatial out[t] = reduce add u in 0..${to} (1.0)\n}`,
        ),
      );
    expect(new Set([sum("t of 3"), sum("add(t, 1) of 3"), sum("3")]).size).toBe(3);
  });

  test("what rebuilds expressions rebuilds ends", () => {
    const { body } = parseKernel(
      `kernel @k() -> out: f32[3] {\n  for t in 0..3, u in t..3 of 3 spatial out[u] = reduce add w in t..add(u, t) of 9 (1.0)\n}`,
    );
    const rebuild = createRebuild((e) => (e.kind === "axis" && e.name === "t" ? int(2) : null));
    const made = { ...kernel(), body: mapStmts(body, rebuild) };
    expect(printKernel(made)).toBe(
      `kernel @k() -> out: f32[3] {\n  for t in 0..3, u in 2..3 of 3 spatial\n    out[u] = reduce add w in 2..add(u, 2) of 9 (1.0)\n}\n`,
    );
  });

  test("a map over a part is no map over all", () => {
    const part = parseKernel(
      `kernel @k(x: f32[3, 5]) -> out: f32[3, 5] {\n  for i in 0..3, j in i..5 of 5 spatial out[i, j] = x[i, j]\n}`,
    );
    expect(flattenMap(part).kernel).toBe(part);
  });

  test("a result is not written over what tells where its loops end", () => {
    const text = (end: string): Kernel =>
      parseKernel(
        `kernel @k(x: i32[5]) -> out: i32[5] {\n  for i in 0..${end} spatial out[i] = add(x[i], 1)\n}`,
      );
    expect(readsOnlyOwnElement(text("5"), 0, 0)).toBe(true);
    expect(readsOnlyOwnElement(text("4 of 5"), 0, 0)).toBe(true);
    expect(readsOnlyOwnElement(text("x[0] of 5"), 0, 0)).toBe(false);
  });

  test.each([
    ["0..9", 90],
    ["2..5 of 9", 30],
    ["0..add(t, 1) of 9", 45],
    ["cuts[t]..cuts[add(t, 1)] of 9", 9],
  ])("a sum over %s counts %d additions", (range, flops) => {
    const summed = parseKernel(
      `kernel @k(cuts: i32[11]) -> out: f32[10] {\n  for t in 0..10 spatial out[t] = reduce add u in ${range} (f32(t))\n}`,
    );
    expect(costOf(summed, new Map()).flops).toBeCloseTo(flops, 9);
  });
});

describe("random ranges and guards", () => {
  const lengths: BufferDecl = { name: "lengths", dtype: "i32", shape: [9] };
  const x: BufferDecl = { name: "x", dtype: "f32", shape: [9, 9] };
  const sizes = new Map([["T", 6]]);
  const extents: readonly Dim[] = [1, 3, 5, 9, symbol("T")];

  const kernelOf = (random: Random): Kernel => {
    const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
    const end = (outer: readonly Expr[], extent: Dim): Expr => {
      const any = (): Expr =>
        random.below(3) === 0 || outer.length === 0 ? int(random.below(7)) : pick(outer);
      const raw = [
        (): Expr => addI(any(), int(random.below(5) - 2)),
        (): Expr => call("sub", any(), any()),
        (): Expr => load(lengths, [any()]),
        (): Expr => call("select", call("lt", any(), any()), any(), size(extent)),
        (): Expr => reduce("max", [over(`m${names++}`, 4)], load(lengths, [any()])),
      ];
      return call("min", call("max", pick(raw)(), int(0)), size(extent));
    };
    const rangeWithin = (outer: readonly Expr[], extent: Dim): AxisRange | null =>
      random.below(3) === 0 ? null : { from: end(outer, extent), to: end(outer, extent) };
    let names = 0;
    const axesIn = (
      outer: readonly Expr[],
      hint: string,
      count: number,
    ): { axes: ReturnType<typeof over>[]; inner: readonly Expr[] } => {
      let inner = outer;
      const axes = Array.from({ length: count }, (_, k) => {
        const extent = pick(extents);
        const made = over(`${hint}${k}`, extent, rangeWithin(inner, extent));
        inner = [...inner, axis(made.name)];
        return made;
      });
      return { axes, inner };
    };
    const { axes, inner } = axesIn([], "i", 2);
    const guard = (all: readonly Expr[]): Expr | null => {
      if (random.below(3) > 0) return null;
      const [a, b] = [pick(all), pick(all)];
      return pick([
        () => call("le", a, b),
        () => call("lt", int(2), a),
        () => call("lt", load(lengths, [a]), b),
        () => call("eq", call("mod", all.at(-1)!, int(2)), int(0)),
      ])();
    };
    const sum = (hint: string): Expr => {
      const { axes: over, inner: all } = axesIn(inner, hint, 1 + random.below(2));
      const element = load(x, [pick(all), pick(all)]);
      return reduce(
        pick(["add", "max"] as const),
        over,
        call("mul", element, load(x, [pick(all), all.at(-1)!])),
        guard(all),
      );
    };
    const first = sum("r");
    // Sometimes the same sum again, or another over the same names.
    const second = pick([() => first, () => sum("r"), () => sum("q")])();
    const value = call("add", first, second);
    const body = axes.reduceRight<Stmt>(
      (within, a) =>
        loop(a.name, a.extent, [within], pick(["spatial", "sequential"] as const), a.range),
      store("out", [axis("i0"), axis("i1")], value),
    );
    const results: readonly BufferDecl[] = [
      { name: "out", dtype: "f32", shape: axes.map((a) => a.extent) },
    ];
    return {
      name: "random",
      params: [lengths, x],
      results,
      sizes: ["T"],
      body: [body],
      span: null,
    };
  };

  test("print, parse, verify and compute the same as emitted", async () => {
    const random = createRandom(11);
    const kernels = Array.from({ length: 400 }, () => kernelOf(random));
    const runs = await loadEmitted(kernels);
    const buffers = new Map([
      ["lengths", ints(3, 0, 9, 1, 5, 2, 8, 4, 1)],
      ["x", wave(9, 9)],
    ]);
    let written = 0;
    kernels.forEach((kernel, k) => {
      verifyKernel(kernel);
      const text = printKernel(kernel);
      expect(parseKernel(text), text).toEqual(kernel);
      const out = compareEmitted(runs[k]!, kernel, buffers, sizes, text).get("out")!;
      written += out.data.filter((value) => !Number.isNaN(value)).length;
    });
    expect(written).toBeGreaterThan(1000);
  });
});
