// A linear model and its recipe, written by hand in the form that the compiler emits.
import { defaultSettings } from "../../../compiler/frontend/settings.ts";
import type {
  DataSlot,
  EntryProgram,
  Heap,
  ModelProgram,
  Settings,
  SizeValues,
  StepProgram,
  StoredSpec,
  TrainProgram,
} from "../../../runtime/abi.ts";
import { normalAt } from "../../../runtime/random.ts";

export const inputs = 3;
export const outputs = 2;
const weightCount = inputs * outputs;

const batchOf = (sizes: SizeValues): number => sizes[0]!;

const data = (name: string, width: number, slot: number): DataSlot => ({
  name,
  dtype: "f32",
  shape: ["B", width],
  count: (sizes) => batchOf(sizes) * width,
  slot,
  below: null,
  at: `linear.dlm:1:${10 + slot}`,
});

const entry = (
  fields: Pick<EntryProgram, "name" | "data" | "outputs" | "run"> & Partial<EntryProgram>,
): EntryProgram => ({
  sizes: ["B"],
  limits: [null],
  checks: [],
  scalars: [],
  draws: [],
  status: null,
  layout: () => ({ offsets: [], end: 0 }),
  ...fields,
});

/** Lays slots of these lengths out one after another from `start`. */
const inOrder =
  (start: number, lengths: (batch: number) => readonly number[]): EntryProgram["layout"] =>
  (sizes) => {
    let end = start;
    const offsets = lengths(batchOf(sizes)).map((length) => (end += length) - length);
    return { offsets, end };
  };

/** y[b, o] = x[b, :] · W[:, o] + b[o]; W at word `weights`, b after it. */
const apply = ({ f32 }: Heap, x: number, y: number, batch: number, weights = 0): void => {
  for (let b = 0; b < batch; b++) {
    for (let o = 0; o < outputs; o++) {
      let sum = f32[weights + weightCount + o]!;
      for (let i = 0; i < inputs; i++)
        sum += f32[x + b * inputs + i]! * f32[weights + i * outputs + o]!;
      f32[y + b * outputs + o] = sum;
    }
  }
};

const forward = (start: number): EntryProgram =>
  entry({
    name: "Linear",
    data: [data("x", inputs, 0)],
    outputs: [
      {
        kind: "result",
        name: "",
        dtype: "f32",
        shape: ["B", outputs],
        count: (sizes) => batchOf(sizes) * outputs,
        slot: 1,
      },
    ],
    layout: inOrder(start, (batch) => [batch * inputs, batch * outputs]),
    run: (heap, offsets, sizes) => apply(heap, offsets[0]!, offsets[1]!, batchOf(sizes)),
  });

const stored = (
  path: string,
  storage: StoredSpec["storage"],
  shape: readonly number[],
  offset: number,
): StoredSpec => ({
  path,
  storage,
  dtype: "f32",
  shape,
  offset,
  init: /W(:ema)?$/.test(path)
    ? { kind: "normal", mean: 0, std: 0.5 }
    : { kind: "constant", value: 0 },
  stream: `${path.replace(":ema", "")}#0`,
});

export const linearModel: ModelProgram = {
  format: 1,
  name: "Linear",
  target: "typescript",
  storedWords: weightCount + outputs,
  stored: [
    stored("Dense_0.W", "param", [inputs, outputs], 0),
    stored("Dense_0.b", "param", [outputs], weightCount),
  ],
  forward: forward(weightCount + outputs),
};

const paramWords = weightCount + outputs;
/** Params, their momentum, a running mean of the predictions, and averages of params. */
const averageAt = 2 * paramWords + outputs;
const storedWords = averageAt + paramWords;

const scalarOutput = (
  kind: "loss" | "metric" | "accumulator",
  name: string,
  slot: number,
  fold?: "sum" | "max" | "min",
): EntryProgram["outputs"][number] => ({
  kind,
  name,
  dtype: "f32",
  shape: [],
  count: () => 1,
  slot,
  ...(fold === undefined ? {} : { fold }),
});

const noise = 0.01;

/** Forward, loss = mean((y + noise - target)²), worst = max |error|; leaves the errors in slot `y`. */
const evaluateLoss = (
  heap: Heap,
  [x, target, y]: readonly number[],
  batch: number,
  draw: number | null,
  weights = 0,
): { readonly sum: number; readonly worst: number } => {
  const { f32, i32 } = heap;
  apply(heap, x!, y!, batch, weights);
  let sum = 0;
  let worst = 0;
  for (let i = 0; i < batch * outputs; i++) {
    const drawn =
      draw === null ? 0 : noise * normalAt(i32[draw]!, i32[draw + 1]!, i32[draw + 2]!, i);
    const error = Math.fround(f32[y! + i]! + drawn - f32[target! + i]!);
    f32[y! + i] = error;
    sum += error * error;
    worst = Math.max(worst, Math.abs(error));
  }
  return { sum, worst };
};

/** Slots: x, target, y, lr, draw, loss, worst, gradient. */
const lengths = (batch: number): readonly number[] => [
  batch * inputs,
  batch * outputs,
  batch * outputs,
  1,
  3,
  1,
  1,
  paramWords,
];

/** Adds `scale` times the gradient of the loss to the words from `into`. */
const addGradient = (
  { f32 }: Heap,
  x: number,
  error: number,
  batch: number,
  into: number,
  scale: number,
): void => {
  const factor = (2 * scale) / (batch * outputs);
  for (let b = 0; b < batch; b++) {
    for (let o = 0; o < outputs; o++) {
      const ct = factor * f32[error + b * outputs + o]!;
      for (let i = 0; i < inputs; i++) {
        f32[into + i * outputs + o]! += ct * f32[x + b * inputs + i]!;
      }
      f32[into + weightCount + o]! += ct;
    }
  }
};

