// Trains the imported network for a moment and prints what came out.

import { Tiny, TinyTrainer } from "./tiny.dlm";

/** Label 1 where the first number is larger than the second. */
const drawBatch = (count: number, offset: number): { x: Float32Array; label: Int32Array } => {
  const x = Float32Array.from({ length: count * 3 }, (_, i) => Math.sin(12.9 * (i + offset)));
  const label = Int32Array.from({ length: count }, (_, i) => (x[i * 3]! > x[i * 3 + 1]! ? 1 : 0));
  return { x, label };
};

const trainer = await TinyTrainer.create({ seed: 1 });
const losses: number[] = [];
for (let round = 0; round < 150; round++)
  losses.push((await trainer.step(drawBatch(7, round * 21))).loss);
const unseen = Array.from({ length: 7 }, (_, i) => drawBatch(7, 5000 + 21 * i));
const metrics = await trainer.evaluate(unseen);

const alone = await Tiny.create({ weights: await trainer.net.save() });
const { x } = drawBatch(4, 9000);
const logits = await alone.forward({ x });
const same = trainer.net.predict({ x });

console.log(
  JSON.stringify({
    first: losses[0],
    last: losses.at(-1),
    accuracy: metrics.accuracy,
    logits: [...logits],
    same: [...same],
  }),
);
