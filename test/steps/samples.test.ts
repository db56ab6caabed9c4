// The language's own sequence models, stepped.

import { describe, expect, test } from "vitest";
import { optimise } from "../../compiler/pipeline.ts";
import { expectClose } from "../backends/run-entry.ts";
import { elaborateSample } from "../programs/samples.ts";
import type { Edit } from "../programs/samples.ts";
import { drawData, walkEmitted, walkInterpreted } from "./walk.ts";
import type { Sizes } from "./walk.ts";

const samples: readonly {
  readonly file: string;
  readonly model: string;
  readonly edits: readonly Edit[];
  readonly sizes: Sizes;
}[] = [
  {
    file: "03-lstm.dlm",
    model: "CharLstm",
    edits: [["vocab = 96, units = 256", "vocab = 11, units = 6"]],
    sizes: { B: 3, T: 5 },
  },
  {
    file: "08-gpt.dlm",
    model: "Gpt",
    edits: [
      [
        "vocab = 256, ctx = 256, depth = 6, heads = 6, width = 384",
        "vocab = 11, ctx = 7, depth = 2, heads = 2, width = 8",
      ],
    ],
    sizes: { B: 3, T: 5 },
  },
  {
    file: "11-gru.dlm",
    model: "Seq2Seq",
    edits: [["vocab = 64, units = 128", "vocab = 11, units = 6"]],
    sizes: { B: 3, S: 4, T: 5 },
  },
];

describe.each(samples)("$model", ({ file, model, edits, sizes }) => {
  const { modules } = elaborateSample(file, edits, [model]);
  const module = optimise(modules.find(({ name }) => name === model)!);
  const data = drawData(module, sizes, 3);
  const { whole, steps } = walkInterpreted(module, data, sizes);

  test("interpreted", () => {
    expect(steps).toHaveLength(sizes["T"]!);
    steps.forEach((results, t) => {
      expectClose(results.get("")!, whole[t]!.get("")!, 1e-9, `at ${t}`);
    });
  });

  test("emitted", async () => {
    const emitted = await walkEmitted(module, data, sizes);
    emitted.forEach(([got], t) => {
      const want = whole[t]!.get("")!;
      expectClose({ ...want, data: Float64Array.from(got!) }, want, 1e-5, `at ${t}`);
    });
  });
});
