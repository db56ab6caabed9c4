// Kernel → kernel in which additions at indices that data give are a sum for each element, of what has its index: additions run
// one after the other, and sums side by side. Of few elements each goes over all there is, of many over a list of its own.

import {
  addI,
  andB,
  axis,
  call,
  loops,
  cast,
  int,
  over,
  reduce,
  store,
} from "../../kernel/build.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { listedSums } from "./list-sums.ts";
import { kernelWith, namingFor } from "./rewriting.ts";
import { scatterOf } from "./scatter.ts";
import type { Scatter } from "./scatter.ts";
import { anyDevice } from "./tiles.ts";
import type { Device } from "./tiles.ts";
import { costOfKernel } from "./ways.ts";

/** Whether a kernel with sums is better than one with additions. */
export type Prefers = (sums: Kernel, additions: Kernel) => boolean;

export const gatherSums = (kernel: Kernel, prefers: Prefers = isFasterOn(anyDevice)): Kernel => {
  const fresh = namingFor(kernel);
  const body = kernel.body.flatMap((s) => {
    const found = scatterOf(kernel, s);
    if (found === null) return [s];
    const names = found.index.map(() => fresh("at"));
    const isBetter = prefers(
      kernelWith(kernel, gathered(withoutValues(found), names)),
      kernelWith(kernel, [s]),
    );
    const inPlace = isBetter ? gathered(found, names) : [s];
    const listed = listedSums(found, fresh);
    return listed !== null && prefers(kernelWith(kernel, listed), kernelWith(kernel, inPlace))
      ? listed
      : inPlace;
  });
  return { ...kernel, body };
};

/** As most elements of a sum: of those only the index is looked at. */
const withoutValues = (scatter: Scatter): Scatter => {
  const own = scatter.index.flatMap((place) =>
    place.kind === "axis" ? [axis(place.axis.name)] : [],
  );
  const value = cast(scatter.value.dtype, own.reduce(addI, int(0)));
  return { ...scatter, value };
};

/** `names`: of the axes of elements where data give an index. */
const gathered = (
  { buffer, accumulate, index, rounds, where, value }: Scatter,
  names: readonly string[],
): readonly Stmt[] => {
  const axes = index.map((place, k) =>
    place.kind === "axis" ? place.axis : over(names[k]!, place.extent),
  );
  const own = index.flatMap((place, k) =>
    place.kind === "data" ? [call("eq", place.index, axis(names[k]!))] : [],
  );
  const conditions = [...own, ...(where === null ? [] : [where])];
  const holds = conditions.length === 0 ? null : conditions.reduce(andB);
  const sum = reduce(accumulate, rounds, value, holds);
  return loops(axes, [
    store(
      buffer,
      axes.map(({ name }) => axis(name)),
      sum,
      accumulate,
    ),
  ]);
};

/** Part of the cost that sums have to save. */
const least = 0.25;

export const isFasterOn =
  (device: Device): Prefers =>
  (sums, additions) =>
    costOfKernel(sums, device) < (1 - least) * costOfKernel(additions, device);
