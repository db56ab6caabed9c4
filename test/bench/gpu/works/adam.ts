// The update of many parameters, their gradient given.

import { recipeRunner } from "../dlm.ts";
import { noise, somePositions } from "../../shared/noise.ts";
import { adamSteps } from "../../shared/jax-adam.ts";
import type { Scale, Work } from "../work.ts";

/** Updates that are compared. */
const steps = 3;

export const adam = (scale: Scale): readonly Work[] => {
  const n = scale === "full" ? 100_000_000 : 1003;
  const spec = { file: "adam.dlm", name: scale === "full" ? "Adam100M" : "AdamSmall" };
  const work: Work = {
    name: "adam",
    what: `Adam on ${n} parameters`,
    // Weight, gradient and two moments read, all but the gradient written.
    amount: { kind: "bytes", count: 28 * n },
    bar: "85 % of copy",
    programs: [spec],
    start: async (lab) => {
      const g = noise(n);
      const at = somePositions(n);
      // Both moments of a gradient that stays the same are, corrected, that gradient and its square.
      const values = at.map((k) => (-steps * 1e-3 * g[k]!) / (Math.abs(g[k]!) + 1e-8));
      return {
        expected: [{ at, values }],
        tolerance: 1e-3,
        open: {
          dlm: () => recipeRunner(lab, spec, { g }, { steps, param: "w", updateAlone: true }),
          "onnxruntime-web": "has no optimizers: training was removed from it",
          tfjs: async () => {
            const { tf, tensor, runner } = await lab.tfjs();
            const gradient = tensor(g, [n]);
            const w = tf.variable(tf.zeros([n]));
            const optimizer = tf.train.adam(1e-3);
            const update = (): readonly [] => {
              optimizer.applyGradients({ [w.name]: gradient as never });
              return [];
            };
            const updated = await runner(update, [gradient, w]);
            return {
              ...updated,
              outputs: async () => {
                for (let k = 0; k < steps; k++) tf.tidy(() => void update());
                return [await w.data<"float32">()];
              },
              dispose: async () => {
                await updated.dispose();
                optimizer.dispose();
              },
            };
          },
          "jax-js": async () => {
            const peer = await lab.jax();
            const { step, state, ...runner } = adamSteps(
              peer,
              [peer.jax.numpy.zeros([n])],
              [peer.array(g, [n])],
              ([w], [gradient]) => {
                w!.dispose();
                return [[], [gradient!]];
              },
            );
            return {
              ...runner,
              outputs: async () => {
                for (let k = 0; k < steps; k++) await step();
                return [await state(1)];
              },
            };
          },
          PyTorch: async () => (await lab.torch()).runner("adam", { n }),
        },
      };
    },
  };
  return [work];
};
