// jax-js on its WebAssembly backend, which has one thread.

import { addIteratorMethods } from "../../shared/iterator-methods.ts";
import { jaxPeer } from "../../shared/jax.ts";
import type { JaxArray, JaxPeer } from "../../shared/jax.ts";
import { calledAtOnce } from "../../shared/runner.ts";
import type { Runner } from "../../shared/runner.ts";
import { pinned } from "../pinned.ts";

export const openJax = async (): Promise<JaxPeer> => {
  addIteratorMethods();
  const jax = await import("@jax-js/jax");
  const found = await jax.init("wasm");
  if (!found.includes("wasm")) throw new Error("jax-js found no device wasm");
  jax.defaultDevice("wasm");
  return jaxPeer({
    jax,
    version: pinned["@jax-js/jax"],
    submit: async (array) => {
      await array.blockUntilReady();
      array.dispose();
    },
    wait: async () => {},
  });
};

export type Given = { readonly values: Float32Array; readonly shape: readonly number[] };

/** `body`, jitted, from arrays to an array; `kept` arrays stay where they are. */
export const callRunner = (
  { jax, array }: JaxPeer,
  body: (...args: JaxArray[]) => JaxArray,
  inputs: readonly Given[],
  kept: readonly JaxArray[] = [],
): Runner => {
  const jitted = jax.jit(body);
  const call = (): Float32Array =>
    jitted(
      ...inputs.map(({ values, shape }) => array(values, shape)),
      ...kept.map((one) => one.ref),
    ).dataSync() as Float32Array;
  return {
    ...calledAtOnce(call),
    outputs: async () => [call()],
    dispose: () => {
      jitted.dispose();
      for (const one of kept) one.dispose();
    },
  };
};
