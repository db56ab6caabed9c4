// What is stepped is causal, and what is not says why.

import { describe, expect, test } from "vitest";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { entryOf, interpretEntry, withDerived } from "../goldens/interpret-entry.ts";
import { stepPrograms } from "./programs.ts";
import { at, drawData, netOf, steppingOf, weightsOf } from "./walk.ts";
import type { Data } from "./walk.ts";

/** The first `kept` positions of one array, the rest of another. */
const spliced = (first: Tensor, second: Tensor, axis: number, kept: number): Tensor => {
  const inner = first.shape.slice(axis + 1).reduce((n, size) => n * size, 1);
  const length = first.shape[axis]!;
  const data = first.data.map((value, i) =>
    Math.floor(i / inner) % length < kept ? value : second.data[i]!,
  );
  return { ...first, data };
};

describe("later inputs change no earlier result of a model that is stepped", () => {
  test.each(stepPrograms)("$what", ({ text, sizes }) => {
    const module = netOf(text);
    const { size } = steppingOf(module);
    const forward = entryOf(module, "forward");
    const stored = withDerived(module, weightsOf(module));
    const axisOf = (value: (typeof forward.graph.inputs)[number]): number =>
      value.type.shape.findIndex((dim) => typeof dim !== "number" && dim.key === size);
    const [one, other] = [drawData(module, sizes, 1), drawData(module, sizes, 2)];
    const run = (data: Data): ReadonlyMap<string, Tensor> =>
      interpretEntry(forward, { data, stored }).results;
    const before = run(one);
    for (let kept = 1; kept < sizes[size]!; kept++) {
      const changed = new Map(
        forward.inputs.flatMap((input, i): [string, Tensor][] => {
          if (input.kind !== "data") return [];
          const axis = axisOf(forward.graph.inputs[i]!);
          const [first, second] = [one.get(input.name)!, other.get(input.name)!];
          return [[input.name, axis < 0 ? first : spliced(first, second, axis, kept)]];
        }),
      );
      const after = run(changed);
      forward.outputs.forEach((output, i) => {
        if (output.kind !== "result") return;
        const axis = axisOf(forward.graph.outputs[i]!);
        const position = (results: typeof before, t: number): Float64Array =>
          at(results.get(output.name)!, axis, t).data;
        for (let t = 0; t < kept; t++) expect(position(after, t)).toEqual(position(before, t));
        expect(position(after, kept)).not.toEqual(position(before, kept));
      });
    }
  });
});

/** The reason and the text it points at. */
const refusalOf = (text: string): readonly [reason: string, source: string] | null => {
  const stepping = netOf(text).model?.stepping;
  if (stepping?.kind !== "mixed") return null;
  const { span } = stepping;
  const at = span?.call ?? span;
  return [stepping.reason, at === undefined || at === null ? "" : text.slice(at.start, at.end)];
};

const net = (body: string, params = "x: [B, T <= 7, 4]", result = "[B, T, 4]"): string =>
  `model Net(${params}) -> ${result} {\n${body}\n}\n`;

const refused: readonly (readonly [what: string, text: string, reason: string, source: string])[] =
  [
    [
      "a scan in reverse",
      net(
        "let f = x -> scan T { Gru(2) }\nlet b = x -> scan T reverse { Gru(2) }\nreturn concat(f, b)",
      ),
      "scans T in reverse",
      "scan T reverse { Gru(2) }",
    ],
    [
      "attention without a mask",
      net("return x -> MultiHeadAttention(2)"),
      "takes the maximum over all of T, later positions included",
      "MultiHeadAttention(2)",
    ],
    [
      "attention masked the wrong way",
      net(`let s[b, t, u] = sum[d](x[b, t, d] * x[b, u, d])
let a[b, t, u] = softmax[u](if u >= t then s[b, t, u] else -inf)
let y[b, t, d] = sum[u](a[b, t, u] * x[b, u, d])
return y`),
      "takes the maximum over all of T, later positions included",
      "softmax[u](if u >= t then s[b, t, u] else -inf)",
    ],
    [
      "a mask that lets one later position through",
      net(`let s[b, t, u] = sum[d](x[b, t, d] * x[b, u, d])
let a[b, t, u] = softmax[u](if u <= t + 1 then s[b, t, u] else -inf)
let y[b, t, d] = sum[u](a[b, t, u] * x[b, u, d])
return y`),
      "takes the maximum over all of T, later positions included",
      "softmax[u](if u <= t + 1 then s[b, t, u] else -inf)",
    ],
    [
      "the mean over the sequence",
      net("return x - mean(x, over = T, keepdim = true)"),
      "takes the sum over all of T, later positions included",
      "mean(x, over = T, keepdim = true)",
    ],
    [
      "groups of channels normalised over the sequence",
      net("return x -> GroupNorm(2)"),
      "takes the sum over all of T, later positions included",
      "GroupNorm(2)",
    ],
    [
      "a sequence turned around",
      net("let y[b, t < T, c] = x[b, T - 1 - t, c]\nreturn y"),
      "reads T in another order",
      "x[b, T - 1 - t, c]",
    ],
    [
      "a window that looks ahead",
      net(`let padded = pad_edges(x, [[0, 0], [1, 1], [0, 0]])
let y[b, t < T, c] = sum[i < 3](padded[b, t + i, c])
return y`),
      "looks at later positions of T",
      "padded[b, t + i, c]",
    ],
    [
      "noise at every position",
      net("let e: [B, T, 4] ~ normal()\nreturn x + e"),
      "draws noise, which steps do not repeat",
      "let e: [B, T, 4] ~ normal()",
    ],
    ["the length as a number", net("return x / T"), "depends on how long T is", "x / T"],
    [
      "attention over a sequence without a bound",
      net("return x -> MultiHeadAttention(2, causal = true)", "x: [B, T, 4]"),
      "needs all of T, which has no upper bound",
      "MultiHeadAttention(2, causal = true)",
    ],
  ];

describe("what mixes positions is not stepped, and says where", () => {
  test.each(refused)("%s", (_what, text, reason, source) => {
    expect(refusalOf(text)).toEqual([reason, source]);
  });
});

test("a model without a size to walk along says nothing of steps", () => {
  for (const text of [
    "model Net(x: [B, 4]) -> [B, 2] { return x -> Dense(2) }",
    "model Net(x: [B, T, 4]) -> [B, 4] { return x -> scan T { Gru(4) } -> last(T) }",
  ])
    expect(netOf(text).model?.stepping).toBeUndefined();
});
