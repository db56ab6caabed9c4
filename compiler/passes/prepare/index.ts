// Splits what a module does without training in two: what is the same in every call is computed once, by an entry of its own.

import { ancestorsOf } from "../../ir/ancestors.ts";
import type { Value } from "../../ir/graph.ts";
import { writesStored } from "../../ir/module.ts";
import type { Entry, Module, StoredTensor } from "../../ir/module.ts";
import { createBuilder } from "../../ops/builder.ts";
import type { GraphBuilder } from "../../ops/builder.ts";
import { opNameOf } from "../../ops/to-kernel.ts";
import { rebuild, sameOp } from "../rebuild.ts";
import { wordsOf } from "../step-kinds.ts";
import { chooseValues } from "./choose.ts";
import { foldWeights } from "./fold.ts";
import { sourcesOf } from "./invariant.ts";
import { layOutWeights } from "./lay-out.ts";

/** The name of the entry. */
export const prepareName = "prepare";

/** What was prepared so far: the values in a graph of their own, where equal ones are one. */
type Prepared = {
  readonly b: GraphBuilder;
  readonly derived: Map<Value, StoredTensor>;
  readonly paths: Set<string>;
};

export const prepare = (module: Module): Module => {
  const prepared: Prepared = {
    b: createBuilder(),
    derived: new Map(),
    paths: new Set(module.stored.map(({ path }) => path)),
  };
  const entries = module.entries.map((entry) =>
    writesStored(entry) ? entry : split(entry, prepared),
  );
  if (prepared.derived.size === 0) return module;
  return {
    ...module,
    stored: [...module.stored, ...prepared.derived.values()],
    entries: [...entries, entryOf(prepared)],
    prepare: prepareName,
  };
};

const entryOf = ({ b, derived }: Prepared): Entry => {
  const outputs = [...derived.keys()];
  const inputs = inputsOf(outputs);
  return {
    name: prepareName,
    graph: b.finish(prepareName, [], inputs, outputs),
    inputs: inputs.map((value) => ({ kind: "stored", path: pathOf(value) })),
    outputs: [...derived.values()].map(({ path }) => ({ kind: "store", path })),
    checks: [],
  };
};

/** Inputs that values are computed from, in the order in which they were asked for. */
const inputsOf = (values: readonly Value[]): readonly Value[] =>
  [...ancestorsOf(values)].filter(({ def }) => def.kind === "input").sort((x, y) => x.id - y.id);

/** The entry with what is worth it read from derived tensors. */
const split = (entry: Entry, prepared: Prepared): Entry => {
  const graph = layOutWeights(foldWeights(entry.graph));
  const derived = new Map(
    chooseValues(graph).map((value) => [value, derivedOf(value, prepared)] as const),
  );
  const reading = rebuild(graph, (copy, op, operands) => {
    const tensor = derived.get(op.results[0]!);
    return tensor === undefined
      ? sameOp(copy, op, operands)
      : copy.b.input("@", tensor.path, tensor.type);
  });
  const read = new Set(inputsOf(reading.outputs));
  const isKept = (value: Value): boolean => !isStored(value) || read.has(value);
  const given = new Set(reading.inputs);
  const added = [...read].filter((value) => !given.has(value));
  return {
    ...entry,
    graph: { ...reading, inputs: [...reading.inputs.filter(isKept), ...added] },
    inputs: [
      ...entry.inputs.filter((_, i) => isKept(reading.inputs[i]!)),
      ...added.map((value) => ({ kind: "stored", path: pathOf(value) }) as const),
    ],
  };
};

const isStored = ({ def }: Value): boolean => def.kind === "input" && def.sigil === "@";

const pathOf = ({ def }: Value): string => (def.kind === "input" ? def.name : "");

/** The derived tensor of a value, made where no entry before has an equal one. */
const derivedOf = (value: Value, { b, derived, paths }: Prepared): StoredTensor => {
  const own = copyOf(value, b);
  const known = derived.get(own);
  if (known !== undefined) return known;
  const path = freePath(value, paths);
  paths.add(path);
  const init = { kind: "constant", value: 0 } as const;
  const { type } = value;
  const tensor = { path, storage: "derived", type, init, stream: path, span: null } as const;
  derived.set(own, tensor);
  return tensor;
};

/** The same computation in another graph. */
const copyOf = (value: Value, b: GraphBuilder): Value => {
  const copies = new Map<Value, Value>();
  for (const one of [...ancestorsOf([value])].sort((x, y) => x.id - y.id)) {
    const { def, type } = one;
    if (def.kind === "input") {
      copies.set(one, b.input(def.sigil, def.name, type));
      continue;
    }
    const { op } = def;
    const operands = op.operands.map((operand) => copies.get(operand)!);
    b.at(op.span);
    const copy = b.op(opNameOf(op), operands, op.attrs);
    if (one.hint !== null && copy.def.kind === "result") b.name(copy, one.hint);
    copies.set(one, copy);
  }
  return copies.get(value)!;
};

/** After the largest of the tensors it is made of: `Conv_0.K:prepared`. */
const freePath = (value: Value, paths: ReadonlySet<string>): string => {
  const sources = sourcesOf(value).toSorted((x, y) => wordsOf(y) - wordsOf(x) || x.id - y.id);
  const path = `${sources[0] === undefined ? "constant" : pathOf(sources[0])}:prepared`;
  let free = path;
  for (let n = 1; paths.has(free); n++) free = `${path}_${n}`;
  return free;
};
