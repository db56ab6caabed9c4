// What is measured: a work has a runner for each peer, which does the same on the same device.

import type { Started as Contest } from "../shared/runner.ts";
import type { Program, ProgramSpec } from "../shared/programs.ts";
import type { JaxPeer } from "./peers/jax.ts";
import type { OnnxPeer } from "./peers/onnx.ts";
import type { TfjsPeer } from "./peers/tfjs.ts";
import type { TorchPeer } from "./peers/torch.ts";
import type { WatchedGpu } from "./gpu.ts";

export { called, queued } from "../shared/runner.ts";
export type { Expected, Opening, Runner } from "../shared/runner.ts";

/** `WGSL` is written by hand: a yardstick. PyTorch is native; all others run on the same Dawn. */
export const peerNames = ["WGSL", "dlm", "onnxruntime-web", "tfjs", "jax-js", "PyTorch"] as const;
export type PeerName = (typeof peerNames)[number];

export type Openings = Started["open"];

export type Started = Contest<PeerName>;

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
