// The same network on the page and in a worker; what both say is on `window`.
import { Tiny } from "../tiny.dlm";

const x = Float32Array.of(0.5, -1, 2, 1, 0, -3);
const net = await Tiny.create({ seed: 4 });
const here = [...net.predict({ x })];

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
worker.onmessage = ({ data }: MessageEvent<readonly number[]>) => {
  window.said = { here, there: data };
  worker.terminate();
};
worker.postMessage(x);

declare global {
  interface Window {
    said?: { readonly here: readonly number[]; readonly there: readonly number[] };
  }
}
