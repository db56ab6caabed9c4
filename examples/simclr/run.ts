// `npx tsx examples/simclr/run.ts`: features of clothes learned without labels, and what a linear classifier makes of them.

import { drawImageGrid } from "../draw/image-grid.ts";
import { runAsScript, writePicture } from "../example.ts";
import type { Run } from "../example.ts";
import { between, halved, pictureData, readFashion } from "../images.ts";
import type { Pictures } from "../images.ts";
import { askNet, evaluate, learn, openRecipe } from "../open-recipe.ts";
import type { Recipe } from "../open-recipe.ts";
import { nearest } from "./nearest.ts";

const file = new URL("simclr.dlm", import.meta.url);

export const run: Run = async ({ seed, small, out }) => {
  const recipe = await openRecipe(file, "SimClr", seed);
  const train = halved(await readFashion("train", small ? 2_000 : 10_000));
  const test = halved(await readFashion("t10k", small ? 1_000 : 5_000));
  const labelled = between(train, 0, 1_000);
  const random_accuracy = await probe(recipe, labelled, test, seed);
  await learn(recipe, pictureData(train, "image", [14, 14, 1]), small ? { epochs: 3 } : {});
  const accuracy = await probe(recipe, labelled, test, seed);
  if (out !== null) writePicture(out, "neighbours.png", drawNeighbours(recipe, test));
  return { figures: { accuracy, random_accuracy } };
};

/** Test accuracy of a linear classifier on the encoder's features as they are now. */
const probe = async (
  recipe: Recipe,
  labelled: Pictures,
  test: Pictures,
  seed: number,
): Promise<number> => {
  const classifier = await openRecipe(file, "Probe", seed);
  await learn(classifier, pictureData(encoded(recipe, labelled), "features", [128]));
  const data = pictureData(encoded(recipe, test), "features", [128]);
  return (await evaluate(classifier, data))["accuracy"]!;
};

/** The pictures with their features, `[count, 128]`, in place of pixels. */
const encoded = (recipe: Recipe, pictures: Pictures): Pictures => ({
  ...pictures,
  pixels: askNet(recipe, "encode", { image: pictures.pixels }, pictures.count),
});

/** Rows of test pictures: one of each class, then the seven others whose features are most like its own. */
const drawNeighbours = (recipe: Recipe, test: Pictures): Uint8Array => {
  const { pixels: features } = encoded(recipe, test);
  const rows = Array.from({ length: 10 }, (_, label) =>
    nearest(features, test.count, test.labels.indexOf(label), 8),
  );
  const values = rows.flat().flatMap((row) => [...between(test, row, row + 1).pixels]);
  return drawImageGrid({ values, height: 14, width: 14 }, { columns: 8, scale: 3 });
};

await runAsScript(import.meta.url, "simclr", run);
