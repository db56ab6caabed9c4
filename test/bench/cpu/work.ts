// What is measured: a work has a runner for each peer, which does the same on one thread of the CPU.

import type { Started as Contest } from "../shared/runner.ts";
import type { TorchPeer } from "../shared/torch.ts";
import type { JaxPeer } from "../shared/jax.ts";
import type { OnnxPeer } from "./peers/onnx.ts";
import type { TfjsPeer } from "./peers/tfjs.ts";
import type { Peak } from "./peak.ts";
import type { Compiled } from "./programs.ts";

/** In JavaScript and WebAssembly, in the process that measures. `by hand` has the weights among its numbers. */
export const scriptPeers = ["onnxruntime-web", "tfjs", "tfjs-cpu", "jax-js", "by hand"] as const;

/** `peak` is no library: it multiplies and adds in registers, as many times as the work does. */
export const peerNames = [
  "peak",
  "dlm",
  "dlm, open batch",
  "dlm, threads",
  ...scriptPeers,
  "onnxruntime-node",
  "PyTorch",
] as const;
export type PeerName = (typeof peerNames)[number];

/** What is aimed at; `fused`: where products round once with their sums. */
export type Bar =
  /** Times as fast as the fastest of them. */
  | {
      readonly kind: "speed";
      readonly than: readonly PeerName[];
      readonly times: number;
      readonly fused?: number;
    }
  | { readonly kind: "peak"; readonly part: number; readonly fused: number }
  /** Of one thread, where several are asked for. */
  | { readonly kind: "threads"; readonly times: number }
  | { readonly kind: "nanoseconds"; readonly most: number };

export type Work = {
  readonly name: string;
  readonly what: string;
  /** Multiplications and additions of one execution; null where they say nothing. */
  readonly flop: number | null;
  readonly bars: readonly Bar[];
  readonly start: (lab: Lab) => Promise<Contest<PeerName>>;
};

export const severalThreads: Bar = { kind: "threads", times: 1.6 };

/** What works share: programs, and peers that are opened when they are first asked for. */
export type Lab = {
  /** With the roundings that dlm has here. */
  readonly peak: Peak;
  readonly threads: number;
  readonly program: (name: string, sizes?: Readonly<Record<string, number>>) => Promise<Compiled>;
  readonly onnxWeb: () => Promise<OnnxPeer>;
  readonly onnxNode: () => Promise<OnnxPeer>;
  readonly tfjs: () => Promise<TfjsPeer>;
  readonly tfjsCpu: () => Promise<TfjsPeer>;
  readonly jax: () => Promise<JaxPeer>;
  readonly torch: () => Promise<TorchPeer>;
};
