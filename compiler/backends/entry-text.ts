// Writes an entry of a plan as the object the runtime reads: slots, layout, and the run.

import { symbolsOf } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { upperBound, sizeBounds } from "../ir/dim-proof.ts";
import { writesStored } from "../ir/module.ts";
import type { Target } from "../costs/target.ts";
import type { Entry, SizeCheck } from "../ir/module.ts";
import { alignUp } from "../lower/plan.ts";
import type { EntryPlan, Loop, Plan, Slot } from "../lower/plan.ts";
import type { EmittedFunction, EmittedKernels } from "./backend.ts";
import { hostMentions, hostText } from "./host-text.ts";
import { sizeName } from "./identifiers.ts";
import type { Places } from "./places.ts";
import { probesOf } from "./probes.ts";
import { spellSize } from "./typescript/emit-size.ts";

/** A literal of JSON data with bare keys where they can be. */
export const literal = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const rows = Object.entries(value).map(([key, v]) => `${propertyName(key)}: ${literal(v)}`);
    return `{ ${rows.join(", ")} }`;
  }
  return JSON.stringify(value);
};

export const propertyName = (name: string): string =>
  // Written plainly, `__proto__` would set the prototype of the object.
  name === "__proto__"
    ? '["__proto__"]'
    : /^[A-Za-z_$][\w$]*$/.test(name)
      ? name
      : JSON.stringify(name);

/** `([B = 0]) => B * 784`: a function of sizes, of which it needs those that are used. */
export const overNames = (
  names: readonly string[],
  body: string,
  used: readonly string[],
): string => {
  if (used.length === 0) return `() => ${body}`;
  const last = Math.max(...used.map((name) => names.indexOf(name)));
  const pattern = names
    .slice(0, last + 1)
    .map((name) => (used.includes(name) ? `${sizeName(name)} = 0` : ""));
  return `([${pattern.join(", ")}]) => ${body}`;
};

export const overSizes = ({ graph }: Entry, body: string, used: readonly string[]): string =>
  overNames(
    graph.sizes.map((s) => s.name),
    body,
    used,
  );

const sizeFunction = (entry: Entry, dim: Dim): string =>
  overSizes(entry, spellSize(dim), symbolsOf(dim));

const shapeText = (shape: readonly Dim[]): string =>
  literal(shape.map((d) => (typeof d === "number" ? d : d.key)));

const checkText = (entry: Entry, check: SizeCheck, places: Places): string => {
  const { condition } = check;
  const at = places(check.span)?.at;
  const message = `${check.code}: ${check.message}${at === undefined ? "" : ` (${at})`}`;
  const [test, dims] = ((): readonly [string, readonly Dim[]] => {
    switch (condition.kind) {
      case "at-least":
        return [`${spellSize(condition.dim)} >= ${condition.least}`, [condition.dim]];
      case "divides":
        return [`${spellSize(condition.dim)} % ${condition.by} === 0`, [condition.dim]];
      case "equal":
        return [
          `${spellSize(condition.a)} === ${spellSize(condition.b)}`,
          [condition.a, condition.b],
        ];
    }
  })();
  const holds = overSizes(entry, test, dims.flatMap(symbolsOf));
  return `{ message: ${literal(message)}, holds: ${holds} }`;
};

const dataText = (plan: EntryPlan, places: Places): readonly string[] => {
  const { entry } = plan;
  return entry.inputs.flatMap((input, k) => {
    const slot = plan.inputSlots[k]!;
    if (input.kind !== "data" || slot === null) return [];
    const { dtype, shape } = entry.graph.inputs[k]!.type;
    const fields = [
      `name: ${literal(input.name)}`,
      `dtype: "${dtype}"`,
      `shape: ${shapeText(shape)}`,
      `count: ${sizeFunction(entry, plan.slots[slot]!.words)}`,
      `slot: ${slot}`,
      `below: ${input.range?.hi ?? "null"}`,
      ...(input.range?.except == null ? [] : [`except: ${input.range.except}`]),
      `at: ${literal(places(input.span)?.at ?? "")}`,
    ];
    return [`{ ${fields.join(", ")} }`];
  });
};

