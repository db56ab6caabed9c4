// The whole state of a training run ↔ one safetensors file.
import type { StoredSpec } from "./abi.ts";
import { DlmError } from "./errors.ts";
import { readSafetensors, writeSafetensors, type SafeTensor } from "./safetensors.ts";
import type { Store, TensorData } from "./store.ts";
import { checkWeights, fromSafeTensor, toSafeTensor } from "./weights.ts";

/** Where a run stands: `batch` batches of epoch `epoch` are done; `executions` counts batches over all epochs. */
export type Progress = {
  readonly executions: number;
  readonly epoch: number;
  readonly batch: number;
};

/** Copies of tensors by their name in a checkpoint. */
export type Copies = ReadonlyMap<string, TensorData>;

/** Values of one execution of a step. */
export type StepLog = Readonly<Record<string, number>>;

/** What a run holds besides its stored tensors. */
export type TrainingState = {
  readonly progress: Progress;
  /** The latest log of each named step that has run. */
  readonly logs: ReadonlyMap<string, StepLog>;
  readonly seed: number;
  /** Notes of the training loop; a saved net has none of them. */
  readonly notes: ReadonlyMap<string, string>;
  /** What early stopping goes back to, by name; `<name>:best` in the file. */
  readonly best: Copies | null;
};

const progressKey = "dlm.training";
const logsKey = "dlm.logs";
const notePrefix = "dlm.note.";
const bestSuffix = ":best";
/** State of the loss scaling of a recipe in mixed precision: `loss:scale`, `loss:disc.scale`. */
const isScaling = (name: string): boolean => name.startsWith("loss:");

export const writeCheckpoint = (store: Store, state: TrainingState): Uint8Array => {
  const tensors = new Map<string, SafeTensor>();
  const add = (name: string, values: TensorData): void => {
    const { dtype, shape } = specOf(store, name)!;
    tensors.set(name, toSafeTensor(dtype, shape, values));
  };
  for (const spec of store.stored) add(spec.path, store.read(spec));
  for (const [name, values] of state.best ?? []) add(name + bestSuffix, values);
  const metadata = new Map(store.metadata);
  const progress = { recipe: store.name, seed: state.seed, ...state.progress };
  metadata.set(progressKey, JSON.stringify(progress));
  if (state.logs.size > 0) metadata.set(logsKey, writeLogs(state.logs));
  for (const [key, value] of state.notes) metadata.set(notePrefix + key, value);
  return writeSafetensors(tensors, metadata);
};

/** Writes the stored tensors and returns the rest; changes nothing when anything does not fit. */
export const readCheckpoint = (store: Store, bytes: Uint8Array): TrainingState => {
  const { tensors: all, metadata } = readSafetensors(bytes);
  const { progress, seed } = parseProgress(store.name, metadata.get(progressKey));
  const logs = parseLogs(metadata.get(logsKey));
  const own = new Set(store.stored.map(({ path }) => path));
  const tensors = new Map([...all].filter(([name]) => own.has(name) || !isScaling(name)));
  // What goes on in another precision than before begins at the first scale.
  const fresh = store.stored.filter(({ path }) => isScaling(path) && !tensors.has(path));
  const specs = new Map(
    store.stored.flatMap((spec) => (fresh.includes(spec) ? [] : [[spec.path, spec] as const])),
  );
  for (const name of tensors.keys()) {
    const spec = specOf(store, name);
    if (spec !== undefined) specs.set(name, spec);
  }
  checkWeights(store.name, specs, tensors);

  const best = new Map<string, TensorData>();
  for (const [name, spec] of specs) {
    const values = fromSafeTensor(spec.dtype, tensors.get(name)!);
    if (own.has(name)) store.write(spec, values);
    else best.set(name.slice(0, -bestSuffix.length), values);
  }
  for (const spec of fresh) store.draw(spec);
  const notes = new Map<string, string>();
  store.metadata.clear();
  for (const [key, value] of metadata) {
    if (key.startsWith(notePrefix)) notes.set(key.slice(notePrefix.length), value);
    else if (key !== progressKey && key !== logsKey) store.metadata.set(key, value);
  }
  return { progress, logs, seed, notes, best: best.size === 0 ? null : best };
};

/** The stored tensor whose type an entry of the file has; `undefined` when it belongs to none. */
const specOf = (store: Store, name: string): StoredSpec | undefined => {
  const named = (path: string): StoredSpec | undefined =>
    store.stored.find((spec) => spec.path === path);
  const kept = name.endsWith(bestSuffix) ? name.slice(0, -bestSuffix.length) : name;
  return named(name) ?? named(kept);
};

const parseProgress = (
  recipe: string,
  text: string | undefined,
): { readonly progress: Progress; readonly seed: number } => {
  if (text === undefined) {
    throw new DlmError(
      "checkpoint-mismatch",
      "this file holds weights but no state of a training run",
    );
  }
  const fields = parseFields(text);
  if (fields["recipe"] !== recipe) {
    throw new DlmError(
      "checkpoint-mismatch",
      `this checkpoint is of \`${String(fields["recipe"])}\`, not of \`${recipe}\``,
    );
  }
  const whole = (key: string): number => {
    const value = fields[key];
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw new DlmError("checkpoint-mismatch", `this checkpoint has no valid \`${key}\``);
  };
  return {
    progress: { executions: whole("executions"), epoch: whole("epoch"), batch: whole("batch") },
    seed: whole("seed"),
  };
};

/** Numbers as text, since a metric may be what JSON cannot say: NaN, an infinity. */
const writeLogs = (logs: TrainingState["logs"]): string =>
  JSON.stringify([...logs], (_, value: unknown) =>
    typeof value === "number" ? `${value}` : value,
  );

const parseLogs = (text: string | undefined): TrainingState["logs"] => {
  if (text === undefined) return new Map();
  try {
    const steps = JSON.parse(text) as readonly (readonly [
      string,
      Readonly<Record<string, string>>,
    ])[];
    return new Map(
      steps.map(([step, log]) => [
        step,
        Object.fromEntries(Object.entries(log).map(([key, value]) => [key, Number(value)])),
      ]),
    );
  } catch {
    throw new DlmError("checkpoint-mismatch", "this checkpoint has no valid logs");
  }
};

const parseFields = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};
