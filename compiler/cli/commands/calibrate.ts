// `dlm calibrate`: what things cost on the GPU of this machine, as a file.

import { calibrate } from "../../../runtime/webgpu/calibrate.ts";
import { deviceFor } from "../backends.ts";
import { exitCode } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { shownPath, writeText } from "../files.ts";
import type { Terminal } from "../terminal.ts";

export type CalibrateOptions = { readonly out: string; readonly json?: boolean };

export const runCalibrate = async (
  terminal: Terminal,
  { out, json = false }: CalibrateOptions,
): Promise<ExitCode> => {
  const measured = await calibrate(await deviceFor({ backend: "webgpu" }, "f32"));
  const text = `${JSON.stringify(measured, null, 2)}\n`;
  if (json) {
    terminal.out(text);
    return exitCode.ok;
  }
  writeText(terminal, out, text);
  const { multiplyAddsPerSecond, bytesCopiedPerSecond, launchMicroseconds } = measured.rates;
  terminal.err(
    `${shownPath(terminal, out)}: ${measured.device}, ${(multiplyAddsPerSecond / 1e9).toPrecision(3)} billion multiply-adds and ${(bytesCopiedPerSecond / 1e9).toPrecision(3)} GB copied a second, ${launchMicroseconds.toPrecision(2)} µs a launch\n`,
  );
  return exitCode.ok;
};
