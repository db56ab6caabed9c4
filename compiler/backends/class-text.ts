// Writes the types and classes that importing code sees: inputs, results, weights by path, a class per model and recipe.

import type { Entry, ModelInfo, Module, Stepping, TrainInfo } from "../ir/module.ts";
import type { TensorType } from "../ir/type.ts";
import { CompilerBug } from "../../grammar/bug.ts";
import { literal, propertyName } from "./entry-text.ts";
import { className, memberName } from "./identifiers.ts";
import { programName } from "./program-name.ts";

export type TypeDeclaration = {
  readonly name: string;
  readonly doc: string;
  readonly type: string;
};

export type ClassDeclaration = {
  readonly name: string;
  readonly doc: string;
  readonly extends: string;
  readonly properties: readonly {
    readonly name: string;
    readonly doc: string;
    readonly isStatic: boolean;
    readonly type: string | null;
    readonly value: string;
  }[];
  readonly create: { readonly options: string; readonly body: string };
};

export type ClassText = {
  readonly types: readonly TypeDeclaration[];
  readonly classes: readonly ClassDeclaration[];
};

const arrayTypes = { f32: "Float32Array", i32: "Int32Array", bool: "Uint8Array" } as const;

const shapeOf = (type: TensorType): string =>
  `[${type.shape.map((d) => (typeof d === "number" ? d : d.key)).join(", ")}]`;

const field = (name: string, type: TensorType): string =>
  `/** ${type.dtype}${shapeOf(type)} */\nreadonly ${propertyName(name)}: ${arrayTypes[type.dtype]};`;

const record = (fields: readonly string[]): string => `{\n${fields.join("\n")}\n}`;

const shapesLiteral = (rows: readonly (readonly [string, TensorType])[]): string => {
  const shapes = rows.map(
    ([name, { shape }]) =>
      `${propertyName(name)}: ${literal(shape.map((d) => (typeof d === "number" ? d : d.key)))}`,
  );
  return `{ ${shapes.join(", ")} }`;
};

const entryNamed = (module: Module, name: string): Entry => {
  const found = module.entries.find((e) => e.name === name);
  if (found === undefined) throw new CompilerBug(`module ${module.name} has no entry ${name}`);
  return found;
};

const inputsOf = (entry: Entry): readonly (readonly [string, TensorType])[] =>
  entry.inputs.flatMap((input, k) =>
    input.kind === "data" ? [[input.name, entry.graph.inputs[k]!.type] as const] : [],
  );

/** A step's inputs, or those that its state starts from. */
const inputTypes = (entry: Entry): string =>
  record(
    inputsOf(entry)
      .filter(([name]) => !name.includes(":"))
      .map(([name, type]) => field(name, type)),
  );

const resultsOf = (entry: Entry): readonly (readonly [string, TensorType])[] =>
  entry.outputs.flatMap((output, k) =>
    output.kind === "result" ? [[output.name, entry.graph.outputs[k]!.type] as const] : [],
  );

/** The weights of a net: its paths without the prefix. */
const paramsOf = (module: Module, prefix: string): readonly (readonly [string, TensorType])[] =>
  module.stored.flatMap(({ path, storage, type }) => {
    const start = prefix === "" ? "" : `${prefix}.`;
    if (storage !== "param" || !path.startsWith(start)) return [];
    return [[path.slice(start.length), type] as const];
  });

/** Types of one net under names that start with `name`. */
const netTypes = (module: Module, net: ModelInfo, name: string): readonly TypeDeclaration[] => {
  const entry = entryNamed(module, net.forward);
  const results = resultsOf(entry);
  const [only] = results;
  const output =
    only !== undefined && results.length === 1 && only[0] === ""
      ? { doc: `${only[1].dtype}${shapeOf(only[1])}`, type: arrayTypes[only[1].dtype] }
      : { doc: `Results of \`${net.name}\`.`, type: record(results.map(([n, t]) => field(n, t))) };
  const paths = paramsOf(module, net.prefix).map(([path]) => literal(path));
  return [
    {
      name: `${name}Inputs`,
      doc: `What \`${net.name}\` takes.`,
      type: record(inputsOf(entry).map(([n, t]) => field(n, t))),
    },
    { name: `${name}Output`, ...output },
    {
      name: `${name}Param`,
      doc: `Weights of \`${net.name}\` by path.`,
      type: paths.length === 0 ? "never" : paths.join(" | "),
    },
    ...stepTypes(module, net, name),
  ];
};

/** What a step takes, and what comes before the first, of a net that can be stepped. */
const stepTypes = (
  module: Module,
  { name: net, stepping }: ModelInfo,
  name: string,
): readonly TypeDeclaration[] => {
  if (stepping?.kind !== "causal") return [];
  const step = {
    name: `${name}StepInputs`,
    doc: `What \`${net}\` takes at one position of ${stepping.size}.`,
    type: inputTypes(entryNamed(module, stepping.step)),
  };
  if (!hasContext(module, stepping)) return [step];
  const doc = `What \`${net}\` starts from, which has no ${stepping.size}.`;
  const type = inputTypes(entryNamed(module, stepping.start!));
  return [step, { name: `${name}Context`, doc, type }];
};

