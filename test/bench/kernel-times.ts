// Times every launch of a plan while it runs: the emitted module with a clock around each dispatch.

import type { ModelProgram, TrainProgram } from "../../runtime/abi.ts";
import type { Backend } from "../../compiler/backends/backend.ts";
import { noPlaces } from "../../compiler/backends/places.ts";
import { emitPlain } from "../../compiler/backends/plain.ts";
import { runtimeFunctions } from "../../compiler/backends/runtime-functions.ts";
import { typescriptBackend } from "../../compiler/backends/typescript/index.ts";
import type { Plan } from "../../compiler/lower/plan.ts";

/** Milliseconds of processor time of each launch, by entry and position of the dispatch. */
export type LaunchTimes = Map<string, number[]>;

export const launchKey = (entry: number, position: number): string => `${entry}.${position}`;

const clocked: Backend = {
  ...typescriptBackend,
  emitKernels: (plan, places) => {
    const emitted = typescriptBackend.emitKernels(plan, places);
    return {
      ...emitted,
      imports: [...emitted.imports, "startClock", "stopClock"],
      dispatch: (entry, position, loops) => {
        const call = emitted.dispatch(entry, position, loops);
        return `startClock(); ${call} stopClock("${launchKey(entry, position)}");`;
      },
    };
  },
};

/** The program of a plan that notes what each of its launches takes. */
export const instantiateClocked = async (
  plan: Plan,
): Promise<{ readonly program: ModelProgram | TrainProgram; readonly times: LaunchTimes }> => {
  const times: LaunchTimes = new Map();
  let started = process.cpuUsage();
  const startClock = (): void => {
    started = process.cpuUsage();
  };
  const stopClock = (key: string): void => {
    const { user, system } = process.cpuUsage(started);
    const taken = (user + system) / 1000;
    const list = times.get(key);
    if (list === undefined) times.set(key, [taken]);
    else list.push(taken);
  };
  const text = emitPlain(plan, clocked, noPlaces);
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`;
  const { create } = (await import(url)) as {
    readonly create: (functions: object) => { readonly program: ModelProgram | TrainProgram };
  };
  return { program: create({ ...runtimeFunctions, startClock, stopClock }).program, times };
};
