// jax-js, with functions jitted.

// The package as it is installed beside the benchmark that asks: a path of its `tsconfig.json`.
import type * as Jax from "jax-js-types";
import { queued } from "./runner.ts";
import type { Runner } from "./runner.ts";

export type JaxArray = Jax.Array;

export type Steps = Pick<Runner, "sample" | "encode" | "dispose"> & {
  /** What one step gives besides its state. */
  readonly step: () => Promise<readonly Float32Array[]>;
  readonly state: (at: number) => Promise<Float32Array>;
};

export type JaxPeer = {
  readonly jax: typeof Jax;
  readonly version: string;
  readonly array: (values: Float32Array | Int32Array, shape: readonly number[]) => JaxArray;
  /** `body`, jitted, on arrays that lie on the device; what it gives stays there. */
  readonly runner: (
    body: (...args: JaxArray[]) => JaxArray | JaxArray[],
    args: readonly JaxArray[],
  ) => Promise<Runner>;
  /**
   * A jitted step: the first arrays are its state, of which each call gives the next after what else it gives. `given`
   * arrays stay as they are.
   */
  readonly steps: (
    body: (...args: JaxArray[]) => JaxArray[],
    state: readonly JaxArray[],
    given: readonly JaxArray[],
  ) => Steps;
  /** Sends what an array waits for to the device, or has it computed, and lets go of it. */
  readonly submit: (array: JaxArray) => void | Promise<void>;
  readonly wait: () => Promise<void>;
};

/** Of jax-js with a backend that it was told to use. */
export const jaxPeer = ({
  jax,
  version,
  submit,
  wait,
}: Pick<JaxPeer, "jax" | "version" | "submit" | "wait">): JaxPeer => {
  const submitAll = (arrays: readonly JaxArray[]): void | Promise<void> => {
    const waits = arrays.map(submit).filter((one) => one !== undefined);
    if (waits.length > 0) return Promise.all(waits).then(() => {});
  };
  const listOf = (given: JaxArray | JaxArray[]): readonly JaxArray[] =>
    Array.isArray(given) ? given : [given];
  const steps: JaxPeer["steps"] = (body, first, given) => {
    const jitted = jax.jit(body);
    let state = first;
    const next = (): readonly JaxArray[] => {
      const all = jitted(...state, ...given.map((array) => array.ref));
      const more = all.length - state.length;
      state = all.slice(more);
      return all.slice(0, more);
    };
    return {
      // With the state: else what a later step takes over is never sent.
      ...queued(() => submitAll([...next(), ...state.map((array) => array.ref)]), wait),
      step: async () => {
        const lists: Float32Array[] = [];
        for (const array of next()) lists.push((await array.data()) as Float32Array);
        return lists;
      },
      state: async (at) => (await state[at]!.ref.data()) as Float32Array,
      dispose: () => {
        jitted.dispose();
        for (const array of [...state, ...given]) array.dispose();
      },
    };
  };
  return {
    jax,
    steps,
    version,
    array: (values, shape) =>
      jax.numpy.array(values as Float32Array<ArrayBuffer>).reshape([...shape]),
    submit,
    wait,
    runner: async (body, args) => {
      const jitted = jax.jit(body as (...list: JaxArray[]) => JaxArray[]);
      const call = (): readonly JaxArray[] => listOf(jitted(...args.map((arg) => arg.ref)));
      return {
        ...queued(() => submitAll(call()), wait),
        outputs: async () => {
          const lists: Float32Array[] = [];
          for (const one of call()) lists.push((await one.data()) as Float32Array);
          return lists;
        },
        dispose: () => {
          jitted.dispose();
          for (const arg of args) arg.dispose();
        },
      };
    },
  };
};
