// `npx tsx examples/function-fit/run.ts`: learns the curve and draws it into curve.svg.

import { writeFileSync } from "node:fs";
import { fitCurve, noise } from "./fit-curve.ts";
import { plot } from "./plot.ts";

const target = process.argv[2] ?? "curve.svg";
const started = performance.now();
const { points, grid, learned, distance, metrics } = await fitCurve({
  onEpoch: (epoch, log) => {
    if (epoch % 25 === 0) console.log(`epoch ${epoch}   rmse ${log?.rmse.toFixed(4)}`);
  },
});
const seconds = (performance.now() - started) / 1000;
console.log(`\nrmse on the points ${metrics.rmse.toFixed(4)} (their noise is ${noise})`);
console.log(`distance from the true curve ${distance.toFixed(4)}, in ${seconds.toFixed(1)} s`);
const title = "A network with three hidden layers learns a curve from 1,024 noisy points";
writeFileSync(target, await plot(points, grid, learned, title));
console.log(`wrote ${target}`);
