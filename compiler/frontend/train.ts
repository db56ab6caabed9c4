// A recipe into a module: an entry per training step, one for evaluation, one per model in it.

import type { NetDecl, Param, TrainDecl } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Settings } from "../../runtime/abi.ts";
import { printDim } from "../ir/dim-text.ts";
import { equalDims, symbolsOf } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Entry, ModelInfo, Module, StepInfo, StoredTensor } from "../ir/module.ts";
import type { TensorType } from "../ir/type.ts";
import { readAverages, withAverages } from "./averages.ts";
import { createBody } from "./body.ts";
import type { Context, Frame } from "./context.ts";
import { toInteger } from "./convert.ts";
import { createContext } from "./create-context.ts";
import type { ContextOptions } from "./create-context.ts";
import { finishEntry } from "./finish.ts";
import type { Output } from "./finish.ts";
import { declareInputs } from "./inputs.ts";
import { createLayer } from "./layer.ts";
import type { Layer } from "./layer.ts";
import { lazyLets } from "./lazy-lets.ts";
import { keepLive, liveStores } from "./live-stores.ts";
import { applyForward, storedIn } from "./model.ts";
import { readRecipe } from "./recipe.ts";
import type { Recipe, RecipeStep } from "./recipe.ts";
import { evaluateRequire } from "./require.ts";
import { find, frame as scopeFrame } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import { readSettings } from "./settings.ts";
import { evaluationOutputs, stepOutputs } from "./step.ts";

export type TrainOptions = Omit<ContextOptions, "training" | "store"> & {
  /** Settings that win over the recipe's own. */
  readonly settings: Partial<Settings>;
};

/** What the graphs of one recipe share. */
type Shared = {
  readonly decl: TrainDecl;
  readonly recipe: Recipe;
  readonly scope: Scope;
  readonly options: TrainOptions;
  readonly store: Map<string, StoredTensor>;
  /** Owner of the layers that the recipe builds; its own path is empty. */
  readonly root: Layer;
  /** Sizes that settings fix. */
  readonly fixed: ReadonlyMap<string, Dim>;
  readonly batch: number | null;
};

/** A context with the recipe's data declared and its `let`s in scope. */
type Stage = {
  readonly ctx: Context;
  readonly frame: Frame;
  readonly fields: readonly { readonly name: string; readonly type: TensorType }[];
  readonly sizes: ReadonlyMap<string, Binding>;
};

/** Null when it cannot stand alone (configuration without defaults) or what to minimise is unclear. */
export const elaborateTrain = (
  decl: TrainDecl,
  scope: Scope,
  options: TrainOptions,
): Module | null => {
  if ((decl.config ?? []).some((param) => param.value === null)) return null;
  const recipe = readRecipe(decl, options.report);
  if (recipe === null) return null;
  const draft: Shared = {
    decl,
    recipe,
    scope,
    options,
    store: new Map(),
    root: rootLayer(decl, scope),
    fixed: new Map(),
    batch: null,
  };
  const first = stageOf(draft, false);
  checkFields(first, recipe);
  for (const require of recipe.requires) evaluateRequire(first.ctx, first.frame, require);
  if (first.ctx.state.failed) return null;
  const read = readSettings(first.ctx, first.frame, recipe.settings, [...first.sizes.keys()]);
  const settings = { ...read.settings, ...options.settings };
  const shared = { ...draft, fixed: read.sizes, batch: settings.batch };
  if (readsMembers(first.ctx, recipe)) learnMembers(shared);
  return moduleOf(shared, settings, read.places.get("memory") ?? null);
};

/** Whether a loss may read a weight of a net (`net.head.W`), which exists once the net was applied. */
const readsMembers = (ctx: Context, { lets, steps }: Recipe): boolean =>
  [...lets, ...steps.flatMap((step) => [...step.lets, step.minimize.loss])].some(({ span }) =>
    /[^\W\d]\w*\s*\.\s*[^\W\d]/.test(ctx.text(span)),
  );

/** Evaluates every loss once without reports, so that the weights of nets are known wherever they are read. */
const learnMembers = (shared: Shared): void => {
  const options = { ...shared.options, report: () => {} };
  const { ctx, frame } = stageOf({ ...shared, options }, true);
  for (const step of shared.recipe.steps) ctx.evaluate(step.minimize.loss, stepFrame(frame, step));
};

