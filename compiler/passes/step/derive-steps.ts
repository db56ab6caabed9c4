// From the forward entry of a model and a size: an entry that runs one position of it, and one that starts the state.

import { ancestorsOf } from "../../ir/ancestors.ts";
import { symbol, symbolsOf } from "../../ir/dim.ts";
import { sizeBounds, upperBound } from "../../ir/dim-proof.ts";
import type { Graph, SizeDecl, Value } from "../../ir/graph.ts";
import type { Entry, EntryInput, EntryOutput, HostExpr, SizeCheck } from "../../ir/module.ts";
import { reshapeTo } from "../../ops/compose.ts";
import { axesAlong, mentions } from "./axes.ts";
import { createStepper } from "./create-stepper.ts";
import { refuse } from "./not-causal.ts";
import type { State, Stepper } from "./stepper.ts";

export type Steps = {
  readonly limit: number | null;
  readonly start: Entry | null;
  readonly step: Entry;
  readonly states: readonly State[];
};

/** Throws `NotCausal` where a position is not computed from earlier ones alone. */
export const deriveSteps = (forward: Entry, size: string): Steps => {
  const { graph } = forward;
  const noise = graph.ops.find((op) => op.name === "random");
  if (noise !== undefined) refuse("draws noise, which steps do not repeat", noise);
  const inputOf = new Map(graph.inputs.map((value, i) => [value, forward.inputs[i]!]));
  forward.inputs.forEach((input, i) => {
    if (input.kind === "scalar" && hostMentions(input.value, size))
      refuse(`computes with how long ${size} is`, readerOf(graph, graph.inputs[i]!));
  });
  const limit = limitOf(forward, size);
  const isData = (value: Value): boolean => inputOf.get(value)?.kind === "data";
  const { stepper, states } = createStepper(graph, size, limit, isData);
  visitInOrder(stepper, graph);
  const results = graph.outputs.map((value) => resultAt(stepper, value));
  return {
    limit,
    start: startEntry(forward, size, states()),
    step: stepEntry(forward, stepper, states(), results),
    states: states(),
  };
};

/** Values with one axis along the size, in the order of the graph: no recursion is deep, and the first refusal is told. */
const visitInOrder = (s: Stepper, graph: Graph): void => {
  for (const value of graph.ops.flatMap((op) => op.results)) {
    if (axesAlong(value, s.size).length === 1)
      s.value(
        value,
        value.type.shape.map(() => "here"),
      );
  }
};

/** The result at the position, without the axis. */
const resultAt = (s: Stepper, value: Value): Value => {
  const here = s.value(
    value,
    value.type.shape.map(() => "here"),
  );
  const [axis] = axesAlong(value, s.size);
  return reshapeTo(s.b, here, here.type.shape.toSpliced(axis!, 1));
};

const readerOf = (graph: Graph, value: Value) =>
  graph.ops.find((op) => op.operands.includes(value)) ?? null;

const hostMentions = (expr: HostExpr, size: string): boolean =>
  expr.kind === "size"
    ? mentions(expr.dim, size)
    : expr.kind === "call" && expr.args.some((arg) => hostMentions(arg, size));

/** The declared bound of the size, or the one that a check demands: `7 - T >= 0`. */
const limitOf = ({ graph, checks }: Entry, size: string): number | null => {
  const limits = checks.flatMap(({ condition }) => {
    if (condition.kind !== "at-least" || typeof condition.dim === "number") return [];
    const [first, second, ...more] = condition.dim.terms;
    const isFall =
      first?.coefficient === -1 && first.factors.length === 1 && mentions(condition.dim, size);
    if (!isFall || more.length > 0 || (second?.factors.length ?? 0) > 0) return [];
    return [(second?.coefficient ?? 0) - condition.least];
  });
  const declared = upperBound(symbol(size), sizeBounds(graph.sizes));
  const least = Math.min(declared ?? Infinity, ...limits);
  return Number.isFinite(least) ? least : null;
};

const startEntry = (forward: Entry, size: string, states: readonly State[]): Entry | null => {
  const begun = states.flatMap(({ name, first }) =>
    typeof first === "number" ? [] : [{ name, value: first }],
  );
  if (begun.length === 0) return null;
  const outputs = begun.map(({ value }) => value);
  const needed = ancestorsOf(outputs);
  const isKept = (value: Value, i: number): boolean =>
    forward.inputs[i]!.kind === "data" ? axesAlong(value, size).length === 0 : needed.has(value);
  const draft: Graph = {
    ...forward.graph,
    name: "start",
    inputs: forward.graph.inputs.filter(isKept),
    ops: forward.graph.ops.filter((op) => op.results.some((value) => needed.has(value))),
    outputs,
  };
  const graph = { ...draft, sizes: sizesIn(draft, size) };
  return {
    name: "start",
    graph,
    inputs: forward.inputs.filter((_, i) => isKept(forward.graph.inputs[i]!, i)),
    outputs: begun.map(({ name }) => ({ kind: "result", name })),
    checks: checksWithout(forward.checks, size),
  };
};

const stepEntry = (
  forward: Entry,
  { b, size, position }: Stepper,
  states: readonly State[],
  results: readonly Value[],
): Entry => {
  const followed = states.filter(({ next }) => next !== null);
  const outputs = [...results, ...followed.map(({ next }) => next!)];
  const draft = b.finish("step", [], [], outputs);
  const read = new Set([...draft.ops.flatMap((op) => op.operands), ...draft.outputs]);
  const own = forward.graph.inputs.flatMap((value, i): readonly Source[] => {
    const { def, type } = value;
    if (def.kind !== "input") return [];
    const input = forward.inputs[i]!;
    const along = axesAlong(value, size);
    if (input.kind === "data" && along.length === 0) return [];
    const shape = type.shape.filter((_, axis) => !along.includes(axis));
    const taken = b.input(def.sigil, def.name, { ...type, shape });
    return input.kind === "data" || read.has(taken) ? [{ value: taken, input }] : [];
  });
  const isArray = ({ input }: Source): boolean => input.kind === "data";
  const sources: readonly Source[] = [
    ...own.filter(isArray),
    { value: position, input: dataNamed("step:position") },
    ...states.map(({ name, before }) => ({ value: before, input: dataNamed(name) })),
    ...own.filter((source) => !isArray(source)),
  ];
  const inputs = sources.map(({ value }) => value);
  const graph = b.finish("step", [], inputs, outputs);
  return {
    name: "step",
    graph: { ...graph, sizes: sizesIn({ ...graph, sizes: forward.graph.sizes }, size) },
    inputs: sources.map(({ input }) => input),
    outputs: [
      ...forward.outputs,
      ...followed.map(({ name }): EntryOutput => ({ kind: "result", name })),
    ],
    checks: checksWithout(forward.checks, size),
  };
};

type Source = { readonly value: Value; readonly input: EntryInput };

const dataNamed = (name: string): EntryInput => ({ kind: "data", name, range: null, span: null });

/** Declared sizes that some value of the graph has. */
const sizesIn = (graph: Graph, without: string): readonly SizeDecl[] => {
  const values = [...graph.inputs, ...graph.ops.flatMap((op) => op.results)];
  const used = new Set(values.flatMap(({ type }) => type.shape.flatMap(symbolsOf)));
  return graph.sizes.filter(({ name }) => name !== without && used.has(name));
};

const checksWithout = (checks: readonly SizeCheck[], size: string): readonly SizeCheck[] =>
  checks.filter(({ condition }) => {
    const dims = condition.kind === "equal" ? [condition.a, condition.b] : [condition.dim];
    return !dims.some((dim) => mentions(dim, size));
  });
