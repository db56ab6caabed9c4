// Writes everything a module emits: functions, then the program object that the runtime opens.

import type { ModelInfo, StepInfo, TrainInfo } from "../ir/module.ts";
import { CompilerBug } from "../../grammar/bug.ts";
import type { Plan } from "../lower/plan.ts";
import type { Backend, EmittedConstant, EmittedFunction } from "./backend.ts";
import { arrangeFunction, entryText, literal, usesArrange } from "./entry-text.ts";
import { hostHelpers, hostText } from "./host-text.ts";
import type { Places } from "./places.ts";
import { programName } from "./program-name.ts";

export type ProgramText = {
  readonly functions: readonly EmittedFunction[];
  /** Functions of the runtime that the text calls. */
  readonly imports: readonly string[];
  readonly panelWords: number;
  /** Constants in order: those of the kernels, one per entry, then the program, the last. */
  readonly constants: readonly EmittedConstant[];
};

export const programText = (plan: Plan, backend: Backend, places: Places): ProgramText => {
  const kernels = backend.emitKernels(plan, places);
  const taken = new Set(kernels.functions.map((f) => f.name));
  const nameOf = (entry: string): string => {
    const base = `${entry.replace(/[^A-Za-z0-9_]/g, "_")}Entry`;
    return taken.has(base) ? `${base}_` : base;
  };
  const entries = plan.entries.map((e, k) => ({
    name: nameOf(e.entry.name),
    type: "EntryProgram",
    text: entryText(plan, k, kernels, places),
  }));
  const { model, train } = plan.module;
  const kind = { target: backend.target, open: kernels.open };
  const program = {
    name: programName(plan.module.name),
    type: train !== null ? "TrainProgram" : "ModelProgram",
    text:
      train !== null ? trainText(plan, train, nameOf, kind) : modelText(plan, model, nameOf, kind),
  };
  const constants = [...kernels.constants, ...entries, program];
  const text = constants.map((c) => c.text).join("\n");
  const helpers = Object.entries(hostHelpers)
    .filter(([name]) => text.includes(`${name}(`))
    .map(([name, helper]) => ({ name, ...helper, doc: [helper.doc] }));
  const arrange = plan.entries.some(usesArrange) ? [arrangeFunction(backend.costs)] : [];
  const imports = new Set([...kernels.imports, ...(text.includes("erf(") ? ["erf"] : [])]);
  return {
    functions: [...arrange, ...helpers, ...kernels.functions],
    imports: [...imports].sort(),
    panelWords: kernels.panelWords,
    constants,
  };
};

/** What a program says of its target. */
type Kind = { readonly target: string; readonly open: string | null };

const storedText = (plan: Plan): string => {
  const rows = plan.stored.flatMap(({ tensor, offset }) => {
    const { path, storage, type, init, stream } = tensor;
    if (storage === "derived") return [];
    return [literal({ path, storage, dtype: type.dtype, shape: type.shape, offset, init, stream })];
  });
  return `[\n${rows.map((row) => `${row},\n`).join("")}]`;
};

const headOf = (
  plan: Plan,
  name: string,
  nameOf: (entry: string) => string,
  { target, open }: Kind,
): readonly string[] => [
  "format: 1",
  `name: ${literal(name)}`,
  `target: "${target}"`,
  `storedWords: ${plan.storedWords}`,
  `stored: ${storedText(plan)}`,
  ...(open === null ? [] : [`open: /* @__PURE__ */ ${open}`]),
  ...(plan.module.prepare === undefined ? [] : [`prepare: ${nameOf(plan.module.prepare)}`]),
];

const object = (fields: readonly string[]): string => `{\n${fields.join(",\n")},\n}`;

const modelText = (
  plan: Plan,
  model: ModelInfo | null,
  nameOf: (entry: string) => string,
  kind: Kind,
): string => {
  if (model === null)
    throw new CompilerBug(`module ${plan.module.name} is neither model nor recipe`);
  const entries = [`forward: ${nameOf(model.forward)}`, ...steppingText(model, nameOf)];
  return object([...headOf(plan, model.name, nameOf, kind), ...entries]);
};

/** Of a model that can be stepped. */
const steppingText = (
  { stepping }: ModelInfo,
  nameOf: (entry: string) => string,
): readonly string[] => {
  if (stepping?.kind !== "causal") return [];
  const { size, limit, start, step } = stepping;
  const states = stepping.states.map(({ name, fill }) => {
    const number = fill === null ? "null" : hostText({ kind: "number", value: fill });
    return `{ name: ${literal(name)}, fill: ${number} }`;
  });
  const fields = [
    `size: ${literal(size)}`,
    `limit: ${limit}`,
    `start: ${start === null ? "null" : nameOf(start)}`,
    `step: ${nameOf(step)}`,
    `states: [${states.join(", ")}]`,
  ];
  return [`stepping: { ${fields.join(", ")} }`];
};

const stepText = (step: StepInfo, nameOf: (entry: string) => string): string => {
  const partial = step.partial === null ? "" : `, partial: ${nameOf(step.partial)}`;
  return `{ name: ${literal(step.name)}, repeat: ${step.repeat}, entry: ${nameOf(step.entry)}${partial} }`;
};

const trainText = (
  plan: Plan,
  train: TrainInfo,
  nameOf: (entry: string) => string,
  kind: Kind,
): string => {
  const fields = train.fields.map(({ name, type }) =>
    literal({
      name,
      dtype: type.dtype,
      shape: type.shape.map((d) => (typeof d === "number" ? d : d.key)),
    }),
  );
  const metrics = train.metrics.map(({ name, value }) => {
    const text = hostText(value);
    const count = Math.max(-1, ...[...text.matchAll(/\ba(\d+)\b/g)].map((m) => Number(m[1]))) + 1;
    const names = Array.from({ length: count }, (_, k) =>
      new RegExp(`\\ba${k}\\b`).test(text) ? `a${k} = 0` : "",
    );
    const params = count === 0 ? "" : `[${names.join(", ")}]`;
    return `{ name: ${literal(name)}, value: (${params}) => ${text} }`;
  });
  const nets = train.models.map((net) => {
    const names = [`name: ${literal(net.prefix)}`, `prefix: ${literal(net.prefix)}`];
    const forward = `forward: ${nameOf(net.forward)}`;
    return `{ ${[...names, forward, ...steppingText(net, nameOf)].join(", ")} }`;
  });
  return object([
    ...headOf(plan, train.name, nameOf, kind),
    `fields: [${fields.join(", ")}]`,
    `steps: [${train.steps.map((s) => stepText(s, nameOf)).join(", ")}]`,
    `evaluate: ${nameOf(train.evaluate)}`,
    `metrics: [${metrics.join(", ")}]`,
    `nets: [${nets.join(", ")}]`,
    `settings: ${literal(train.settings)}`,
  ]);
};