/** Stands in for the layer whose body the recipe is, so that unnamed layers are counted in it. */
const rootLayer = (decl: TrainDecl, scope: Scope): Layer => {
  const { name, span, doc, broken } = decl;
  const body: NetDecl = {
    kind: "net",
    net: "model",
    name,
    span,
    doc,
    broken,
    config: null,
    data: [],
    result: null,
    body: [],
  };
  const root = createLayer(body, scope, new Map(), null, name.span);
  root.segment = "";
  return root;
};

const bindConfig = (ctx: Context, frame: Frame, params: readonly Param[]): Frame =>
  params.reduce((outer, param) => {
    if (param.value === null) return outer;
    const item = ctx.evaluate(param.value, outer);
    const named = item.kind === "size" ? { ...item, label: param.name.text } : item;
    const binding = { item: named, span: param.name.span };
    return { ...outer, scope: scopeFrame(outer.scope, new Map([[param.name.text, binding]])) };
  }, frame);

const stageOf = (shared: Shared, training: boolean): Stage => {
  const { decl, recipe, options, store, root, fixed, batch } = shared;
  const ctx = createContext({ ...options, training, store });
  const start: Frame = {
    scope: shared.scope,
    owner: root,
    letters: new Map(),
    callSite: null,
    body: createBody("recipe", decl.name.text, 0),
    fans: null,
  };
  const configured = bindConfig(ctx, start, decl.config ?? []);
  const sizes = new Map<string, Binding>();
  const items = declareInputs(ctx, configured, recipe.fields, fixed, sizes);
  const bindings = new Map(sizes);
  const fields = recipe.fields.flatMap(({ name }, i) => {
    const item = items[i]!;
    bindings.set(name.text, { item, span: name.span });
    return item.kind === "tensor" ? [{ name: name.text, type: item.value.type }] : [];
  });
  const first = fields[0]?.type.shape[0];
  if (batch !== null && first !== undefined)
    for (const name of symbolsOf(first)) ctx.state.bounds.set(name, batch);
  const frame = { ...configured, scope: scopeFrame(configured.scope, bindings) };
  return { ctx, frame: lazyLets(ctx, frame, recipe.lets), fields, sizes };
};

/** Every field has a batch axis, and it is the same size in all of them. */
const checkFields = ({ ctx, fields }: Stage, recipe: Recipe): void => {
  const [first, ...others] = fields;
  if (first === undefined) return;
  const sizeOf = ({ shape }: TensorType): string =>
    shape[0] === undefined ? "none" : printDim(shape[0]);
  for (const { name, type } of others) {
    const [a, b] = [first.type.shape[0], type.shape[0]];
    if (a !== undefined && b !== undefined && equalDims(a, b)) continue;
    const spanOf = (wanted: string): Span =>
      (recipe.fields.find((param) => param.name.text === wanted) ?? recipe.fields[0]!).span;
    ctx.report(
      diagnostic(
        "DLM0604",
        spanOf(name),
        {
          first: `${sizeOf(first.type)} in \`${first.name}\``,
          second: `${sizeOf(type)} in \`${name}\``,
        },
        {
          label: `${sizeOf(type)} examples`,
          labels: [{ span: spanOf(first.name), text: `${sizeOf(first.type)} examples` }],
        },
      ),
    );
  }
};

/** One graph on its way to an entry. */
type Draft = { readonly name: string; readonly ctx: Context; readonly outputs: readonly Output[] };

