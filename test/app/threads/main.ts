// Trains on one thread and on three; what came of it is on `window`.
import { NetTrainer } from "./net.dlm";

const count = 130;
const label = Int32Array.from({ length: count }, (_, k) => k % 4);
const x = Float32Array.from({ length: 64 * count }, (_, k) => Math.sin(7 * k + k / 64));

const trained = async (threads: number): Promise<readonly number[]> => {
  const trainer = await NetTrainer.create({ seed: 1, threads });
  for (let step = 0; step < 10; step++) await trainer.step({ x, label });
  const saved = await trainer.save();
  trainer.dispose();
  return [...saved];
};

const run = async (): Promise<object> => ({
  isIsolated: crossOriginIsolated,
  alone: await trained(1),
  shared: await trained(3),
});

declare global {
  interface Window {
    result?: Promise<object>;
  }
}
window.result = run();
