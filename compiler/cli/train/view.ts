// What a training run tells the person or program that watches it.

/** Numbers of one round by name; with named steps `disc.loss`, `gen.loss`. */
export type RoundNumbers = Readonly<Record<string, number>>;

/** What is known when training starts. */
export type RunPlan = {
  /** Rounds until the end, and where this run begins (not 0 after `--resume`). */
  readonly rounds: number;
  readonly startRound: number;
  readonly epochs: number;
  readonly roundsPerEpoch: number;
  /** Rounds between two log lines. */
  readonly logEvery: number;
};

export type RoundReport = {
  /** Rounds and passes done, this one included. */
  readonly round: number;
  readonly epoch: number;
  readonly numbers: RoundNumbers;
  /** Examples of this run so far. */
  readonly examples: number;
};

export type EpochReport = {
  readonly epoch: number;
  readonly round: number;
  /** Means over the epoch's rounds. */
  readonly train: RoundNumbers;
  readonly validation: RoundNumbers | null;
  readonly examples: number;
};

/** One way to show a run. Methods are called in the order of the fields, the middle ones many times. */
export type TrainingView = {
  readonly start: (plan: RunPlan) => void;
  readonly round: (report: RoundReport) => void;
  readonly epoch: (report: EpochReport) => void;
  /** Clears what is still drawn; nothing is shown after it. */
  readonly end: () => void;
};