const moduleOf = (shared: Shared, settings: Settings, budget: Span | null): Module => {
  const { decl, recipe, store } = shared;
  const steps: StepInfo[] = [];
  const drafts: Draft[] = [];
  const losses = recipe.steps.map(({ minimize }) => minimize.loss);
  const draft = (name: string, step: RecipeStep, partial: boolean): string => {
    const { ctx, frame } = stageOf(shared, true);
    const accumulation = { batches: settings.accumulate, partial };
    const stepping = { accumulation, precision: settings.precision, losses };
    drafts.push({ name, ctx, outputs: stepOutputs(ctx, stepFrame(frame, step), step, stepping) });
    return name;
  };
  for (const step of recipe.steps) {
    const name = step.name === "" ? "step" : `step_${step.name}`;
    steps.push({
      name: step.name,
      repeat: repeatOf(shared, step),
      entry: draft(name, step, false),
      partial: settings.accumulate > 1 ? draft(`${name}_partial`, step, true) : null,
    });
  }
  if (settings.ema > 0) keepAverages(drafts, steps.at(-1)!, settings.ema);
  const evaluation = stageOf(shared, false);
  readAverages(evaluation.ctx);
  const batch = evaluation.fields[0]?.type.shape[0] ?? 1;
  const evaluated = evaluationOutputs(evaluation.ctx, evaluation.frame, recipe.steps, batch);
  drafts.push({ name: "evaluate", ctx: evaluation.ctx, outputs: evaluated.outputs });

  const nets = netsOf(shared);
  const forwards = nets.map(({ entry }) => entry);
  const live = liveStores(
    [...drafts.map(({ outputs }) => outputs), ...forwards.map(outputsOf)],
    (path) => ["param", "average"].includes(store.get(path)!.storage),
  );
  const entries = [
    ...drafts.map(({ name, ctx, outputs }) => finishEntry(ctx, name, keepLive(outputs, live))),
    ...forwards,
  ];
  return {
    name: decl.name.text,
    sizes: entries[0]?.graph.sizes ?? [],
    stored: storedIn(entries, store),
    entries,
    model: null,
    train: {
      name: decl.name.text,
      doc: decl.doc,
      fields: evaluation.fields,
      models: nets.map(({ info }) => info),
      steps,
      evaluate: "evaluate",
      metrics: evaluated.metrics,
      settings,
      budget,
    },
    precision: settings.precision,
  };
};

/** Of every weight that a step updates; they are moved by the last step. */
const keepAverages = (drafts: Draft[], { entry, repeat }: StepInfo, decay: number): void => {
  const updated = new Set(
    drafts.flatMap(({ outputs }) =>
      outputs.flatMap(({ output }) => (output.kind === "store" ? [output.path] : [])),
    ),
  );
  const at = drafts.findIndex(({ name }) => name === entry);
  const { name, ctx, outputs } = drafts[at]!;
  const weights = [...ctx.state.store.values()].filter(
    ({ path, storage }) => storage === "param" && updated.has(path),
  );
  drafts[at] = { name, ctx, outputs: withAverages(ctx, outputs, weights, { decay, repeat }) };
};

/** Draws of a step have streams of their own. */
const stepFrame = (frame: Frame, step: RecipeStep): Frame =>
  step.decl === null ? frame : { ...frame, body: createBody("recipe", step.name, 0) };

const repeatOf = (shared: Shared, { decl }: RecipeStep): number => {
  if (decl === null || decl.repeat === null) return 1;
  const { ctx, frame } = stageOf(shared, false);
  const count = toInteger(ctx, ctx.evaluate(decl.repeat, frame), decl.repeat.span) ?? 1;
  if (count >= 1) return count;
  ctx.report(
    diagnostic("DLM0316", decl.repeat.span, {
      name: "repeat",
      value: count,
      expected: "a whole number from 1",
    }),
  );
  return 1;
};

type Net = { readonly info: ModelInfo; readonly entry: Entry };

/** Every model that a `let` of the recipe builds, with an entry of its own. */
const netsOf = (shared: Shared): readonly Net[] =>
  shared.recipe.lets.flatMap((statement): readonly Net[] => {
    if (statement.kind !== "let") return [];
    const { frame } = stageOf(shared, false);
    const name = statement.name.text;
    // Only what builds a layer: applying one here would count as an application.
    const built = statement.value.kind === "call" ? find(frame.scope, name)?.item : undefined;
    if (built?.kind !== "layer" || built.layer.decl.net !== "model") return [];
    const { layer } = built;
    const fresh = createContext({ ...shared.options, training: false, store: shared.store });
    const entry = applyForward(fresh, layer, `forward_${name}`, { specialize: {}, outputs: [] });
    if (entry === null) return [];
    const { decl } = layer;
    const info = {
      name: decl.name.text,
      doc: decl.doc,
      forward: entry.name,
      prefix: layer.path,
    };
    return [{ info, entry }];
  });

const outputsOf = ({ graph, outputs }: Entry): readonly Output[] =>
  graph.outputs.map((value, i) => ({ value, output: outputs[i]! }));
