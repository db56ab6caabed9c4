// A small GPT learns to tell the next character of the King James Bible, and is measured on its end.

import { runAsScript } from "../example.ts";
import type { Run } from "../example.ts";
import { openRecipe } from "../open-recipe.ts";
import { drawLearning, learnText } from "../text/learn-text.ts";
import { readText } from "../text/read-text.ts";

export const run: Run = async ({ seed, small, out }) => {
  const recipe = await openRecipe(new URL("gpt.dlm", import.meta.url), "GptTrainer", seed);
  const learned = await learnText(recipe, readText(small), small ? 60 : undefined);
  await drawLearning(out, "A small GPT learns to tell the next character", { GPT: learned });
  return { figures: { bits: learned.bits } };
};

await runAsScript(import.meta.url, "gpt", run);