const scalarsText = (plan: EntryPlan): readonly string[] =>
  plan.entry.inputs.flatMap((input, k) => {
    const slot = plan.inputSlots[k]!;
    if (input.kind !== "scalar" || slot === null) return [];
    const { dtype } = plan.entry.graph.inputs[k]!.type;
    const used = plan.entry.graph.sizes
      .map((s) => s.name)
      .filter((name) => hostMentions(input.value, sizeName(name)));
    const step = hostMentions(input.value, "step") ? "step" : used.length > 0 ? "_step" : "";
    const names = plan.entry.graph.sizes.map((s) =>
      used.includes(s.name) ? `${sizeName(s.name)} = 0` : "",
    );
    const sizes = used.length > 0 ? `, [${names.join(", ")}]` : "";
    return [
      `{ slot: ${slot}, dtype: "${dtype}", value: (${step}${sizes}) => ${hostText(input.value)} }`,
    ];
  });

const drawsText = (plan: EntryPlan): readonly string[] =>
  plan.entry.inputs.flatMap((input, k) => {
    const slot = plan.inputSlots[k]!;
    if (input.kind !== "draw" || slot === null) return [];
    return [`{ slot: ${slot}, stream: ${literal(input.stream)} }`];
  });

const outputsText = (plan: EntryPlan): readonly string[] =>
  plan.entry.outputs.flatMap((output, k) => {
    const slot = plan.outputSlots[k]!;
    if (output.kind === "store" || slot === null) return [];
    const { dtype, shape } = plan.entry.graph.outputs[k]!.type;
    const name = "name" in output ? output.name : "";
    const fields = [
      `kind: "${output.kind}"`,
      `name: ${literal(name)}`,
      `dtype: "${dtype}"`,
      `shape: ${shapeText(shape)}`,
      `count: ${sizeFunction(plan.entry, plan.slots[slot]!.words)}`,
      `slot: ${slot}`,
      ...("fold" in output ? [`fold: "${output.fold}"`] : []),
    ];
    return [`{ ${fields.join(", ")} }`];
  });

const probesText = (plan: EntryPlan, places: Places): readonly string[] =>
  probesOf(plan, places).map(({ slot, what, masked }) => {
    const count = sizeFunction(plan.entry, plan.slots[slot]!.words);
    const rest = `${masked ? ", masked: true" : ""}${plan.halves.has(slot) ? ", half: true" : ""}`;
    return `{ slot: ${slot}, count: ${count}, what: ${literal(what)}${rest} }`;
  });

const wordsText = (slots: readonly Slot[]): string =>
  `[${slots.map((s) => spellSize(s.words)).join(", ")}]`;

const layoutText = (plan: EntryPlan): string => {
  const { memory, slots, entry } = plan;
  const base = alignUp(plan.base, plan.target.alignment);
  const used = [...new Set(slots.flatMap((s) => symbolsOf(s.words)))];
  if (memory.kind === "fixed")
    return `() => ({ offsets: ${literal(memory.offsets)}, end: ${memory.end}${slabsText(plan)} })`;
  const words = wordsText(slots);
  const { firsts } = memory;
  const slabs = plan.target.slabs === 1 ? "" : `, ${literal(firsts)}`;
  const body = `arrange(${base}, ${words}, ${literal(memory.regionOf)}${slabs})`;
  return overSizes(entry, body, used);
};

const slabsText = ({ memory, target }: EntryPlan): string =>
  target.slabs === 1 || memory.kind !== "fixed" ? "" : `, slabs: ${literal(memory.starts)}`;

export const usesArrange = (plan: EntryPlan): boolean => plan.memory.kind === "regions";

/** Slots one after another; slots of one region share its memory. */
export const arrangeFunction = ({ alignment, slabs }: Target): EmittedFunction => ({
  name: "arrange",
  doc: ["Memory for slots one after another; slots of one region share it."],
  params: [
    { name: "base", type: "number" },
    { name: "words", type: "readonly number[]" },
    { name: "regionOf", type: "readonly number[]" },
    ...(slabs > 1 ? [{ name: "firsts", type: "readonly number[]" }] : []),
  ],
  returns: "Layout",
  lines: [
    "const room = regionOf.map(() => 0);",
    "regionOf.forEach((region, slot) => {",
    "room[region] = Math.max(room[region]!, words[slot]!);",
    "});",
    "let end = base;",
    "const starts = room.map((size) => {",
    "const start = end;",
    `end += Math.ceil(size / ${alignment}) * ${alignment};`,
    "return start;",
    "});",
    ...(slabs > 1
      ? [
          "const slabs = firsts.map((region) => starts[region] ?? end);",
          "return { offsets: regionOf.map((region) => starts[region]!), end, slabs };",
        ]
      : ["return { offsets: regionOf.map((region) => starts[region]!), end };"]),
  ],
});

