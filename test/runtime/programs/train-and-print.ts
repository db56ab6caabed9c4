// A process that trains for some rounds and prints the hash of its checkpoint.
import { createHash } from "node:crypto";
import { datasetOf } from "../../../runtime/data/dataset.ts";
import { fit } from "../../../runtime/fit.ts";
import { normalAt } from "../../../runtime/random.ts";
import { startTrainer, Trainer } from "../../../runtime/trainer.ts";
import { inputs, linearRecipe, outputs } from "./linear.ts";

const rows = 37;
const values = (count: number, key: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => normalAt(key, 1, 0, i));

const trainer = await startTrainer(
  new Trainer<{ x: Float32Array; y: Float32Array }, object, object>(
    linearRecipe({ settings: { batch: 8, epochs: 4, ema: 0.9, validation: 0.2 } }),
  ),
  { seed: Number(process.argv[2]) },
);
const data = datasetOf([
  ["x", { dtype: "f32", shape: [inputs], values: values(rows * inputs, 1) }],
  ["y", { dtype: "f32", shape: [outputs], values: values(rows * outputs, 2) }],
]);
await fit(trainer, { data: { kind: "table", data } });
console.log(
  createHash("sha256")
    .update(await trainer.save())
    .digest("hex"),
);
