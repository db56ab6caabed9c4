// Modules to text: what is stored, what every entry takes and gives, and the graphs.

import type { Init } from "../../runtime/abi.ts";
import { printNumber } from "./attr-text.ts";
import { dimKey } from "./dim.ts";
import type {
  Entry,
  EntryInput,
  EntryOutput,
  HostExpr,
  ModelInfo,
  Module,
  SizeCheck,
  StoredTensor,
  TrainInfo,
} from "./module.ts";
import { nameValues, printGraph, printSizes } from "./text.ts";
import type { ValueNames } from "./text.ts";
import type { Value } from "./graph.ts";
import { printType } from "./type.ts";

/** The whole module, for people: what `dlm print` shows. */
export function printModule(module: Module): string {
  const blocks = [
    `module @${module.name}${printSizes(module.sizes)}\n`,
    ...(module.model === null ? [] : [`${printModel(module.model)}\n`]),
    ...(module.train === null ? [] : [printTrain(module.train)]),
    ...(module.stored.length === 0 ? [] : [printStored(module.stored)]),
    ...module.entries.map(printEntry),
  ];
  return blocks.join("\n");
}

/** `mul(0.001, min(1, div(step, 100)))` */
export function printHostExpr(e: HostExpr): string {
  switch (e.kind) {
    case "number":
      return printNumber(e.value);
    case "step":
      return "step";
    case "size":
      return /^\w+$/.test(dimKey(e.dim)) ? dimKey(e.dim) : `size(${dimKey(e.dim)})`;
    case "accumulator":
      return `accumulator(${e.index})`;
    case "call":
      return `${e.fn}(${e.args.map(printHostExpr).join(", ")})`;
  }
}

/** `uniform(-0.05, 0.05)`, `0` */
export function printInit(init: Init): string {
  if (init.kind === "constant") return printNumber(init.value);
  return `${init.kind}(${numbersOf(init).map(printNumber).join(", ")})`;
}

function numbersOf(init: Exclude<Init, { kind: "constant" }>): readonly number[] {
  switch (init.kind) {
    case "uniform":
    case "integers":
      return [init.lo, init.hi];
    case "normal":
      return [init.mean, init.std];
    case "truncated":
      return [init.mean, init.std, init.cut];
    case "bernoulli":
      return [init.p];
    case "orthogonal":
      return [init.gain];
  }
}

/** `B*T >= 1`, `T divisible by 4`, `T = S` */
export function printCondition(condition: SizeCheck["condition"]): string {
  switch (condition.kind) {
    case "at-least":
      return `${dimKey(condition.dim)} >= ${condition.least}`;
    case "divides":
      return `${dimKey(condition.dim)} divisible by ${condition.by}`;
    case "equal":
      return `${dimKey(condition.a)} = ${dimKey(condition.b)}`;
  }
}

function printModel({ name, forward, prefix }: ModelInfo): string {
  return `model ${name} = @${forward}${prefix === "" ? "" : ` under ${prefix}`}`;
}

function printTrain(train: TrainInfo): string {
  const settings = Object.entries(train.settings).map(
    ([name, value]) => `${name}=${typeof value === "number" ? printNumber(value) : String(value)}`,
  );
  const lines = [
    ...train.fields.map((f) => `data ${f.name}: ${printType(f.type)}`),
    ...train.models.map(printModel),
    ...train.steps.map(
      (s) => `step ${s.name === "" ? "" : `${s.name} `}= @${s.entry} repeat ${s.repeat}`,
    ),
    `evaluate = @${train.evaluate}`,
    ...train.metrics.map((m) => `metric ${m.name} = ${printHostExpr(m.value)}`),
    `settings ${settings.join(", ")}`,
  ];
  return block(`train ${train.name}`, lines);
}

function printStored(stored: readonly StoredTensor[]): string {
  const lines = stored.map(({ storage, path, type, init, stream }) => {
    const declared = `${storage} @${path}: ${printType(type)}`;
    if (storage === "derived") return declared;
    const draw = stream === path ? "" : ` stream ${JSON.stringify(stream)}`;
    return `${declared} = ${printInit(init)}${draw}`;
  });
  return block("stored", lines);
}

function printEntry(entry: Entry): string {
  const names = nameValues(entry.graph);
  const lines = [
    ...entry.inputs.map((input, i) => `${valueAt(names, entry.graph.inputs, i)} <- ${role(input)}`),
    ...entry.outputs.map(
      (output, i) => `${valueAt(names, entry.graph.outputs, i)} -> ${fate(output)}`,
    ),
    ...entry.checks.map((c) => `check ${c.code} ${printCondition(c.condition)}: ${c.message}`),
  ];
  return `${block(`entry @${entry.name}`, lines)}${printGraph(entry.graph)}`;
}

/** Where an input comes from. */
function role(input: EntryInput): string {
  switch (input.kind) {
    case "data":
      return `data ${input.name}${input.range === null ? "" : ` in ${rangeText(input.range)}`}`;
    case "stored":
      return `stored @${input.path}`;
    case "scalar":
      return `scalar ${printHostExpr(input.value)}`;
    case "draw":
      return `draw ${JSON.stringify(input.stream)}`;
  }
}

const rangeText = ({
  hi,
  except,
}: {
  readonly hi: number;
  readonly except: number | null;
}): string => `0..${hi}${except === null ? "" : ` or ${except}`}`;

/** What becomes of an output. */
function fate(output: EntryOutput): string {
  switch (output.kind) {
    case "result":
      return `result ${output.name}`.trimEnd();
    case "store":
      return `store @${output.path}`;
    case "loss":
    case "penalty":
      return output.kind;
    case "metric":
      return `metric ${output.name}`;
    case "accumulator":
      return `accumulator ${output.fold}`;
  }
}

function valueAt(names: ValueNames, values: readonly Value[], at: number): string {
  const value = values[at];
  return value === undefined ? "%?" : (names.get(value) ?? "%?");
}

function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}
