// A recipe's program into an object that trains, with its nets by name.

import type { ModelProgram, TrainProgram } from "../../../runtime/abi.ts";
import type { ArrayBatch } from "../../../runtime/data/dataset.ts";
import { Model } from "../../../runtime/model.ts";
import { SteppedModel } from "../../../runtime/stepped-model.ts";
import { Trainer } from "../../../runtime/trainer.ts";
import type { Store, TensorData } from "../../../runtime/store.ts";
import type { RoundNumbers } from "./view.ts";

/** `{ step, epoch, loss, penalty, … }`; with named steps an object of them for each. */
export type TrainerLog = { readonly step: number; readonly epoch: number } & {
  readonly [name: string]: number | RoundNumbers;
};

/** One array, or named results. */
export type NetOutput = TensorData | Readonly<Record<string, TensorData>>;
export type Net = Model<ArrayBatch, NetOutput>;
export type SteppedNet = SteppedModel<ArrayBatch, NetOutput, string, ArrayBatch>;

/** A model that steps where its program can. */
export const netOf = (program: ModelProgram, store?: Store, prefix?: string): Net =>
  program.stepping === undefined
    ? new Model<ArrayBatch, NetOutput>(program, store, prefix)
    : new SteppedModel<ArrayBatch, NetOutput, string, ArrayBatch>(program, store, prefix);

export const isStepped = (net: Net): net is SteppedNet => net instanceof SteppedModel;

export class RecipeTrainer extends Trainer<ArrayBatch, TrainerLog, RoundNumbers> {
  readonly nets: ReadonlyMap<string, Net>;

  constructor(program: TrainProgram) {
    super(program);
    this.nets = new Map(program.nets.map(({ name }) => [name, netOf(...this.partsOf(name))]));
  }
}

/** The numbers of a round by name: `loss`, or `disc.loss`; a penalty only where there is one. */
export const roundNumbers = (log: TrainerLog): RoundNumbers => {
  const numbers: Record<string, number> = {};
  for (const [name, value] of Object.entries(log)) {
    if (name === "step" || name === "epoch") continue;
    if (typeof value === "number") numbers[name] = value;
    else for (const [inner, number] of Object.entries(value)) numbers[`${name}.${inner}`] = number;
  }
  return Object.fromEntries(
    Object.entries(numbers).filter(
      ([name, value]) => !(value === 0 && (name === "penalty" || name.endsWith(".penalty"))),
    ),
  );
};
