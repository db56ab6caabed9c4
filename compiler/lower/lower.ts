// Turns a module into a plan: stored tensors at fixed places, every entry as dispatches of kernels.

import type { Module, StoredTensor } from "../ir/module.ts";
import { elementCount } from "../ir/type.ts";
import { CompilerBug } from "../../grammar/bug.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { createKernelKey } from "./kernel-key.ts";
import { alignUp } from "./plan.ts";
import type { Plan, PlannedKernel, StoredPlace } from "./plan.ts";
import { planEntry } from "./plan-entry.ts";
import { reuseActivation } from "./reuse-activation.ts";

export const lower = (module: Module): Plan => {
  const { places, words } = placeStored(module.stored);
  const byPath = new Map(places.map((p) => [p.tensor.path, p]));
  const keyOf = createKernelKey();
  const numbers = new Map<string, number>();
  const kernels: PlannedKernel[] = [];
  const names = new Set<string>();
  const numberOf = (kernel: Kernel): number => {
    const key = keyOf(kernel);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, kernels.length);
    kernels.push({ kernel: { ...kernel, name: uniqueName(kernel.name, names) } });
    return kernels.length - 1;
  };
  const prepared = module.entries.map((entry) => ({
    ...entry,
    graph: reuseActivation(entry.graph),
  }));
  const entries = prepared.map((entry) => planEntry(entry, byPath, words, numberOf));
  return { module, stored: places, storedWords: words, kernels, entries };
};

const uniqueName = (hint: string, names: Set<string>): string => {
  let name = hint;
  for (let n = 1; names.has(name); n++) name = `${hint}${n}`;
  names.add(name);
  return name;
};

/** Params first, then buffers, then optimizer state, each in order of path: a net's params are one range. */
const placeStored = (
  stored: readonly StoredTensor[],
): { readonly places: readonly StoredPlace[]; readonly words: number } => {
  const kinds = ["param", "buffer", "state"] as const;
  const ordered = kinds.flatMap((kind) => stored.filter((t) => t.storage === kind));
  let offset = 0;
  const places = ordered.map((tensor) => {
    const words = elementCount(tensor.type);
    if (typeof words !== "number") throw new CompilerBug(`@${tensor.path} has no fixed size`);
    const place = { tensor, offset, words };
    offset += alignUp(words);
    return place;
  });
  return { places, words: offset };
};
