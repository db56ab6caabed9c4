// Any number of generated programs, for long runs outside the tests: `npx tsx test/fuzz/many.ts --count 50000 --from 1`.
// Failures are printed and kept in `.cache/fuzz`; the run goes on. With `--backend webgpu` they run on SwiftShader alone.

import { parseArgs } from "node:util";
import { swiftShaderGpu } from "../backends/wgsl/device.ts";
import { checkOn, checkWasm } from "./device.ts";
import { failureOf } from "./report.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    backend: { type: "string", default: "typescript" },
  },
});
const [count, from] = [Number(values.count), Number(values.from)];

const unsteady: string[] = [];
const check =
  values.backend === "webgpu"
    ? checkOn(swiftShaderGpu(), (verdict) => unsteady.push(verdict))
    : values.backend === "wasm"
      ? checkWasm((verdict) => unsteady.push(verdict))
      : undefined;

let failed = 0;
const start = performance.now();
for (let n = 1; n <= count; n++) {
  const failure = await failureOf(from + n - 1, check);
  if (failure !== null) {
    failed++;
    console.log(failure);
  }
  if (n % 100 === 0 || n === count) {
    const seconds = (performance.now() - start) / 1000;
    const cpu = process.cpuUsage();
    const used = (cpu.user + cpu.system) / 1e6;
    console.log(
      `${n} programs, seeds ${from} to ${from + n - 1}: ${failed} wrong; ${seconds.toFixed(0)} s, ${((1000 * used) / n).toFixed(0)} ms of processor time each`,
    );
  }
}
if (unsteady.length > 0) console.log(`moved by rounding alone:\n${unsteady.join("\n")}`);
process.exitCode = failed > 0 ? 1 : 0;
