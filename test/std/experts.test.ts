// Mixtures of experts are computed sparsely: a token pays for the experts it goes to, however many there are.

import { describe, expect, test } from "vitest";
import { reportOf } from "../../compiler/cli/inspect/report.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { optimise } from "../../compiler/pipeline.ts";
import { compileProgram } from "../goldens/compile.ts";

const width = 24;
const hidden = 200;
const tokens = 8 * 9;

/** What one training step and one evaluation of 72 tokens cost. */
const costOf = (layer: string) => {
  const source = `model Net(x: [B, 9, ${width}]) -> [B, 9, ${width}] {
  return x -> ${layer}
}

train Fit {
  data x: [B, 9, ${width}], y: [B, 9, ${width}]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 1e-3)
  batch: 8
}
`;
  const { params, entries } = reportOf(lower(optimise(compileProgram(source, "Fit"))), 8);
  const flops = (name: string) => entries.find((entry) => entry.name === name)!.cost.flops;
  const peak = entries.find(({ name }) => name === "step")!.peakBytes;
  return { params, step: flops("step"), evaluate: flops("evaluate"), peak };
};

/** The two products of one expert, for every token. */
const oneExpertEach = tokens * 2 * (2 * width * hidden);

for (const [block, chosen] of [
  ["SwitchMoe", 1],
  ["TopKMoe", 2],
] as const) {
  const few = costOf(`${block}(4, ${hidden})`);
  const many = costOf(`${block}(32, ${hidden})`);

  describe(`${block}: each token goes to ${chosen} of the experts`, () => {
    test("eight times as many experts are hardly more work", () => {
      console.log(
        `${block}, ${tokens} tokens of ${width}, hidden ${hidden}: ` +
          `${few.evaluate} FLOPs for 4 experts (${few.params} weights), ` +
          `${many.evaluate} for 32 (${many.params}); a training step ${few.step} and ${many.step}`,
      );
      expect(many.params / few.params).toBeGreaterThan(7.9);
      expect(many.evaluate / few.evaluate).toBeLessThan(1.2);
    });

    test("the work is that of the chosen experts and the router", () => {
      for (const { evaluate } of [few, many]) {
        expect(evaluate).toBeGreaterThan(chosen * oneExpertEach);
        expect(evaluate).toBeLessThan(1.2 * chosen * oneExpertEach);
      }
    });

    test("in a training step, 28 more experts cost less than one more per token would", () => {
      // Forward once, backward twice.
      expect(many.step - few.step).toBeLessThan(3 * oneExpertEach);
    });

    test("no buffer holds the weights of a token's expert, or an outer product per token", () => {
      const perToken = 4 * tokens * width * hidden;
      expect(few.peak).toBeLessThan(perToken);
    });
  });
}
