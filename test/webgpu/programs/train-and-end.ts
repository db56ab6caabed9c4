// A process that trains two steps on SwiftShader, lets go of the device where it is told to, and has nothing left to do.

import { instantiate } from "../../../compiler/backends/instantiate.ts";
import { compile } from "../../../compiler/pipeline.ts";
import type { TrainProgram } from "../../../runtime/abi.ts";
import { startTrainer, Trainer } from "../../../runtime/trainer.ts";
import { swiftShaderGpu } from "../../backends/wgsl/device.ts";
import { onSwiftShader } from "../targets.ts";

const text = `
model Net(x: [B, 3]) -> [B, 1] { return x -> Dense(1) }
train Fit {
  data x: [B, 3]
  let net = Net()
  minimize mean((net(x) - 1)^2) using Sgd(lr = 0.1)
}`;
const { modules } = compile({ entry: "a.dlm", read: () => text });
const recipe = modules.find(({ train }) => train !== null)!;
const program = (await instantiate(recipe, { backend: onSwiftShader })) as TrainProgram;
type Log = { readonly loss: number };
const trainer = await startTrainer(new Trainer<object, Log, object>(program), {
  gpu: swiftShaderGpu(),
});
for (let n = 0; n < 2; n++) {
  const { loss } = await trainer.step({ x: Float32Array.of(1, 2, 3, -1, 0, 1) });
  console.log(loss);
}
if (process.argv[2] === "dispose") trainer.dispose();
