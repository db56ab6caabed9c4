// Networks from an array of examples to an array of results.

import { initialValues } from "../../../../runtime/init.ts";
import type { Opening } from "../../shared/runner.ts";
import { noise } from "../../shared/noise.ts";
import type { Program } from "../../shared/programs.ts";
import { modelRunner } from "../dlm.ts";
import { handWritten } from "../hand-written.ts";
import { cnn } from "../networks/cnn.ts";
import { lstm } from "../networks/lstm.ts";
import { mlp, tiny } from "../networks/mlp.ts";
import type { Network, Weights } from "../networks/network.ts";
import type { OnnxPeer } from "../peers/onnx.ts";
import { callRunner } from "../peers/jax.ts";
import type { TfjsPeer } from "../peers/tfjs.ts";
import { scriptPeers, severalThreads } from "../work.ts";
import type { Bar, PeerName, Work } from "../work.ts";

/** As they are drawn; what begins with 0 gets other numbers, so that it counts. */
const weightsOf = ({ stored }: Program): Weights =>
  new Map(
    stored
      .filter(({ storage }) => storage === "param")
      .map((spec, k) => {
        const drawn = new Float32Array(initialValues(spec, 0));
        const values = drawn.every((value) => value === 0)
          ? noise(drawn.length, k + 1).map((value) => value / 10)
          : drawn;
        return [spec.path, { values, shape: spec.shape }];
      }),
  );

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

type Case = {
  readonly network: Network;
  readonly batch: number;
  readonly bars: readonly Bar[];
  /** Besides those of all. */
  readonly more?: readonly PeerName[];
};

const inference = ({ network, batch, bars, more = [] }: Case): Work => ({
  name: `${network.name}-${batch}`,
  what: `${network.what}, batch ${batch}`,
  flop: network === tiny ? null : network.flop.all * batch,
  bars,
  start: async (lab) => {
    const { model, sizes } = network;
    const fixed = await lab.program(model, { B: batch, ...sizes });
    const weights = weightsOf(fixed.program);
    const shape = [batch, ...network.shape];
    const x = noise(elements(shape), 3);
    const onnx = async (peer: OnnxPeer) =>
      peer.runner(network.onnx(weights, batch), { x: network.onnxInput?.(x, batch) ?? x });
    const tfjs = async ({ tf, tensor, runner }: TfjsPeer) => {
      const kept = new Map(
        [...weights].map(([path, { values, shape: of }]) => [path, tensor(values, of)]),
      );
      const weight = (path: string) => kept.get(path)!;
      return runner(() => network.tfjs(tf, weight, tensor(x, shape), batch), [...kept.values()]);
    };
    const optional: Partial<Record<PeerName, Opening>> = {
      "dlm, open batch": async () =>
        modelRunner(await lab.program(model, sizes), { x }, { weights }),
      ...(lab.threads > 1 && {
        "dlm, threads": () => modelRunner(fixed, { x }, { weights, threads: lab.threads }),
      }),
      "tfjs-cpu": async () => tfjs(await lab.tfjsCpu()),
      "by hand": async () => handWritten(weights, x),
    };
    return {
      expected: null,
      tolerance: 1e-4,
      open: {
        ...Object.fromEntries(
          more.flatMap((name) => (optional[name] === undefined ? [] : [[name, optional[name]]])),
        ),
        dlm: () => modelRunner(fixed, { x }, { weights }),
        "onnxruntime-web": async () => onnx(await lab.onnxWeb()),
        tfjs: async () => tfjs(await lab.tfjs()),
        "jax-js": async () => {
          const peer = await lab.jax();
          const laid = [...weights].map(([path, weight]) => ({
            path,
            ...(network.jaxWeight?.(path, weight) ?? weight),
          }));
          const paths = laid.map(({ path }) => path);
          return callRunner(
            peer,
            (input, ...kept) =>
              network.jax(peer, (path) => kept[paths.indexOf(path)]!, input!, batch),
            [{ values: x, shape }],
            laid.map(({ values, shape: of }) => peer.array(values, of)),
          );
        },
        "onnxruntime-node": async () => onnx(await lab.onnxNode()),
        PyTorch: async () =>
          (await lab.torch()).runner(
            `inference ${network.torch}`,
            {},
            { x: { values: x, shape }, ...Object.fromEntries(weights) },
          ),
      },
    };
  },
});

const faster = (times: number, fused: number, than: readonly PeerName[] = scriptPeers): Bar => ({
  kind: "speed",
  than,
  times,
  fused,
});

const open: readonly PeerName[] = ["dlm, open batch"];
const torch: Bar = faster(1, 1, ["PyTorch"]);

export const inferences: readonly Work[] = (
  [
    { network: mlp, batch: 1, bars: [faster(1.3, 1.3)], more: open },
    { network: mlp, batch: 32, bars: [faster(1.4, 1.6)], more: open },
    { network: mlp, batch: 256, bars: [faster(1.3, 1.5)], more: open },
    { network: cnn, batch: 1, bars: [faster(1.5, 1.6), torch] },
    {
      network: cnn,
      batch: 32,
      bars: [faster(1.3, 1.5), torch, severalThreads],
      more: ["dlm, threads"],
    },
    { network: lstm, batch: 1, bars: [faster(1.1, 1.2, ["onnxruntime-web"])] },
    { network: lstm, batch: 16, bars: [faster(1.15, 1.25, ["onnxruntime-web"])] },
    {
      network: tiny,
      batch: 1,
      bars: [{ kind: "nanoseconds", most: 150 }],
      more: ["tfjs-cpu", "by hand"],
    },
  ] satisfies readonly Case[]
).map(inference);
