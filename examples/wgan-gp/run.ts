// `npx tsx examples/wgan-gp/run.ts`: a generator of digits learns from a critic whose slope is held near 1.

import { drawCurves } from "../draw/charts.ts";
import { drawImageGrid } from "../draw/image-grid.ts";
import { runAsScript, writePicture } from "../example.ts";
import type { Run } from "../example.ts";
import { judge, makeDigits, realDigits } from "../gan/judge.ts";
import { curvesOf } from "../gan/losses.ts";
import { pictureData } from "../images.ts";
import { learn, openRecipe } from "../open-recipe.ts";

export const run: Run = async ({ seed, small, out }) => {
  const recipe = await openRecipe(new URL("wgan-gp.dlm", import.meta.url), "WganGp", seed);
  const data = pictureData(await realDigits(), "real", [64]);
  const logs = await learn(recipe, data, small ? { steps: 60 } : {});
  const made = makeDigits(recipe, 16);
  if (out !== null) {
    const grid = { values: made.subarray(0, 64 * 96), height: 8, width: 8 };
    writePicture(out, "made.png", drawImageGrid(grid, { columns: 16, scale: 4 }));
    const curves = curvesOf(logs, { distance: ["critic", "distance"] });
    const title = "Distance of what is made from what is real";
    const svg = await drawCurves(curves, { title, x: "round", y: "critic's estimate" });
    writePicture(out, "distance.svg", svg);
  }
  return { figures: await judge(made, seed) };
};

await runAsScript(import.meta.url, "wgan-gp", run);
