// Trains on two threads and disposes of nothing: the process has to end all the same.

import { instantiate } from "../../../compiler/backends/instantiate.ts";
import { createWasmBackend } from "../../../compiler/backends/wasm/index.ts";
import { compile } from "../../../compiler/pipeline.ts";
import type { TrainProgram } from "../../../runtime/abi.ts";
import { startTrainer, Trainer } from "../../../runtime/trainer.ts";

const source = `
model Net(x: [B, 8]) -> [B, 3] {
  return x -> Dense(32) -> relu -> Dense(3)
}

train NetTrainer {
  data x: [B, 8], label: int[B]
  let net = Net()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 1e-3)
  batch: 16
}
`;
const { modules } = compile({ entry: "net.dlm", read: () => source, steps: false });
const module = modules.find(({ train }) => train !== null)!;
const backend = createWasmBackend({ split: 0, wake: 0, line: 4 });
const program = (await instantiate(module, { backend })) as TrainProgram;
type Batch = { readonly x: Float32Array; readonly label: Int32Array };
const trainer = await startTrainer(new Trainer<Batch, object, object>(program), { threads: 2 });
const batch = { x: new Float32Array(8 * 16).fill(0.5), label: new Int32Array(16) };
for (let n = 0; n < 3; n++) await trainer.step(batch);
console.log("trained");
