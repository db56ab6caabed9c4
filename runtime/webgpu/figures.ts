// What things cost on a device, in multiply-adds of one invocation where all lanes are busy: guesses, or measured by `calibrate`.
import { DlmError } from "../errors.ts";

export type Figures = {
  /** A word from a buffer, most of them from a cache. */
  readonly load: number;
  /** Four words of workgroup memory. */
  readonly shared: number;
  readonly barrier: number;
  readonly store: number;
  /** Until the next launch begins. */
  readonly launch: number;
  /** So many neighbours have to read words side by side for a word to cost no more; what lies apart costs as much more. */
  readonly beside: number;
  /** A function that is a polynomial. */
  readonly function: number;
};

/** Of no device in particular. */
export const commonFigures: Figures = {
  load: 8,
  shared: 2,
  barrier: 30,
  store: 8,
  launch: 1000,
  beside: 4,
  function: 16,
};

/** Invocations that run side by side at full speed, between those of a laptop and of a large GPU. */
export const commonLanes = 16_384;

/** Figures of a device, as a file keeps them. */
export type MeasuredFigures = {
  readonly format: "dlm-figures-1";
  /** What the device says it is. */
  readonly device: string;
  readonly figures: Figures;
  /** In units of physics, to compare devices by. */
  readonly rates: {
    readonly multiplyAddsPerSecond: number;
    readonly bytesCopiedPerSecond: number;
    readonly launchMicroseconds: number;
    readonly barrierNanoseconds: number;
  };
};

/** Throws `bad-json` where a text is no such file, or a figure no positive number. */
export const parseFigures = (text: string, name: string): MeasuredFigures => {
  const refuse = (problem: string): never => {
    throw new DlmError("bad-json", `${name}: ${problem}; \`dlm calibrate\` writes such files`);
  };
  const parsed = ((): Partial<MeasuredFigures> => {
    try {
      return JSON.parse(text) as Partial<MeasuredFigures>;
    } catch {
      return refuse("this is no JSON");
    }
  })();
  if (parsed?.format !== "dlm-figures-1") return refuse("these are no figures of a device");
  for (const key of Object.keys(commonFigures) as (keyof Figures)[]) {
    const value = parsed.figures?.[key];
    if (typeof value !== "number" || !Number.isFinite(value) || value <= 0)
      return refuse(`\`${key}\` must be a positive number`);
  }
  return parsed as MeasuredFigures;
};
