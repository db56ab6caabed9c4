// A process ends by itself once nothing is left to do, whether it let go of its device or not.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { hasSwiftShader, needsSwiftShader } from "../backends/wgsl/device.ts";

const execute = promisify(execFile);
const script = fileURLToPath(new URL("programs/train-and-end.ts", import.meta.url));

test.skipIf(!hasSwiftShader).each(["dispose", "keep"])(
  `a process that trained ends: %s (${needsSwiftShader})`,
  async (way) => {
    // Rejects where the process has to be killed, or ends with anything but 0.
    const { stdout } = await execute(process.execPath, ["--import", "tsx", script, way], {
      timeout: 60_000,
    });
    const losses = stdout.trim().split("\n").map(Number);
    expect(losses).toHaveLength(2);
    expect(losses[1]).toBeLessThan(losses[0]!);
  },
);
