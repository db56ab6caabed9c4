// Trains a small classifier on the GPU of the browser; what came of it is on `window`.
import { Net, NetTrainer } from "./net.dlm";

/** Four clusters in the plane. */
const count = 64;
const label = Int32Array.from({ length: count }, (_, k) => k % 4);
const x = Float32Array.from({ length: 2 * count }, (_, k) => {
  const cluster = label[Math.floor(k / 2)]!;
  const corner = k % 2 === 0 ? cluster & 1 : cluster >> 1;
  return 2 * corner - 1 + 0.3 * Math.sin(7 * k);
});

const run = async (): Promise<object> => {
  const trainer = await NetTrainer.create({ seed: 1 });
  const losses: number[] = [];
  for (let step = 0; step < 60; step++) losses.push((await trainer.step({ x, label })).loss);
  const { accuracy } = await trainer.evaluate([{ x, label }]);
  const net = await Net.create({ weights: await trainer.net.save() });
  const logits = await net.forward({ x: x.subarray(0, 8) });
  return { device: trainer.device, losses, accuracy, logits: [...logits] };
};

declare global {
  interface Window {
    result?: Promise<object>;
  }
}
window.result = run();
