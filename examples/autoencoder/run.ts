// `npx tsx examples/autoencoder/run.ts`: learns to take the noise off pictures of clothes, and draws what comes out.

import { drawImageGrid } from "../draw/image-grid.ts";
import { runAsScript, writePicture } from "../example.ts";
import type { Run } from "../example.ts";
import { between, pictureData, readFashion } from "../images.ts";
import type { Pictures } from "../images.ts";
import { askNet, evaluate, learn, openRecipe } from "../open-recipe.ts";
import type { Recipe } from "../open-recipe.ts";

export const run: Run = async ({ seed, small, out }) => {
  const recipe = await openRecipe(new URL("autoencoder.dlm", import.meta.url), "Denoiser", seed);
  const train = await readFashion("train", small ? 2_000 : 10_000);
  const test = await readFashion("t10k", small ? 500 : 2_000);
  await learn(recipe, pictureData(train, "x", [784]), small ? { epochs: 4 } : {});
  const { clean_error, noisy_error } = await evaluate(recipe, pictureData(test, "x", [784]));
  if (out !== null) writePicture(out, "denoised.png", drawRows(recipe, between(test, 0, 12)));
  return { figures: { clean_error: clean_error!, noisy_error: noisy_error! } };
};

/** Three rows: clean, noisy, and what the network makes of the noisy ones. */
const drawRows = (recipe: Recipe, { pixels, count }: Pictures): Uint8Array => {
  const noisy = askNet(recipe, "spoil", { x: pixels }, count);
  const values = [...pixels, ...noisy, ...askNet(recipe, "net", { x: noisy }, count)];
  return drawImageGrid({ values, height: 28, width: 28 }, { columns: count });
};

await runAsScript(import.meta.url, "autoencoder", run);