const hasContext = (module: Module, { start }: Stepping): boolean =>
  start !== null && inputsOf(entryNamed(module, start)).length > 0;

/** The class that runs a net, and its types under names that start with `name`. */
const modelType = (
  module: Module,
  { stepping }: ModelInfo,
  name: string,
): { readonly base: ModelBase; readonly type: string } => {
  const types = [`${name}Inputs`, `${name}Output`, `${name}Param`];
  if (stepping?.kind !== "causal") return { base: "Model", type: `Model<${types.join(", ")}>` };
  types.push(`${name}StepInputs`, ...(hasContext(module, stepping) ? [`${name}Context`] : []));
  return { base: "SteppedModel", type: `SteppedModel<${types.join(", ")}>` };
};

type ModelBase = "Model" | "SteppedModel";

const netShapes = (module: Module, net: ModelInfo): string => {
  const entry = entryNamed(module, net.forward);
  const rows = [
    `inputs: ${shapesLiteral(inputsOf(entry))}`,
    `output: ${resultShapes(entry)}`,
    `params: ${shapesLiteral(paramsOf(module, net.prefix))}`,
  ];
  return `{ ${rows.join(", ")} } as const`;
};

const resultShapes = (entry: Entry): string => {
  const results = resultsOf(entry);
  const [only] = results;
  if (only === undefined || results.length > 1 || only[0] !== "") return shapesLiteral(results);
  return literal(only[1].shape.map((d) => (typeof d === "number" ? d : d.key)));
};

const modelText = (module: Module, model: ModelInfo): ClassText => ({
  types: netTypes(module, model, model.name),
  classes: [
    {
      name: className(model.name),
      doc: model.doc,
      extends: modelType(module, model, model.name).type,
      properties: [
        {
          name: "shapes",
          doc: "Sizes along every axis; a name is a size that the call decides.",
          isStatic: true,
          type: null,
          value: netShapes(module, model),
        },
      ],
      create: {
        options: "CreateOptions",
        body: `return startModel(new ${className(model.name)}(${programName(module.name)}), options);`,
      },
    },
  ],
});

const stepLog = (entry: Entry): readonly string[] => {
  const metrics = entry.outputs.flatMap((o) => (o.kind === "metric" ? [o.name] : []));
  return ["loss", "penalty", ...metrics].map((n) => `readonly ${propertyName(n)}: number;`);
};

const logType = (module: Module, train: TrainInfo): string => {
  const head = ["readonly step: number;", "readonly epoch: number;"];
  const [only] = train.steps;
  if (only !== undefined && only.name === "")
    return record([...head, ...stepLog(entryNamed(module, only.entry))]);
  const named = train.steps.map(
    (step) =>
      `readonly ${propertyName(step.name)}: ${record(stepLog(entryNamed(module, step.entry)))};`,
  );
  return record([...head, ...named]);
};

const trainText = (module: Module, train: TrainInfo): ClassText => {
  const { name } = train;
  const nets = train.models.map((net) => ({ net, type: `${name}${capital(net.prefix)}` }));
  const metrics = train.metrics.map((m) => `readonly ${propertyName(m.name)}: number;`);
  return {
    types: [
      {
        name: `${name}Batch`,
        doc: "One batch of data; all fields have the same first size.",
        type: record(train.fields.map((f) => field(f.name, f.type))),
      },
      { name: `${name}Log`, doc: "What one execution reports.", type: logType(module, train) },
      { name: `${name}Metrics`, doc: "What evaluation reports.", type: record(metrics) },
      ...nets.flatMap(({ net, type }) => netTypes(module, net, type)),
    ],
    classes: [
      {
        name: className(name),
        doc: train.doc,
        extends: `Trainer<${name}Batch, ${name}Log, ${name}Metrics>`,
        properties: nets.map(({ net, type: name }) => {
          const { base, type } = modelType(module, net, name);
          const parts = literal(net.prefix);
          return {
            name: memberName(net.prefix),
            doc: net.doc,
            isStatic: false,
            type,
            value:
              base === "Model" ? `this.model(${parts})` : `new ${base}(...this.partsOf(${parts}))`,
          };
        }),
        create: {
          options: "TrainerOptions",
          body: `return startTrainer(new ${className(name)}(${programName(module.name)}), options);`,
        },
      },
    ],
  };
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const classText = (module: Module): ClassText => {
  if (module.train !== null) return trainText(module, module.train);
  if (module.model !== null) return modelText(module, module.model);
  throw new CompilerBug(`module ${module.name} is neither model nor recipe`);
};