const step = (
  name: string,
  rate: (step: number) => number,
  limit: number | null,
  ema: number,
): EntryProgram =>
  entry({
    name,
    limits: [limit],
    data: [data("x", inputs, 0), data("y", outputs, 1)],
    scalars: [{ slot: 3, dtype: "f32", value: rate }],
    draws: [{ slot: 4, stream: "LinearTrainer/noise#0@0" }],
    outputs: [scalarOutput("loss", "loss", 5), scalarOutput("metric", "worst", 6)],
    probes: [
      {
        slot: 2,
        count: (sizes) => batchOf(sizes) * outputs,
        what: "`x @ W` in Dense_0 (linear.dlm:4:25)",
      },
    ],
    layout: inOrder(storedWords, lengths),
    run: (heap, offsets, sizes) => {
      const batch = batchOf(sizes);
      const { f32 } = heap;
      const [x, , y, lr, draw, loss, worstAt, gradient] = offsets as number[];
      const { sum, worst } = evaluateLoss(heap, offsets, batch, draw!);
      f32[loss!] = sum / (batch * outputs);
      f32[worstAt!] = worst;
      if (!Number.isFinite(sum)) return;
      f32.fill(0, gradient!, gradient! + paramWords);
      addGradient(heap, x!, y!, batch, gradient!, 1);
      for (let i = 0; i < paramWords; i++) {
        const momentum = paramWords + i;
        f32[momentum] = 0.5 * f32[momentum]! + f32[gradient! + i]!;
        f32[i]! -= f32[lr!]! * f32[momentum]!;
        f32[averageAt + i]! += (1 - ema) * (f32[i]! - f32[averageAt + i]!);
      }
      for (let o = 0; o < outputs; o++) {
        const mean = 2 * paramWords + o;
        f32[mean] = 0.9 * f32[mean]! + 0.1 * f32[y! + o]!;
      }
    },
  });

const evaluate = (weights: number): EntryProgram =>
  entry({
    name: "evaluate",
    data: [data("x", inputs, 0), data("y", outputs, 1)],
    outputs: [
      scalarOutput("accumulator", "sum", 3, "sum"),
      scalarOutput("accumulator", "count", 4, "sum"),
      scalarOutput("accumulator", "worst", 5, "max"),
    ],
    layout: inOrder(storedWords, (batch) => [
      batch * inputs,
      batch * outputs,
      batch * outputs,
      1,
      1,
      1,
    ]),
    run: (heap, offsets, sizes) => {
      const batch = batchOf(sizes);
      const { sum, worst } = evaluateLoss(heap, offsets, batch, null, weights);
      heap.f32[offsets[3]!] = sum;
      heap.f32[offsets[4]!] = batch * outputs;
      heap.f32[offsets[5]!] = worst;
    },
  });

const rate = (update: number): number => 0.1 / (1 + 0.01 * (update - 1));

export type RecipeOptions = {
  readonly settings?: Partial<Settings>;
  /** Name and repeats of each step; by default one nameless step. */
  readonly steps?: readonly (readonly [name: string, repeat: number])[];
};

/** Gradients summed in the momentum's place: what an accumulating recipe runs before its update. */
const partial = (limit: number | null): EntryProgram => {
  const whole = step("partial", rate, limit, 0);
  return {
    ...whole,
    run: (heap, offsets, sizes) => {
      const batch = batchOf(sizes);
      const [x, , y, , draw, loss, worstAt] = offsets as number[];
      const { sum, worst } = evaluateLoss(heap, offsets, batch, draw!);
      heap.f32[loss!] = sum / (batch * outputs);
      heap.f32[worstAt!] = worst;
      addGradient(heap, x!, y!, batch, paramWords, 0.5);
    },
  };
};

export const linearRecipe = ({
  settings = {},
  steps = [["", 1]],
}: RecipeOptions = {}): TrainProgram => {
  const merged = { ...defaultSettings, ...settings };
  const stepPrograms = steps.map(([name, repeat]): StepProgram => ({
    name,
    repeat,
    entry: step(name === "" ? "step" : name, rate, merged.batch, merged.ema),
    ...(merged.accumulate > 1 ? { partial: partial(merged.batch) } : {}),
  }));
  return {
    format: 1,
    name: "LinearTrainer",
    target: "typescript",
    storedWords,
    stored: [
      stored("net.Dense_0.W", "param", [inputs, outputs], 0),
      stored("net.Dense_0.b", "param", [outputs], weightCount),
      stored("net.Dense_0.W:m", "state", [inputs, outputs], paramWords),
      stored("net.Dense_0.b:m", "state", [outputs], paramWords + weightCount),
      stored("net.mean", "buffer", [outputs], 2 * paramWords),
      ...(merged.ema > 0
        ? [
            stored("net.Dense_0.W:ema", "average", [inputs, outputs], averageAt),
            stored("net.Dense_0.b:ema", "average", [outputs], averageAt + weightCount),
          ]
        : []),
    ],
    fields: [
      { name: "x", dtype: "f32", shape: ["B", inputs] },
      { name: "y", dtype: "f32", shape: ["B", outputs] },
    ],
    steps: stepPrograms,
    evaluate: evaluate(merged.ema > 0 ? averageAt : 0),
    metrics: [
      { name: "loss", value: (a) => a[0]! / a[1]! },
      { name: "rmse", value: (a) => Math.sqrt(a[0]! / a[1]!) },
      { name: "worst", value: (a) => a[2]! },
    ],
    nets: [{ name: "net", prefix: "net", forward: forward(storedWords) }],
    settings: merged,
  };
};
