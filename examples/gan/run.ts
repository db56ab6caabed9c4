// `npx tsx examples/gan/run.ts`: two convolutional nets learn against each other to draw digits.

import { drawCurves } from "../draw/charts.ts";
import { drawImageGrid } from "../draw/image-grid.ts";
import { runAsScript, writePicture } from "../example.ts";
import type { Run } from "../example.ts";
import { pictureData } from "../images.ts";
import { learn, openRecipe } from "../open-recipe.ts";
import { judge, makeDigits, realDigits } from "./judge.ts";
import { curvesOf } from "./losses.ts";

export const run: Run = async ({ seed, small, out }) => {
  const recipe = await openRecipe(new URL("gan.dlm", import.meta.url), "Gan", seed);
  const data = pictureData(await realDigits(), "real", [8, 8, 1]);
  const logs = await learn(recipe, data, small ? { steps: 300 } : {});
  const made = makeDigits(recipe, 24);
  if (out !== null) {
    const grid = { values: made.subarray(0, 64 * 96), height: 8, width: 8 };
    writePicture(out, "made.png", drawImageGrid(grid, { columns: 16, scale: 4 }));
    const losses = curvesOf(logs, { discriminator: ["disc", "loss"], generator: ["gen", "loss"] });
    writePicture(
      out,
      "losses.svg",
      await drawCurves(losses, { title: "Losses", x: "round", y: "loss" }),
    );
  }
  return { figures: await judge(made, seed) };
};

await runAsScript(import.meta.url, "gan", run);
