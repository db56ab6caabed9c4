// Targets by the names they have on a command line, and what a target needs of this machine.

import { Option } from "commander";
import type { Backend } from "../backends/backend.ts";
import { backends } from "../backends/by-name.ts";
import type { BackendName } from "../backends/by-name.ts";
import type { DeviceOptions } from "../../runtime/host.ts";
import { UserError } from "./exit-code.ts";

export type BackendOptions = { readonly backend?: BackendName };

export const backendOf = ({ backend = "typescript" }: BackendOptions): Backend => backends[backend];

export const backendOption = (what: string): Option =>
  new Option("--backend <target>", what).choices(Object.keys(backends)).default("typescript");

/** A GPU for what is to run on one; the package that finds it is the user's to install. */
export const deviceFor = async ({ backend }: BackendOptions): Promise<DeviceOptions> => {
  if (backend !== "webgpu") return {};
  const dawn = await import("webgpu").catch((cause: unknown) => {
    throw new UserError(
      `--backend webgpu needs the package \`webgpu\` here: ${cause instanceof Error ? cause.message : String(cause)}`,
      "npm install webgpu",
    );
  });
  return { gpu: dawn.create([]) };
};
