// `npx tsx examples/vae/run.ts`: learns two numbers for every picture of clothes, and draws their plane.

import type { ArrayBatch, Model } from "dlm/runtime";
import { drawPoints } from "../draw/charts.ts";
import { drawImageGrid } from "../draw/image-grid.ts";
import { runAsScript, writePicture } from "../example.ts";
import type { Run } from "../example.ts";
import { between, fashionNames, pictureData, readFashion } from "../images.ts";
import type { Pictures } from "../images.ts";
import { askNet, evaluate, learn, openRecipe } from "../open-recipe.ts";
import type { Recipe } from "../open-recipe.ts";

export const run: Run = async ({ seed, small, out }) => {
  const recipe = await openRecipe(new URL("vae.dlm", import.meta.url), "Vae", seed);
  const train = await readFashion("train", small ? 2_000 : 10_000);
  const test = await readFashion("t10k", small ? 500 : 2_000);
  await learn(recipe, pictureData(train, "x", [784]), small ? { epochs: 5 } : {});
  const { nelbo, kl } = await evaluate(recipe, pictureData(test, "x", [784]));
  if (out !== null) {
    writePicture(out, "codes.svg", await drawCodes(recipe, between(test, 0, 400)));
    writePicture(out, "plane.png", drawPlane(recipe, 12));
  }
  return { figures: { nelbo: nelbo!, kl: kl! } };
};

type Code = { readonly mu: Float32Array; readonly logvar: Float32Array };

/** Where test pictures lie in the plane of codes. */
const drawCodes = async (recipe: Recipe, { pixels, labels }: Pictures): Promise<string> => {
  const encode: Model<ArrayBatch, Code> = recipe.model("encode");
  const { mu } = await encode.forward({ x: pixels });
  const names = Array.from(labels, (label) => fashionNames[label]!);
  return drawPoints(mu, names, { title: "Codes of test pictures", x: "z₁", y: "z₂" });
};

/** What the decoder makes of `side * side` codes, evenly spread from -2.5 to 2.5 (left to right, bottom to top). */
const drawPlane = (recipe: Recipe, side: number): Uint8Array => {
  const at = (i: number): number => -2.5 + (5 * i) / (side - 1);
  const codes = Array.from({ length: side * side }, (_, i) => [
    at(i % side),
    -at(Math.floor(i / side)),
  ]);
  const z = Float32Array.from(codes.flat());
  const logits = askNet(recipe, "decode", { z }, side * side);
  const values = logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  return drawImageGrid({ values, height: 28, width: 28 }, { columns: side, scale: 1, gap: 0 });
};

await runAsScript(import.meta.url, "vae", run);
