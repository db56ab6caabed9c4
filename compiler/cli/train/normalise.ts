// The scaling of inputs that a run uses: fitted on what it learns from, or found in the checkpoint it goes on from.

import type { TrainProgram } from "../../../runtime/abi.ts";
import { filterRows, piecesOf } from "../../../runtime/data/filter.ts";
import {
  fitNormalisation,
  noteNormalisation,
  readNormalisation,
} from "../../../runtime/data/normalise.ts";
import type { Normalisation, NormaliseKind } from "../../../runtime/data/normalise.ts";
import { setAsideTest, splitRows } from "../../../runtime/data/order.ts";
import type { Source } from "../../../runtime/data/dataset.ts";
import { UserError } from "../exit-code.ts";
import type { Examples } from "./examples.ts";
import type { RecipeTrainer } from "./recipe-trainer.ts";

/** Float fields that a net takes as its input by name; else the first float field. Targets keep their unit. */
export const inputFields = ({ fields, nets }: TrainProgram): readonly string[] => {
  const floats = fields.filter(({ dtype }) => dtype === "f32").map(({ name }) => name);
  const taken = new Set(nets.flatMap(({ forward }) => forward.data.map(({ name }) => name)));
  const inputs = floats.filter((name) => taken.has(name));
  return inputs.length > 0 ? inputs : floats.slice(0, 1);
};

export const isNormaliseKind = (word: string): word is NormaliseKind =>
  word === "standard" || word === "minmax";

/** What a share for validation leaves. */
const learnedOf = ({ length, source }: Examples, share: number, seed: number): Source => {
  if (source.kind === "stream") {
    const isSetAside = setAsideTest(share, seed);
    return filterRows(source, (row) => !isSetAside(row));
  }
  const learned = new Set(splitRows(length, share, seed).train);
  return filterRows(source, (row) => learned.has(row));
};

/** `train` may hold the validation share: it is left out of the fit. */
export const normalisationFor = async (
  program: TrainProgram,
  trainer: RecipeTrainer,
  train: Examples,
  how: string,
  resumed: boolean,
): Promise<Normalisation> => {
  const noted = readNormalisation(trainer.metadata);
  if (resumed) return noted;
  if (!isNormaliseKind(how)) return new Map();
  const names = inputFields(program);
  if (names.length === 0)
    throw new UserError(
      `--normalize ${how}: the recipe has no input that holds numbers with a fraction`,
    );
  const { validation } = trainer.settings;
  const fitted = await fitNormalisation(
    piecesOf(validation === 0 ? train.source : learnedOf(train, validation, trainer.seed)),
    names.map((name) => [name, how] as const),
  );
  noteNormalisation(trainer.metadata, fitted);
  return fitted;
};
