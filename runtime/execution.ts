// One execution of a step of a recipe: where it stood, and its log.
import type { OutputSlot } from "./abi.ts";
import type { Progress, StepLog } from "./checkpoint.ts";
import { checkStatus, type Binding, type Entry } from "./entry.ts";
import type { DlmError } from "./errors.ts";
import { notFiniteError, type Run } from "./not-finite.ts";
import type { Store } from "./store.ts";

/** Executions until one fails: none that was sent to a device behind it counts. */
export type Era = {
  /** Finds out why a loss is not finite, if one ended it. */
  suspect: (() => Promise<DlmError>) | null;
  /** Null while it is not known. */
  failure: unknown;
};

export const newEra = (): Era => ({ suspect: null, failure: null });

export type Execution = {
  /** Name of its step. */
  readonly step: string;
  readonly outputs: readonly OutputSlot[];
  readonly round: number;
  /** Where the trainer stood. */
  readonly before: Progress;
  readonly era: Era;
  readonly run: Run;
};

/** An execution that was sent to a device. */
export type Sent<Log> = {
  readonly execution: Execution;
  readonly ask: () => Promise<readonly number[]>;
  /** Null until somebody asks; null is there where it does not count. */
  log: Promise<Log | null> | null;
};

/** What a log tells. */
export const logged = ({ program }: Entry): readonly OutputSlot[] =>
  program.outputs.filter(({ kind }) => kind !== "result" && kind !== "accumulator");

export const readLog = (outputs: readonly OutputSlot[], values: readonly number[]): StepLog => {
  const log: Record<string, number> = { loss: 0, penalty: 0 };
  for (const [k, output] of outputs.entries()) {
    const name = output.kind === "metric" ? output.name : output.kind;
    const value = values[k]!;
    // Whatever its name is it becomes a property.
    if (name in log && !Object.hasOwn(log, name))
      Object.defineProperty(log, name, { value, ...ordinary });
    else log[name] = value;
  }
  return log;
};

const ordinary = { writable: true, enumerable: true, configurable: true };

/** A scalar output of the last run on the heap. */
export const scalarOf = (
  { heap }: Store,
  { dtype, slot }: OutputSlot,
  { layout }: Binding,
): number => (dtype === "f32" ? heap.f32 : heap.i32)[layout.offsets[slot]!]!;

/** The scalars that an execution on a device leaves, for whoever asks for them; more may run before. */
export const keepScalars = ({ outputs, run }: Execution): (() => Promise<readonly number[]>) => {
  const { store, entry, binding } = run;
  const { status } = entry.program;
  const slots = [...outputs, ...(status === null ? [] : [status])];
  const words = slots.map(({ slot }) => ({ start: binding.layout.offsets[slot]!, count: 1 }));
  const ask = store.remote!.keep(words, binding.layout);
  return async () => {
    const i32 = await ask();
    if (status !== null) checkStatus(status.sites, i32.at(-1)!);
    const f32 = new Float32Array(i32.buffer);
    return outputs.map(({ dtype }, k) => (dtype === "f32" ? f32 : i32)[k]!);
  };
};

/** What finds out why its loss is not finite; null where it is. */
export const suspectIn = (
  { step, run }: Execution,
  log: StepLog,
): (() => Promise<DlmError>) | null => {
  const key = ["loss", "penalty"].find((one) => !Number.isFinite(log[one]));
  if (key === undefined) return null;
  return () => notFiniteError(step === "" ? key : `${step}.${key}`, log[key]!, run);
};
