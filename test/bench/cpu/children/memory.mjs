// Steps of a recipe and predictions of a model, and what they leave on the heap of JavaScript, as JSON. Needs
// `--expose-gc`, and room for what is new to lie until it is counted: `--max-semi-space-size`, `--min-semi-space-size`.

import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";

const [dist, , recipeFile, recipe, modelFile, name, steps] = process.argv.slice(2);
const { compile, instantiate, wasmBackend } = await import(`${dist}/compiler/index.js`);
const { Model, startModel, startTrainer, Trainer } = await import(`${dist}/runtime/index.js`);

const programOf = (file, declared) => {
  const { modules } = compile({ entry: file, read: (path) => readFileSync(path, "utf8") });
  return instantiate(
    modules.find((module) => module.name === declared),
    { backend: wasmBackend },
  );
};
const used = () => getHeapStatistics().used_heap_size;
const left = () => {
  for (let n = 0; n < 3; n++) globalThis.gc();
  return { heap: used(), buffers: process.memoryUsage().arrayBuffers };
};

const trainer = await startTrainer(new Trainer(await programOf(recipeFile, recipe)), {});
const model = await startModel(new Model(await programOf(modelFile, name)), {});
const batch = { x: new Float32Array(64 * 784).fill(0.5), label: new Int32Array(64) };
const inputs = { x: new Float32Array(784).fill(0.5) };
const step = async (count) => {
  for (let n = 0; n < count; n++) await trainer.step(batch);
};
const predict = async (count) => {
  for (let n = 0; n < count; n++) model.predict(inputs);
};

/** New bytes. */
const madeBy = async (run, count) => {
  globalThis.gc();
  const before = used();
  await run(count);
  return used() - before;
};

/** Of each call, of calls too few to be collected between, without what measuring makes itself. */
const newOf = async (run) => {
  const counts = [];
  for (let n = 0; n < 5; n++)
    counts.push(((await madeBy(run, 1000)) - (await madeBy(run, 0))) / 1000);
  return counts.toSorted((a, b) => a - b)[2];
};

// Until it is compiled as well as it gets, and has made what it keeps.
await step(2000);
await predict(20_000);
const perStep = await newOf(step);
const perPrediction = await newOf(predict);
const before = left();
await step(Number(steps));
const after = left();
console.log(
  JSON.stringify({
    perStep,
    perPrediction,
    heap: after.heap - before.heap,
    buffers: after.buffers - before.buffers,
  }),
);
