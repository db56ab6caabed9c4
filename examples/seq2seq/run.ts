// Dates as people write them into dates by ISO 8601: which share of unseen days comes out right, letter by letter.

import { datasetOf } from "dlm/runtime";
import type { ArrayBatch, Dataset, Model } from "dlm/runtime";
import { drawHeatMap } from "../draw/charts.ts";
import { runAsScript, writePicture } from "../example.ts";
import type { Run } from "../example.ts";
import { learn, openRecipe } from "../open-recipe.ts";
import { alphabet, drawDates, sourceLength, targetLength } from "./dates.ts";
import type { Pair } from "./dates.ts";

type Outputs = { readonly logits: Float32Array; readonly seen: Float32Array };
type Translator = Model<ArrayBatch, Outputs>;

const sizes = { S: sourceLength, T: targetLength };
const learnedCount = 10_000;
const testCount = 1000;

const idsOf = (texts: readonly string[], length: number): Int32Array =>
  Int32Array.from(texts.flatMap((text) => [...text.padEnd(length)].map(idOf)));

const idOf = (character: string): number => alphabet.indexOf(character);

const sourcesOf = (pairs: readonly Pair[]): Int32Array =>
  idsOf(
    pairs.map(({ source }) => source),
    sourceLength,
  );

/** What is to be written, and as `given` the same one place later. */
const examplesOf = (pairs: readonly Pair[]): Dataset => {
  const column = (length: number, values: Int32Array) => ({
    dtype: "i32" as const,
    shape: [length],
    values,
  });
  const targets = pairs.map(({ target }) => target);
  const given = targets.map((target) => ` ${target.slice(0, -1)}`);
  return datasetOf([
    ["source", column(sourceLength, sourcesOf(pairs))],
    ["given", column(targetLength, idsOf(given, targetLength))],
    ["target", column(targetLength, idsOf(targets, targetLength))],
  ]);
};

/** Writes letter by letter, each the likeliest after those before it. `seen` is of the last letter's pass. */
const translate = (
  net: Translator,
  pairs: readonly Pair[],
): { readonly texts: readonly string[]; readonly seen: Float32Array } => {
  const source = sourcesOf(pairs);
  const given = new Int32Array(pairs.length * targetLength);
  const texts = pairs.map(() => "");
  let seen = new Float32Array();
  for (let t = 0; t < targetLength; t++) {
    const result = net.predict({ source, given }, { sizes });
    texts.forEach((_, row) => {
      const from = (row * targetLength + t) * alphabet.length;
      const scores = result.logits.subarray(from, from + alphabet.length);
      const best = scores.indexOf(Math.max(...scores));
      texts[row] += alphabet[best]!;
      if (t + 1 < targetLength) given[row * targetLength + t + 1] = best;
    });
    seen = result.seen.slice();
  }
  return { texts, seen };
};

export const run: Run = async ({ seed, small, out }) => {
  const recipe = await openRecipe(new URL("seq2seq.dlm", import.meta.url), "DateTrainer", seed);
  const pairs = drawDates(learnedCount + testCount);
  await learn(recipe, examplesOf(pairs.slice(0, learnedCount)), {
    epochs: Infinity,
    ...(small ? { steps: 120 } : {}),
  });
  const net: Translator = recipe.model("net");
  const tested = pairs.slice(learnedCount, small ? learnedCount + 200 : undefined);
  const told = tested.map(() => "");
  for (let from = 0; from < tested.length; from += 100) {
    const { texts } = translate(net, tested.slice(from, from + 100));
    texts.forEach((text, i) => (told[from + i] = text));
  }
  const right = (text: string, row: number): number =>
    [...text].filter((character, t) => character === tested[row]!.target[t]).length;
  const letters = told.map(right);
  if (out !== null) await drawAttention(out, net, tested[0]!);
  return {
    figures: {
      exact: letters.filter((count) => count === targetLength).length / told.length,
      characters: letters.reduce((sum, count) => sum + count, 0) / told.length / targetLength,
    },
  };
};

/** Writes `attention.svg`: where the network looks as it writes each letter. */
const drawAttention = async (out: string, net: Translator, pair: Pair): Promise<void> => {
  const { texts, seen } = translate(net, [pair]);
  const picture = await drawHeatMap(seen, [...texts[0]!], [...pair.source.padEnd(sourceLength)], {
    title: "Where the network looks (columns) as it writes each letter (rows)",
  });
  writePicture(out, "attention.svg", picture);
};

await runAsScript(import.meta.url, "seq2seq", run);
