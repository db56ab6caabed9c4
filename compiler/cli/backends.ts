// Targets by the names they have on a command line, what they compute in, and what a target needs of this machine.

import { Option } from "commander";
import type { Command } from "commander";
import type { Backend } from "../backends/backend.ts";
import { backends } from "../backends/by-name.ts";
import type { BackendName } from "../backends/by-name.ts";
import type { Precision } from "../../runtime/abi.ts";
import type { DeviceOptions } from "../../runtime/host.ts";
import { allowFusedProducts } from "../../runtime/node/fused-products.ts";
import { parseFigures } from "../../runtime/webgpu/figures.ts";
import type { MeasuredFigures } from "../../runtime/webgpu/figures.ts";
import { webgpuBackendFor } from "../backends/wgsl/index.ts";
import type { MeasuredDevice } from "../backends/wgsl/index.ts";
import { parseTuned } from "../backends/wgsl/tuned.ts";
import { readText } from "./files.ts";
import { wholeNumber } from "./option-values.ts";
import { styleOf } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { UserError } from "./exit-code.ts";

export type BackendOptions = {
  readonly backend: BackendName;
  readonly precision?: Precision;
  readonly threads?: number | "auto";
  /** What `dlm calibrate` wrote. */
  readonly figures?: MeasuredFigures;
  /** What `dlm tune` wrote. */
  readonly tuned?: Pick<MeasuredDevice, "tuned" | "warn">;
};

const backendOf = (options: BackendOptions): Backend => {
  const { backend, figures, tuned } = options;
  if (figures === undefined && tuned === undefined) return backends[backend];
  if (backend === "webgpu") return webgpuBackendFor(measuredOf(options));
  const what = figures === undefined ? "measured kernels" : "figures";
  throw new UserError(`${what} are those of a GPU`, "add `--backend webgpu`");
};

/** What kernels are chosen by on a GPU. */
export const measuredOf = ({
  figures,
  tuned,
}: Pick<BackendOptions, "figures" | "tuned">): MeasuredDevice => ({
  ...(figures === undefined ? {} : { figures: figures.figures }),
  ...tuned,
});

/** Reads the file as soon as it is named. */
export const figuresOption = (terminal: Terminal): Option =>
  new Option("--figures <file>", "choose kernels by what `dlm calibrate` measured").argParser(
    (file) => parseFigures(readText(terminal, file), file),
  );

/** The same. */
export const tunedOption = (
  terminal: Terminal,
  what = "choose kernels by what `dlm tune` measured",
): Option =>
  new Option("--tuned <file>", what).argParser((file): BackendOptions["tuned"] => ({
    tuned: parseTuned(readText(terminal, file), file),
    warn: (message) =>
      terminal.err(`${styleOf(terminal).warning("warning:")} ${file}: ${message}\n`),
  }));

/** What runs a network here is fastest on `wasm`; what writes one out says what it writes. */
export const backendOption = (what: string, usual: BackendName = "wasm"): Option =>
  new Option("--backend <target>", what).choices(Object.keys(backends)).default(usual);

/** Holds as soon as it is named, for what is compiled later. */
export const withFma = (command: Command): Command =>
  command
    .option(
      "--fma",
      "with --backend wasm: round products once with their sums, as newer engines than Node 20 always do",
    )
    .on("option:fma", () => {
      if (!allowFusedProducts())
        throw new UserError("`--fma`: this engine has no products that round once with their sums");
    });

export const threadsOption = (): Option =>
  new Option(
    "--threads <n>",
    "with --backend wasm: threads that share the work, auto: one for each core, up to 4",
  ).argParser((word): number | "auto" => (word === "auto" ? word : wholeNumber(1)(word)));

const precisions: readonly Precision[] = ["f32", "mixed"];

export const precisionOption = (): Option =>
  new Option(
    "--precision <kind>",
    "mixed: f16 for storage and products, where the target has it (default: the recipe's, or f32)",
  ).choices(precisions);

/** What the compiler takes of the options; of the precision nothing where the recipe is to say. */
export const targetOf = (
  options: BackendOptions,
): { readonly backend: Backend; readonly precision?: Precision } => ({
  backend: backendOf(options),
  ...(options.precision === undefined ? {} : { precision: options.precision }),
});

/** Without these Dawn hides tensor cores everywhere, and f16 on some GPUs. */
const flagsFor: Readonly<Record<Precision, readonly string[]>> = {
  f32: [],
  mixed: ["enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia"],
};

/** A GPU for what is to run on one, which a package finds that is the user's to install; or threads. */
export const deviceFor = async (
  { backend, threads }: BackendOptions,
  precision: Precision,
): Promise<DeviceOptions> => {
  if (threads !== undefined && backend !== "wasm")
    throw new UserError("`--threads`: only WebAssembly has any", "add `--backend wasm`");
  if (backend !== "webgpu") return threads === undefined ? {} : { threads };
  const dawn = await import("webgpu").catch((cause: unknown) => {
    throw new UserError(
      `--backend webgpu needs the package \`webgpu\` here: ${cause instanceof Error ? cause.message : String(cause)}`,
      "npm install webgpu",
    );
  });
  return { gpu: dawn.create([...flagsFor[precision]]) };
};
