// jax-js on its WebGPU backend: functions are jitted.

import type * as Jax from "@jax-js/jax";
import type { WatchedGpu } from "../gpu.ts";
import { pinned } from "../pinned.ts";
import { queued } from "../work.ts";
import type { Runner } from "../work.ts";

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
  /** Sends what an array waits for to the device and lets go of it. */
  readonly submit: (array: JaxArray) => void;
  readonly wait: () => Promise<void>;
};

/** It uses methods of iterators that Node has from 22 on. */
const addIteratorMethods = (): void => {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf([].values())) as object;
  if ("map" in prototype) return;
  const methods = {
    *map<T, U>(this: Iterable<T>, change: (value: T, at: number) => U): Generator<U> {
      let at = 0;
      for (const value of this) yield change(value, at++);
    },
    *filter<T>(this: Iterable<T>, isKept: (value: T, at: number) => boolean): Generator<T> {
      let at = 0;
      for (const value of this) if (isKept(value, at++)) yield value;
    },
    toArray<T>(this: Iterable<T>): T[] {
      return [...this];
    },
  };
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
};

export const openJax = async (_: WatchedGpu): Promise<JaxPeer> => {
  addIteratorMethods();
  const jax = await import("@jax-js/jax");
  const found = await jax.init("webgpu");
  if (!found.includes("webgpu")) throw new Error("jax-js found no device webgpu");
  jax.defaultDevice("webgpu");
  const device = jax.getWebGPUDevice();
  const wait = async (): Promise<void> => {
    await device.queue.onSubmittedWorkDone();
  };
  const submit = (array: JaxArray): void => {
    array.gpuBufferSync();
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
      ...queued(() => {
        const told = next();
        for (const array of told) submit(array);
        // Else what a later step takes over is never sent.
        for (const array of state) submit(array.ref);
      }, wait),
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
    version: pinned["@jax-js/jax"],
    array: (values, shape) =>
      jax.numpy.array(values as Float32Array<ArrayBuffer>).reshape([...shape]),
    submit,
    wait,
    runner: async (body, args) => {
      const jitted = jax.jit(body as (...list: JaxArray[]) => JaxArray[]);
      const call = (): readonly JaxArray[] => listOf(jitted(...args.map((arg) => arg.ref)));
      return {
        ...queued(() => call().forEach(submit), wait),
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
