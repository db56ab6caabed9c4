// A classifier of real digits, and what it says of made ones.

import { normalAt, streamKey } from "dlm/runtime";
import type { Figures } from "../example.ts";
import { between, pictureData, readDigits } from "../images.ts";
import type { Pictures } from "../images.ts";
import { askNet, evaluate, learn, openRecipe } from "../open-recipe.ts";
import type { Recipe } from "../open-recipe.ts";

/** The digits to learn from; the last 360 test the judge. */
export const realDigits = async (): Promise<Pictures> => between(await readDigits(), 0, 1_437);

/** A thousand digits of 64 pixels from normal noise of the recipe's seed, `width` numbers each, by its net `G`. */
export const makeDigits = (recipe: Recipe, width: number): Float32Array => {
  const [key0, key1] = streamKey("made digits", recipe.seed, 0);
  const z = Float32Array.from({ length: 1_000 * width }, (_, i) => normalAt(key0, key1, 0, i));
  return askNet(recipe, "G", { z }, 1_000);
};

const classifier = new URL("../digits/mlp.dlm", import.meta.url);
const classes = 10;
/** Of a thousand made digits, a class needs as many to count. */
const fewest = 20;

/**
 * Trains the network of examples/digits/mlp.dlm on real digits and shows it a thousand made ones, `[1000, 64]`. Figures: its
 * own accuracy on 360 real ones, its mean confidence (the largest probability of a made digit), and how many classes it assigns
 * at least 20 of them to.
 */
export const judge = async (made: Float32Array, seed: number): Promise<Figures> => {
  const recipe = await openRecipe(classifier, "DigitsTrainer", seed);
  const digits = await readDigits();
  await learn(recipe, pictureData(between(digits, 0, 1_437), "x", [64]));
  const { accuracy } = await evaluate(
    recipe,
    pictureData(between(digits, 1_437, 1_797), "x", [64]),
  );
  const verdicts = verdictsOf(askNet(recipe, "net", { x: made }, made.length / 64));
  const counts = Array.from(
    { length: classes },
    (_, label) => verdicts.filter((verdict) => verdict.label === label).length,
  );
  const sure = verdicts.reduce((sum, { confidence }) => sum + confidence, 0);
  return {
    judge_accuracy: accuracy!,
    confidence: sure / verdicts.length,
    classes: counts.filter((count) => count >= fewest).length,
  };
};

type Verdict = { readonly label: number; readonly confidence: number };

/** Class and probability of the largest logit of each row. */
const verdictsOf = (logits: Float32Array): readonly Verdict[] =>
  Array.from({ length: logits.length / classes }, (_, row) => {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const top = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
    return { label: scores.indexOf(top), confidence: 1 / total };
  });
