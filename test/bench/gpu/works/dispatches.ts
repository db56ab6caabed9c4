// Many small products, each of which waits for the one before it: what a dispatch costs, to queue and in all.

import { modelRunner } from "../dlm.ts";
import { noise } from "../../shared/noise.ts";
import type { OnnxModel } from "../../shared/onnx-model.ts";
import type { Lab, Opening, Openings, PeerName, Scale, Started, Work } from "../work.ts";
import { emptyChainRunner } from "../yardsticks.ts";

const size = 64;

const chainOnnx = (count: number, W: Float32Array): OnnxModel => ({
  inputs: { x0: [size, size] },
  outputs: { [`x${count}`]: [size, size] },
  constants: { W: { dims: [size, size], data: W } },
  nodes: Array.from({ length: count }, (_, k) => ({
    op: "MatMul",
    inputs: [`x${k}`, "W"],
    outputs: [`x${k + 1}`],
  })),
});

/** In place of a sample what queueing it takes. */
const encodingOf = (opening: Opening): Opening =>
  typeof opening === "string"
    ? opening
    : async () => {
        const runner = await opening();
        if (runner.encode === undefined) throw new Error("nothing is queued apart from running it");
        return { ...runner, sample: runner.encode };
      };

const start = async (lab: Lab, count: number, name: string): Promise<Started> => {
  const dims = [size, size];
  const x = noise(size * size);
  // Moves each column on by one.
  const W = new Float32Array(size * size);
  for (let k = 0; k < size; k++) W[k * size + ((k + 1) % size)] = 1;
  const values = Array.from(x, (_, at) => {
    const column = (((at % size) - count) % size) + size;
    return x[at - (at % size) + (column % size)]!;
  });
  const open: Openings = {
    WGSL: () => emptyChainRunner(lab, count),
    dlm: () => modelRunner(lab, { file: "product.dlm", name }, { x }, new Map([["chain.f.W", W]])),
    "onnxruntime-web": async () => (await lab.onnx()).runner(chainOnnx(count, W), { x0: x }),
    tfjs: async () => {
      const { tf, tensor, runner } = await lab.tfjs();
      const [given, weight] = [tensor(x, dims), tensor(W, dims)];
      return runner(() => {
        let y = given;
        for (let k = 0; k < count; k++) y = tf.matMul(y, weight);
        return y;
      }, [given, weight]);
    },
    "jax-js": async () => {
      const { jax, array, runner } = await lab.jax();
      return runner(
        (given, weight) => {
          let y = given;
          for (let k = 0; k < count; k++) y = jax.numpy.matmul(y, weight.ref);
          weight.dispose();
          return y;
        },
        [array(x, dims), array(W, dims)],
      );
    },
    PyTorch: async () => (await lab.torch()).runner("dispatches", { count, size }),
  };
  return { expected: [{ at: [...values.keys()], values }], tolerance: 1e-6, open };
};

export const dispatches = (scale: Scale): readonly Work[] => {
  const count = scale === "full" ? 1000 : 50;
  const name = scale === "full" ? "Chain1000" : "Chain50";
  const common = {
    amount: { kind: "dispatches", count },
    bar: "3 µs to encode each",
    programs: [{ file: "product.dlm", name }],
  } as const;
  return [
    {
      ...common,
      name: "dispatch",
      what: `a chain of ${count} products of ${size} x ${size}`,
      start: (lab) => start(lab, count, name),
    },
    {
      ...common,
      name: "encode",
      what: `queueing a chain of ${count} products of ${size} x ${size}`,
      start: async (lab) => {
        const started = await start(lab, count, name);
        const open = Object.entries(started.open).filter(([peer]) => peer !== "PyTorch");
        return {
          ...started,
          open: Object.fromEntries(
            open.map(([peer, opening]) => [peer as PeerName, encodingOf(opening)]),
          ),
        };
      },
    },
  ];
};
