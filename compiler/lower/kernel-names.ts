// Names of kernels and of their buffers, from the names of values in the source.

import type { Value } from "../ir/graph.ts";
import { freeName } from "../kernel/free-name.ts";
import type { Group } from "./group.ts";

export type KernelNames = {
  readonly forValue: (value: Value) => string;
  /** After the layer whose weights it reads, else after a value. */
  readonly forKernel: (group: Group, read: readonly Value[]) => string;
  /** A loop variable; buffers do not have its name either. */
  readonly forAxis: (hint: string) => string;
};

/** What the loops over the axes of a result are called, outer ones first. */
export const domainNames = ["i", "j", "k", "l", "m", "n"];

/** The last part of a path as an identifier: `net.Dense_0.W:m` is `m` of `W`. */
const leafOf = (path: string): string => {
  const [owner, state] = path.split(":");
  const leaf = owner!.slice(owner!.lastIndexOf(".") + 1);
  return (state === undefined ? leaf : `${leaf}_${state}`).replace(/[^A-Za-z0-9_]/g, "_");
};

/** The kind of layer a weight belongs to: `net.Dense_0.W` is of a `dense`. */
const layerOf = (path: string): string | null => {
  const segments = path.split(":")[0]!.split(".");
  const owner = segments.at(-2)?.replace(/_\d+$/, "");
  return owner === undefined ? null : owner.charAt(0).toLowerCase() + owner.slice(1);
};

/** Names that buffers of graph inputs want. */
export const inputNames = (inputs: readonly Value[]): ReadonlySet<string> =>
  new Set(inputs.flatMap((v) => (v.def.kind === "input" ? [leafOf(v.def.name)] : [])));

/** `kept`: names that loops leave to buffers. */
export const createNames = (kept: ReadonlySet<string>): KernelNames => {
  const used = new Set<string>();
  const unique = (hint: string, avoid: ReadonlySet<string> = used): string => {
    const name = freeName(hint, (one) => used.has(one) || avoid.has(one));
    used.add(name);
    return name;
  };
  return {
    forAxis: (hint) => unique(hint, kept),
    forValue: (value) => {
      if (value.def.kind === "input") return unique(leafOf(value.def.name));
      return unique(leafOf(value.hint ?? value.def.op.name));
    },
    forKernel: (group, read) => {
      const reduction = group.roots.flatMap((r) => r.reductions)[0];
      const weight = [...(reduction?.operands ?? []), ...read].find(
        (v) => v.def.kind === "input" && v.def.sigil === "@",
      );
      const path = weight?.def.kind === "input" ? weight.def.name : "";
      const layer = reduction === undefined ? null : layerOf(path);
      if (layer !== null && layer !== "") return leafOf(layer);
      const named = group.roots.find((r) => r.value.hint !== null);
      return leafOf(named?.value.hint ?? reduction?.name ?? group.roots.at(-1)!.op.name);
    },
  };
};
