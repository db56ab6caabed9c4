// Prints, as JSON, bytes of the heap of JavaScript for each call while a compiled model predicts, and of what is left after
// predictions and steps. Needs `--expose-gc`.
import { instantiate } from "../../../compiler/backends/instantiate.ts";
import { wasmBackend } from "../../../compiler/backends/wasm/index.ts";
import { compile } from "../../../compiler/pipeline.ts";
import type { ModelProgram, TrainProgram } from "../../../runtime/abi.ts";
import { Model, startModel } from "../../../runtime/model.ts";
import { startTrainer, Trainer } from "../../../runtime/trainer.ts";

const calls = 10_000;
const text = `model Net(x: [B, 5]) -> [B, 3] { return x -> Dense(37) -> tanh -> Dense(3) }
train Fit {
  data x: [B, 5], y: [B, 3]
  let net = Net()
  minimize mean((net(x) - y)^2) using Adam(lr = 0.01)
}`;

const collect = globalThis.gc!;
const used = (): number => process.memoryUsage().heapUsed;
const left = (): number => {
  collect();
  collect();
  return used();
};

const { modules } = compile({ entry: "a.dlm", read: () => text });
const [net, fit] = await Promise.all(
  modules.map((module) => instantiate(module, { backend: wasmBackend })),
);
const model = await startModel(
  new Model<{ readonly x: Float32Array }, Float32Array>(net as ModelProgram),
  { warmup: { B: 7 } },
);
type Batch = { readonly x: Float32Array; readonly y: Float32Array };
const trainer = await startTrainer(new Trainer<Batch, object, object>(fit as TrainProgram), {});
const batch: Batch = { x: new Float32Array(35).fill(0.5), y: new Float32Array(21) };
const views = model.inputs({ B: 7 });

const predict = (): void => {
  for (let n = 0; n < calls; n++) {
    views.x.fill(n / calls);
    model.predict(views);
  }
};
const step = async (): Promise<void> => {
  for (let n = 0; n < calls; n++) await trainer.step(batch);
};

predict();
await step();
const before = left();
predict();
const perCall = (used() - before) / calls;
const afterPredictions = left() - before;
await step();
const afterSteps = left() - before;
console.log(JSON.stringify({ perCall, afterPredictions, afterSteps }));
