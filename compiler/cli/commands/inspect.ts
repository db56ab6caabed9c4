// `dlm inspect`: shapes, parameters, FLOPs, bytes and kernels, layer by layer.

import { createPlaces } from "../../backends/places.ts";
import { lower } from "../../lower/lower.ts";
import { measuredOf, targetOf } from "../backends.ts";
import type { BackendOptions } from "../backends.ts";
import { compileFile, modulesNamed } from "../compile-file.ts";
import { exitCode } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { layerCode } from "../inspect/layer-code.ts";
import { gpuChoices } from "../inspect/launch-rows.ts";
import { reportOf, reportText } from "../inspect/report.ts";
import type { Terminal } from "../terminal.ts";

export type InspectOptions = {
  readonly name?: string;
  readonly layer?: string;
  readonly batch?: number;
  readonly json?: boolean;
} & BackendOptions;

/** Examples per batch to count for when a model leaves them open. */
const countedBatch = 1;

export const runInspect = async (
  terminal: Terminal,
  file: string,
  { name, layer, batch, json = false, ...options }: InspectOptions,
): Promise<ExitCode> => {
  const settings = batch === undefined ? {} : { settings: { batch } };
  const target = targetOf(options);
  const { modules, textOf } = compileFile(terminal, file, { json, ...settings, ...target });
  const wanted = modulesNamed(modules, name);
  const plans = wanted.map((module) => lower(module, { target: target.backend.costs }));
  const gpu = gpuChoices(measuredOf(options));
  if (layer !== undefined) {
    terminal.out(await layerCode(plans, layer, textOf, target.backend.target, gpu.choicesFor));
    return exitCode.ok;
  }
  const places = createPlaces(textOf);
  const reports = plans.map((plan) =>
    reportOf(
      plan,
      plan.module.train === null ? (batch ?? countedBatch) : (batch ?? null),
      places,
      gpu,
    ),
  );
  terminal.out(
    json
      ? `${JSON.stringify(reports, null, 2)}\n`
      : `${reports.map(reportText).join("\n").trimEnd()}\n`,
  );
  return exitCode.ok;
};
