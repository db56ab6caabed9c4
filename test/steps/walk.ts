// A model run whole, and one position at a time: by the interpreter in doubles, and by the runtime on emitted code.

import { instantiate } from "../../compiler/backends/instantiate.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { Module, Stepping } from "../../compiler/ir/module.ts";
import { filled, tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { initialValues } from "../../runtime/init.ts";
import { SteppedModel, type StepState } from "../../runtime/stepped-model.ts";
import { entryOf, interpretEntry, withDerived } from "../goldens/interpret-entry.ts";
import { createStream } from "../ops/draw-sample.ts";

export type Sizes = Readonly<Record<string, number>>;
export type Data = ReadonlyMap<string, Tensor>;
export type Results = ReadonlyMap<string, Tensor>;

const seed = 5;

/** The model `Net` of a program, optimised, with its steps where it has any. */
export const netOf = (text: string, name = "Net"): Module => {
  const read = (path: string): string | null => (path === "t.dlm" ? text : null);
  const { modules, diagnostics } = compile({ entry: "t.dlm", read });
  const module = modules.find((one) => one.name === name);
  if (module !== undefined) return module;
  throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
};

export const steppingOf = (module: Module): Stepping => {
  const stepping = module.model?.stepping;
  if (stepping?.kind === "causal") return stepping;
  throw new Error(stepping === undefined ? "no size to step along" : stepping.reason);
};

/** Arrays that fit the model: floats in -1..1, whole numbers in range. */
export const drawData = (module: Module, sizes: Sizes, from: number): Data => {
  const next = createStream(from);
  const { graph, inputs } = entryOf(module, "forward");
  return new Map(
    inputs.flatMap((input, i): readonly [string, Tensor][] => {
      if (input.kind !== "data") return [];
      const { dtype, shape } = graph.inputs[i]!.type;
      const extents = shape.map((dim) => evaluateDim(dim, new Map(Object.entries(sizes))));
      const below = dtype === "bool" ? 2 : (input.range?.hi ?? 3);
      const element = (): number =>
        dtype === "f32" ? Math.fround(2 * next() - 1) : Math.floor(below * next());
      const count = extents.reduce((n, size) => n * size, 1);
      return [[input.name, tensor(dtype, extents, Array.from({ length: count }, element))]];
    }),
  );
};

export const weightsOf = (module: Module): Data =>
  new Map(
    module.stored.map(({ path, storage, type, init, stream }) => {
      const shape = type.shape.map(Number);
      const spec = { path, storage, dtype: type.dtype, shape, offset: 0, init, stream };
      return [path, tensor(type.dtype, shape, initialValues(spec, seed))];
    }),
  );

/** Where in the arrays and results of the forward entry the axis is that is walked along; null where there is none. */
const axesIn = (module: Module, size: string): ReadonlyMap<string, number> => {
  const { graph, inputs, outputs } = entryOf(module, "forward");
  const named = [
    ...inputs.map(
      (input, i) => [input.kind === "data" ? input.name : null, graph.inputs[i]!] as const,
    ),
    ...outputs.map(
      (out, i) => [out.kind === "result" ? `-> ${out.name}` : null, graph.outputs[i]!] as const,
    ),
  ];
  return new Map(
    named.flatMap(([name, { type }]): readonly (readonly [string, number])[] => {
      const axis = type.shape.findIndex((dim) => typeof dim !== "number" && dim.key === size);
      return name === null || axis < 0 ? [] : [[name, axis]];
    }),
  );
};

/** The elements at one position of an axis, which goes. */
export const at = ({ dtype, shape, data }: Tensor, axis: number, position: number): Tensor => {
  const inner = shape.slice(axis + 1).reduce((n, size) => n * size, 1);
  const length = shape[axis]!;
  const taken = data.filter((_, i) => Math.floor(i / inner) % length === position);
  return { dtype, shape: shape.toSpliced(axis, 1), data: taken };
};

export type Walked = {
  /** Results of the forward pass at every position. */
  readonly whole: readonly Results[];
  readonly steps: readonly Results[];
};

/** Both ways in the interpreter. */
export const walkInterpreted = (module: Module, data: Data, sizes: Sizes): Walked => {
  const { size, start, step, states } = steppingOf(module);
  const stored = withDerived(module, weightsOf(module));
  const axes = axesIn(module, size);
  const whole = interpretEntry(entryOf(module, "forward"), { data, stored }).results;
  const entry = entryOf(module, step);
  const given = { data, stored, sizes };
  const begun = start === null ? null : interpretEntry(entryOf(module, start), given).results;
  let state = new Map(
    states.map(({ name, fill }): [string, Tensor] => {
      if (fill === null) return [name, begun!.get(name)!];
      const input = entry.inputs.findIndex((one) => one.kind === "data" && one.name === name);
      const { dtype, shape } = entry.graph.inputs[input]!.type;
      const env = new Map(Object.entries(sizes));
      return [
        name,
        filled(
          dtype,
          shape.map((dim) => evaluateDim(dim, env)),
          fill,
        ),
      ];
    }),
  );
  const positions = Array.from({ length: sizes[size]! }, (_, t) => t);
  const steps = positions.map((t) => {
    const here = [...data].flatMap(([name, value]): readonly (readonly [string, Tensor])[] => {
      const axis = axes.get(name);
      return axis === undefined ? [] : [[name, at(value, axis, t)]];
    });
    const arrays = new Map([...here, ...state, ["step:position", tensor("i32", [], [t])] as const]);
    const { results } = interpretEntry(entry, { data: arrays, stored, sizes });
    state = new Map([...state].map(([name, before]) => [name, results.get(name) ?? before]));
    return new Map([...results].filter(([name]) => !name.includes(":")));
  });
  return { whole: positions.map((t) => resultsAt(whole, axes, t)), steps };
};

const resultsAt = (results: Results, axes: ReadonlyMap<string, number>, t: number): Results =>
  new Map([...results].map(([name, value]) => [name, at(value, axes.get(`-> ${name}`)!, t)]));

type Arrays = Record<string, Float32Array | Int32Array | Uint8Array>;
type Output = Arrays | Arrays[string];

export type Net = SteppedModel<Arrays, Output, string, Arrays, Arrays>;

/** The model on emitted code. */
export const openNet = async (module: Module): Promise<Net> => {
  const model: Net = new SteppedModel((await instantiate(module)) as ModelProgram);
  model.initialise(seed);
  return model;
};

const arrayOf = ({ dtype, data }: Tensor): Arrays[string] =>
  dtype === "f32"
    ? Float32Array.from(data)
    : dtype === "i32"
      ? Int32Array.from(data)
      : Uint8Array.from(data);

export const arraysAt = (module: Module, data: Data, position: number): Arrays => {
  const axes = axesIn(module, steppingOf(module).size);
  return Object.fromEntries(
    [...data].flatMap(([name, value]): [string, Arrays[string]][] => {
      const axis = axes.get(name);
      return axis === undefined ? [] : [[name, arrayOf(at(value, axis, position))]];
    }),
  );
};

export const contextOf = (module: Module, data: Data): Arrays => {
  const axes = axesIn(module, steppingOf(module).size);
  return Object.fromEntries(
    [...data].filter(([name]) => !axes.has(name)).map(([name, value]) => [name, arrayOf(value)]),
  );
};

/** The state before the first position; where arrays alone do not tell the sizes, they are said. */
export const startOf = (module: Module, model: Net, data: Data, sizes: Sizes): StepState => {
  const { size } = steppingOf(module);
  const context = contextOf(module, data);
  const { [size]: _, ...others } = sizes;
  return model.start(context, Object.keys(context).length === 0 ? {} : { sizes: others });
};

/** Results of every step on emitted code, in the order of the model's results. */
export const walkEmitted = async (
  module: Module,
  data: Data,
  sizes: Sizes,
): Promise<readonly (readonly Arrays[string][])[]> => {
  const model = await openNet(module);
  const { size } = steppingOf(module);
  let state = startOf(module, model, data, sizes);
  return Array.from({ length: sizes[size]! }, (_, t) => {
    const step = model.step(arraysAt(module, data, t), state);
    state = step.state;
    return ArrayBuffer.isView(step.y) ? [step.y] : Object.values(step.y);
  });
};
