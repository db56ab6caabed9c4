// A recipe that tells the next character, trained and then measured on the text held out.

import { fit, windowsFrom, windowSource } from "dlm/runtime";
import { drawCurves } from "../draw/charts.ts";
import { writePicture } from "../example.ts";
import { evaluate, timed } from "../open-recipe.ts";
import type { Recipe } from "../open-recipe.ts";
import type { Text } from "./read-text.ts";

/** Characters of a window, in every recipe here. */
export const windowLength = 64;

export type Learned = {
  /** Bits a character on the text held out. */
  readonly bits: number;
  /** The same on the text learned from, as the training goes. */
  readonly curve: { readonly steps: readonly number[]; readonly bits: readonly number[] };
};

/** Takes the recipe's updates, or `steps`; says a line ten times. */
export const learnText = async (recipe: Recipe, text: Text, steps?: number): Promise<Learned> => {
  const { fields, seed, settings } = recipe;
  const total = steps ?? settings.steps!;
  const every = Math.ceil(total / 60);
  const curve = { steps: [] as number[], bits: [] as number[] };
  let sum = 0;
  await timed(() =>
    fit(recipe, {
      data: windowSource({ tokens: text.learned, fields, length: windowLength }, seed),
      settings: { epochs: Infinity, logEvery: 1, steps: total },
      onLog: ({ step, bits }) => {
        sum += bits as number;
        if ((step as number) % every !== 0) return;
        curve.steps.push(step as number);
        curve.bits.push(sum / every);
        sum = 0;
        if (curve.steps.length % 6 === 0)
          console.log(`step ${step as number}/${total} bits ${curve.bits.at(-1)!.toPrecision(4)}`);
      },
    }),
  );
  return { bits: await measure(recipe, text.heldOut), curve };
};

const measure = async (recipe: Recipe, tokens: Int32Array): Promise<number> => {
  const data = windowsFrom({ tokens, fields: recipe.fields, length: windowLength });
  return (await evaluate(recipe, data))["bits"]!;
};

/** Writes `loss.svg`. */
export const drawLearning = async (
  out: string | null,
  title: string,
  learned: Readonly<Record<string, Learned>>,
): Promise<void> => {
  if (out === null) return;
  const lines = Object.entries(learned).map(([name, { curve }]) => ({
    name,
    x: curve.steps,
    y: curve.bits,
  }));
  const axes = { title, x: "update", y: "bits a character" };
  writePicture(out, "loss.svg", await drawCurves(lines, axes));
};
