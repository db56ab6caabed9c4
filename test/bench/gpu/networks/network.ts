// A network that is trained: as dlm writes it in `programs/networks.dlm`, and as users of the others write it.

import type * as Tf from "@tensorflow/tfjs-core";
import type { Inputs } from "../dlm.ts";
import type { JaxArray, JaxPeer } from "../peers/jax.ts";
import type { ProgramSpec } from "../../shared/programs.ts";

export type Network = {
  readonly name: string;
  readonly what: string;
  readonly spec: ProgramSpec;
  /** Multiplications and additions of all products in a step. */
  readonly flop: number;
  readonly batch: Inputs;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly classes: number;
  /** `[examples, classes]` */
  readonly tfjs: (
    tf: typeof Tf,
    weight: (path: string) => Tf.Variable,
    input: Tf.Tensor,
  ) => Tf.Tensor;
  /** `[examples, classes]`; each weight is asked for once. */
  readonly jax: (peer: JaxPeer, weight: (path: string) => JaxArray, input: JaxArray) => JaxArray;
  /** Where jax-js lays a weight in another way. */
  readonly jaxWeight?: (
    path: string,
    values: Float32Array,
    shape: readonly number[],
  ) => { readonly values: Float32Array; readonly shape: readonly number[] };
  readonly torch: { readonly work: string; readonly sizes: Readonly<Record<string, number>> };
};