/** Names of loop variables by depth, none of which is a size or a view. */
const loopNames = ({ entry, dispatches }: EntryPlan): readonly string[] => {
  const taken = new Set(["f", "i", "o", "d", ...entry.graph.sizes.map((s) => s.name)]);
  const names: string[] = [];
  const depth = Math.max(0, ...dispatches.map(({ loops }) => loops.length));
  for (let n = 0; names.length < depth; n++) {
    const name = n === 0 ? "t" : `t${n}`;
    if (!taken.has(name)) names.push(name);
  }
  return names;
};

const loopHead = ({ length, reverse }: Loop, name: string): string =>
  reverse
    ? `for (let ${name} = ${spellSize(length)} - 1; ${name} >= 0; ${name}--) {`
    : `for (let ${name} = 0; ${name} < ${spellSize(length)}; ${name}++) {`;

const runText = (plan: EntryPlan, position: number, kernels: EmittedKernels): string => {
  const names = loopNames(plan);
  const calls = plan.dispatches.flatMap(({ loops }, k) => {
    const call = kernels.dispatch(position, k, names);
    const before = plan.dispatches[k - 1]?.loops ?? [];
    const shared = loops.filter((loop, depth) => before[depth] === loop).length;
    const closed = before.slice(shared).map(() => "}");
    const opened = loops.slice(shared).map((loop, i) => loopHead(loop, names[shared + i]!));
    return [
      ...closed,
      ...(k === plan.commit ? [kernels.commit(testedSlots(plan), plan.status?.slot ?? null)] : []),
      ...opened,
      call,
    ];
  });
  const open = plan.dispatches.at(-1)?.loops ?? [];
  const text = [...calls, ...open.map(() => "}")].join("\n");
  const sizes = plan.entry.graph.sizes.map((s) => sizeName(s.name));
  const used = sizes.map((name) => (new RegExp(`\\b${name}\\b`).test(text) ? `${name} = 0` : ""));
  const pattern = used.some((name) => name !== "") ? `[${used.join(", ")}]` : null;
  return kernels.run(text, pattern, position);
};

/** Weights stay as they are when the loss is NaN or infinite, or an index outside of its axis. */
const testedSlots = (plan: EntryPlan): readonly number[] =>
  plan.entry.outputs.flatMap((output, k) =>
    output.kind === "loss" || output.kind === "penalty" ? [plan.outputSlots[k]!] : [],
  );

export const entryText = (
  plan: Plan,
  position: number,
  kernels: EmittedKernels,
  places: Places,
): string => {
  const entryPlan = plan.entries[position]!;
  const { entry } = entryPlan;
  const bounds = sizeBounds(entry.graph.sizes);
  const limits = entry.graph.sizes.map(({ max }) =>
    max === null ? null : upperBound(max, bounds),
  );
  const list = (rows: readonly string[]): string => `[${rows.join(", ")}]`;
  const probes = probesText(entryPlan, places);
  const fields = [
    `name: ${literal(entry.name)}`,
    `sizes: ${literal(entry.graph.sizes.map((s) => s.name))}`,
    `limits: ${literal(limits)}`,
    `checks: ${list(entry.checks.map((check) => checkText(entry, check, places)))}`,
    `data: ${list(dataText(entryPlan, places))}`,
    `scalars: ${list(scalarsText(entryPlan))}`,
    `draws: ${list(drawsText(entryPlan))}`,
    `outputs: ${list(outputsText(entryPlan))}`,
    `status: ${statusText(entryPlan, places)}`,
    `layout: ${layoutText(entryPlan)}`,
    `run: ${runText(entryPlan, position, kernels)}`,
    ...(reads(plan, entry) ? ["prepared: true"] : []),
    ...(probes.length === 0 ? [] : [`probes: ${list(probes)}`]),
  ];
  return `{\n${fields.join(",\n")},\n}`;
};

/** Whether its arena lies behind the derived tensors, which must be there then. */
const reads = ({ module }: Plan, entry: Entry): boolean =>
  module.prepare !== undefined && !writesStored(entry);

const statusText = ({ status }: EntryPlan, places: Places): string => {
  if (status === null) return "null";
  const sites = status.sites.map(({ what, span }) => ({ what, at: places(span)?.at ?? "?" }));
  return literal({ slot: status.slot, sites });
};
