// An LSTM learns to tell the next character of the King James Bible, and is measured on its end.

import { runAsScript } from "../example.ts";
import type { Run } from "../example.ts";
import { openRecipe } from "../open-recipe.ts";
import { drawLearning, learnText } from "../text/learn-text.ts";
import { readText } from "../text/read-text.ts";

export const run: Run = async ({ seed, small, out }) => {
  const recipe = await openRecipe(new URL("char-lstm.dlm", import.meta.url), "CharTrainer", seed);
  const learned = await learnText(recipe, readText(small), small ? 60 : undefined);
  await drawLearning(out, "An LSTM learns to tell the next character", { LSTM: learned });
  return { figures: { bits: learned.bits } };
};

await runAsScript(import.meta.url, "char-lstm", run);
