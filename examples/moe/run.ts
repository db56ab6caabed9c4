// Eight experts against one part of the same cost: bits a character of the King James Bible, and who reads what.

import { windowsFrom } from "dlm/runtime";
import type { ArrayBatch, Model, ParamHandle } from "dlm/runtime";
import { drawHeatMap } from "../draw/charts.ts";
import { runAsScript, writePicture } from "../example.ts";
import type { Run } from "../example.ts";
import { openRecipe } from "../open-recipe.ts";
import type { Recipe } from "../open-recipe.ts";
import { drawLearning, learnText, windowLength } from "../text/learn-text.ts";
import { characters, readText } from "../text/read-text.ts";

const experts = 8;

export const run: Run = async ({ seed, small, out }) => {
  const text = readText(small);
  const learn = async (name: string) => {
    const recipe = await openRecipe(new URL("moe.dlm", import.meta.url), name, seed);
    return { recipe, learned: await learnText(recipe, text, small ? 45 : undefined) };
  };
  const sparse = await learn("ExpertsTrainer");
  const dense = await learn("DenseTrainer");
  if (out !== null) {
    const curves = { "eight experts": sparse.learned, "one part": dense.learned };
    await drawLearning(out, "Experts learn faster than one part of the same cost", curves);
    await drawExperts(out, sparse.recipe, text.heldOut);
  }
  return { figures: { bits: sparse.learned.bits, bits_dense: dense.learned.bits } };
};

type Net = Model<ArrayBatch, Float32Array>;

/** The expert of each character of the windows: the one whose silence changes what is said of it. */
const expertsOf = async (net: Net, text: Int32Array): Promise<Int32Array> => {
  const sizes = { T: windowLength };
  const handleOf = (name: string): ParamHandle =>
    Object.entries(net.params).find(([path]) => path.endsWith(`.${name}`))![1];
  const spoken = net.predict({ text }, { sizes }).slice();
  const chosen = new Int32Array(text.length).fill(-1);
  for (let expert = 0; expert < experts; expert++) {
    const restore = await Promise.all(
      ["W2", "b2"].map(async (name) => {
        const handle = handleOf(name);
        const values = await handle.read();
        const width = values.length / experts;
        handle.write(values.slice().fill(0, expert * width, (expert + 1) * width));
        return () => handle.write(values);
      }),
    );
    const silent = net.predict({ text }, { sizes });
    const vocab = silent.length / text.length;
    for (let i = 0; i < silent.length; i++)
      if (silent[i] !== spoken[i]) chosen[Math.floor(i / vocab)] = expert;
    restore.forEach((write) => write());
  }
  return chosen;
};

/** Writes `experts.svg`: for the commonest characters, the share that each expert reads. */
const drawExperts = async (out: string, recipe: Recipe, heldOut: Int32Array): Promise<void> => {
  const data = windowsFrom({ tokens: heldOut, fields: [{ name: "text" }], length: windowLength });
  const text = heldOut.subarray(0, Math.min(data.length, 64) * windowLength);
  const chosen = await expertsOf(recipe.model("net"), text);
  const counts = new Map<number, number[]>();
  text.forEach((id, i) => {
    const row = counts.get(id) ?? Array.from({ length: experts }, () => 0);
    if (chosen[i] !== -1) row[chosen[i]!]!++;
    counts.set(id, row);
  });
  const total = (row: readonly number[]): number => row.reduce((sum, count) => sum + count, 0);
  const common = [...counts].sort(([, a], [, b]) => total(b) - total(a)).slice(0, 24);
  const shares = common.flatMap(([, row]) => row.map((count) => count / Math.max(1, total(row))));
  const picture = await drawHeatMap(
    shares,
    common.map(([id]) => characters[id]!.replace(" ", "space").replace("\n", "end")),
    Array.from({ length: experts }, (_, i) => String(i + 1)),
    { title: "Which expert reads which character", x: "expert", width: 240 },
  );
  writePicture(out, "experts.svg", picture);
};

await runAsScript(import.meta.url, "moe", run);
