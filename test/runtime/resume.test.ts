// A run that goes on from any of its checkpoints gives the bits, logs and metrics of the run that never stopped.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch, Source } from "../../runtime/data/dataset.ts";
import { fit, type EpochReport, type FitReport } from "../../runtime/fit.ts";
import { startTrainer, Trainer, type TrainerOptions } from "../../runtime/trainer.ts";
import { compileRecipe, type Numbers } from "./recipe.ts";
import { recipes } from "./programs/resumed-recipes.ts";

type Checkpoint = {
  readonly bytes: Uint8Array;
  readonly executions: number;
  readonly epoch: number;
};
type Run = {
  readonly final: Uint8Array;
  readonly report: FitReport<Numbers>;
  readonly logs: readonly Numbers[];
  readonly epochs: readonly EpochReport<Numbers, Numbers>[];
  /** One after each execution, and those of the loop. */
  readonly checkpoints: readonly Checkpoint[];
};

/** Saves itself after each execution, wherever in a round or an epoch that is. */
class SavingTrainer extends Trainer<ArrayBatch, Numbers, Numbers> {
  readonly checkpoints: Checkpoint[] = [];
  override async step(batch: ArrayBatch): Promise<Numbers> {
    const log = await super.step(batch);
    this.checkpoints.push({ ...this.progress, bytes: await this.save() });
    return log;
  }
}

const train = async (
  program: TrainProgram,
  data: Source,
  options: TrainerOptions,
): Promise<Run> => {
  const trainer = await startTrainer(new SavingTrainer(program), options);
  const { checkpoints } = trainer;
  const logs: Numbers[] = [];
  const epochs: EpochReport<Numbers, Numbers>[] = [];
  const report = await fit(trainer, {
    data,
    settings: { logEvery: 1 },
    onLog: (log) => void logs.push(log),
    onEpoch: (epoch) => void epochs.push(epoch),
    onCheckpoint: async (bytes) => void checkpoints.push({ ...trainer.progress, bytes }),
  });
  return { final: await trainer.save(), report, logs, epochs, checkpoints };
};

/** The recipes, each compiled and trained without a stop. */
const runs = Object.entries(recipes).map(([name, { text, source }]) => {
  const compiled = compileRecipe(text);
  const straight = compiled.then((program) => train(program, source, { seed: 3 }));
  return { name, source, compiled, straight };
});

test.each(runs)(
  "$name: resumes from every checkpoint",
  { timeout: 300_000 },
  async ({ source, ...run }) => {
    const [program, straight] = [await run.compiled, await run.straight];
    expect(straight.checkpoints.length).toBeGreaterThan(8);
    for (const { bytes, executions, epoch } of straight.checkpoints) {
      const at = `from ${executions} executions, ${epoch} epochs`;
      const resumed = await train(program, source, { checkpoint: bytes });
      expect(Buffer.compare(resumed.final, straight.final), at).toBe(0);
      expect(resumed.report, at).toEqual(straight.report);
      const roundsDone = roundsOf(program, executions);
      expect(resumed.logs, at).toEqual(straight.logs.slice(roundsDone));
      // An epoch's last log is not known to a run that begins after it.
      const fields = ({ log: _, ...rest }: EpochReport<Numbers, Numbers>) => rest;
      expect(resumed.epochs.map(fields), at).toEqual(straight.epochs.slice(epoch).map(fields));
    }
  },
);

test("every recipe resumes in another process", { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "dlm-resume-"));
  const expected: string[] = [];
  try {
    for (const { name, straight } of runs) {
      const { checkpoints, final } = await straight;
      writeFileSync(join(folder, name), checkpoints[Math.floor(checkpoints.length / 2)]!.bytes);
      expected.push(`${name}: ${createHash("sha256").update(final).digest("hex")}\n`);
    }
    const script = fileURLToPath(new URL("programs/resume-and-print.ts", import.meta.url));
    const printed = execFileSync(process.execPath, ["--import", "tsx", script, folder]);
    expect(printed.toString()).toBe(expected.join(""));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Rounds that are whole after so many executions. */
const roundsOf = ({ steps, settings }: TrainProgram, executions: number): number =>
  Math.floor(
    executions / (settings.accumulate * steps.reduce((sum, { repeat }) => sum + repeat, 0)),
  );
