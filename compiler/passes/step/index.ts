// Adds to a module the entries that run its models one position at a time, where they are causal in a size.

import type { Dim } from "../../ir/dim.ts";
import type { Entry, ModelInfo, Module, NotStepped, Stepping } from "../../ir/module.ts";
import { axesAlong } from "./axes.ts";
import { deriveSteps } from "./derive-steps.ts";
import type { Steps } from "./derive-steps.ts";
import { NotCausal } from "./not-causal.ts";

/** A model with what was found out, and its new entries. */
type Found = { readonly model: ModelInfo; readonly entries: readonly Entry[] };

export const addSteps = (module: Module): Module => {
  const { model, train } = module;
  const found = (model === null ? (train?.models ?? []) : [model]).map((one) =>
    findSteps(module, one),
  );
  if (found.every(({ model: one }) => one.stepping === undefined)) return module;
  const models = found.map((one) => one.model);
  return {
    ...module,
    entries: [...module.entries, ...found.flatMap(({ entries }) => entries)],
    model: model === null ? null : models[0]!,
    train: train === null ? null : { ...train, models },
  };
};

const findSteps = (module: Module, model: ModelInfo): Found => {
  const forward = module.entries.find(({ name }) => name === model.forward)!;
  let refused: NotStepped | undefined;
  for (const size of candidates(forward)) {
    const steps = tryStep(forward, size);
    if (steps.kind === "mixed") refused ??= steps;
    else return named(model, size, steps.steps);
  }
  return { model: refused === undefined ? model : { ...model, stepping: refused }, entries: [] };
};

/** Sizes that every result has once, and some array, though not as its first. */
const candidates = ({ graph, inputs }: Entry): readonly string[] => {
  const arrays = graph.inputs.filter((_, i) => inputs[i]!.kind === "data");
  return graph.sizes
    .map(({ name }) => name)
    .filter((name) => {
      const isFirst = arrays.some(({ type }) => isNamed(type.shape[0], name));
      return (
        !isFirst &&
        arrays.some((value) => axesAlong(value, name).length > 0) &&
        graph.outputs.every((value) => axesAlong(value, name).length === 1)
      );
    });
};

const isNamed = (dim: Dim | undefined, name: string): boolean =>
  typeof dim === "object" && dim.key === name;

const tryStep = (
  forward: Entry,
  size: string,
): NotStepped | { readonly kind: "causal"; readonly steps: Steps } => {
  try {
    return { kind: "causal", steps: deriveSteps(forward, size) };
  } catch (error) {
    if (!(error instanceof NotCausal)) throw error;
    return { kind: "mixed", size, reason: error.message, span: error.op?.span ?? null };
  }
};

const named = (model: ModelInfo, size: string, { limit, start, step, states }: Steps): Found => {
  const suffix = model.prefix === "" ? "" : `_${model.prefix}`;
  const rename = (entry: Entry): Entry => {
    const name = `${entry.name}${suffix === "" ? "" : "ping"}${suffix}`;
    return { ...entry, name, graph: { ...entry.graph, name } };
  };
  const entries = [...(start === null ? [] : [rename(start)]), rename(step)];
  const stepping: Stepping = {
    kind: "causal",
    size,
    limit,
    start: start === null ? null : entries[0]!.name,
    step: entries.at(-1)!.name,
    states: states.map(({ name, first }) => ({
      name,
      fill: typeof first === "number" ? first : null,
    })),
  };
  return { model: { ...model, stepping }, entries };
};
