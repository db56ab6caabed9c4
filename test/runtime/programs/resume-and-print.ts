// A process that resumes every recipe from its checkpoint in a folder and prints the hashes of those they end with.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { instantiate } from "../../../compiler/backends/instantiate.ts";
import { compile } from "../../../compiler/pipeline.ts";
import type { TrainProgram } from "../../../runtime/abi.ts";
import { fit } from "../../../runtime/fit.ts";
import { startTrainer, Trainer } from "../../../runtime/trainer.ts";
import { recipes } from "./resumed-recipes.ts";

const folder = process.argv[2]!;
for (const [name, { text, source }] of Object.entries(recipes)) {
  const { modules } = compile({ entry: "a.dlm", read: () => text });
  const program = (await instantiate(modules.find(({ train }) => train !== null)!)) as TrainProgram;
  const checkpoint = readFileSync(join(folder, name));
  const trainer = await startTrainer(new Trainer<never, object, object>(program), { checkpoint });
  await fit(trainer, { data: source });
  const hash = createHash("sha256").update(await trainer.save());
  console.log(`${name}: ${hash.digest("hex")}`);
}
