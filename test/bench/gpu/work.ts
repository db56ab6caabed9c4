// What is measured: a work has a runner for each peer, which does the same on the same device.

import type { Program, ProgramSpec } from "./programs.ts";
import type { JaxPeer } from "./peers/jax.ts";
import type { OnnxPeer } from "./peers/onnx.ts";
import type { TfjsPeer } from "./peers/tfjs.ts";
import type { TorchPeer } from "./peers/torch.ts";
import type { WatchedGpu } from "./gpu.ts";

/** `WGSL` is written by hand: a yardstick. PyTorch is native; all others run on the same Dawn. */
export const peerNames = ["WGSL", "dlm", "onnxruntime-web", "tfjs", "jax-js", "PyTorch"] as const;
export type PeerName = (typeof peerNames)[number];

export type Runner = {
  /** Milliseconds that so many executions take, queued one after the other and waited for once. */
  readonly sample: (count: number) => Promise<number>;
  /** What queueing them takes of that. */
  readonly encode?: (count: number) => Promise<number>;
  /** What one execution gives, as dlm lays it out; null where it computes on numbers of its own. */
  readonly outputs: (() => Promise<readonly Float32Array[]>) | null;
  /** What is wrong after all samples, or null. */
  readonly check?: () => Promise<string | null>;
  readonly dispose: () => void | Promise<void>;
  /** More about it, for its row. */
  readonly note?: string;
};

/** A runner, or why there is none. */
export type Opening = (() => Promise<Runner>) | string;
export type Openings = Readonly<Partial<Record<PeerName, Opening>>>;

/** What to have at some positions of one output. */
export type Expected = { readonly at: readonly number[]; readonly values: readonly number[] };

export type Started = {
  /** Of each output, computed in doubles; null where what dlm gives is what others are compared with. */
  readonly expected: readonly Expected[] | null;
  /** Of the largest magnitude that is expected in an output. */
  readonly tolerance: number;
  readonly open: Openings;
};

/** What one execution does, if that is a number to divide by its time. */
export type Amount = { readonly kind: "flop" | "bytes" | "dispatches"; readonly count: number };

export type Work = {
  readonly name: string;
  readonly what: string;
  readonly amount: Amount | null;
  /** What is aimed at, in the unit of its table. */
  readonly bar: string;
  readonly programs: readonly ProgramSpec[];
  readonly start: (lab: Lab) => Promise<Started>;
};

/** What works share: the device, and peers that are opened when they are first asked for. */
export type Lab = {
  readonly gpu: WatchedGpu;
  readonly program: (spec: ProgramSpec) => Promise<Program>;
  readonly onnx: () => Promise<OnnxPeer>;
  readonly tfjs: () => Promise<TfjsPeer>;
  readonly jax: () => Promise<JaxPeer>;
  readonly torch: () => Promise<TorchPeer>;
};

/** Sizes of the table, or tiny ones that show that everything runs. */
export type Scale = "full" | "small";

/** Executions are queued by `body` and waited for once. */
export const queued = (
  body: () => void | Promise<void>,
  wait: () => Promise<unknown>,
): Required<Pick<Runner, "sample" | "encode">> => {
  const queue = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const running = body();
      if (running !== undefined) await running;
    }
  };
  return {
    sample: async (count) => {
      const begun = performance.now();
      await queue(count);
      await wait();
      return performance.now() - begun;
    },
    encode: async (count) => {
      const begun = performance.now();
      await queue(count);
      const ms = performance.now() - begun;
      await wait();
      return ms;
    },
  };
};

/** Where every call waits for itself. */
export const called = (body: () => Promise<unknown>): Pick<Runner, "sample"> =>
  queued(
    async () => {
      await body();
    },
    async () => {},
  );
