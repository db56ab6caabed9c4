// Names of kernels and of their buffers, from the names of values in the source.

import type { Value } from "../ir/graph.ts";
import type { Group } from "./merge.ts";

export type KernelNames = {
  readonly forValue: (value: Value) => string;
  readonly forKernel: (group: Group) => string;
  /** A loop variable; buffers do not have its name either. */
  readonly forAxis: (hint: string) => string;
};

/** The last part of a path as an identifier: `net.Dense_0.W:m` is `m` of `W`. */
const leafOf = (path: string): string => {
  const [owner, state] = path.split(":");
  const leaf = owner!.slice(owner!.lastIndexOf(".") + 1);
  return (state === undefined ? leaf : `${leaf}_${state}`).replace(/[^A-Za-z0-9_]/g, "_");
};

export const createNames = (): KernelNames => {
  const used = new Set<string>();
  const unique = (hint: string): string => {
    let name = hint;
    for (let n = 1; used.has(name); n++) name = `${hint}${n}`;
    used.add(name);
    return name;
  };
  return {
    forAxis: unique,
    forValue: (value) => {
      if (value.def.kind === "input") return unique(leafOf(value.def.name));
      return unique(leafOf(value.hint ?? value.def.op.name));
    },
    forKernel: (group) => {
      const reduction = group.roots.flatMap((r) => r.reductions)[0];
      const last = group.roots.at(-1)!;
      const named = group.roots.find((r) => r.value.hint !== null);
      return leafOf(named?.value.hint ?? reduction?.name ?? last.op.name);
    },
  };
};
