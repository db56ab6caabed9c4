// The WebAssembly backend: one module for a program, with a function for each kernel and for each entry.

import { wasm } from "../../costs/wasm.ts";
import { overSizes } from "../entry-text.ts";
import { programName } from "../program-name.ts";
import type { Backend } from "../backend.ts";
import { boundsInLaunches } from "../../lower/bounds-in-launches.ts";
import { emitDriver, tableWords } from "./driver.ts";
import { emitFormula, emitKernel, paramNamesOf, paramsOf } from "./emit-kernel.ts";
import { createFunctions } from "./functions.ts";
import { createLibrary, hostImports } from "./library.ts";
import type { Library } from "./library.ts";
import { wordBytes } from "./loads.ts";
import { memoryFlagsAt, moduleBytes } from "./module-bytes.ts";
import type { WasmBinary } from "./module-bytes.ts";
import { createPool, poolBytes } from "./pool.ts";
import { sharing as usual, unitsPerMicrosecond } from "./shares.ts";
import type { Sharing } from "./shares.ts";
import { spellSize } from "../typescript/emit-size.ts";
import { controlBytes, createThreads, globalsOf } from "./threads.ts";
import { add, mul, product, substitute, symbolsOf } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { EntryPlan, Plan } from "../../lower/plan.ts";

/** The next line of the cache. */
const toLine = (bytes: number): number => Math.ceil(bytes / 64) * 64;

export type EmittedModule = WasmBinary & {
  /** Where slots and sizes of entries are written. */
  readonly table: number;
  /** Bytes in front of the heap. */
  readonly start: number;
  /** Index of the function of each kernel among those that the module holds. */
  readonly kernels: readonly number[];
  /** Null where nothing is split. */
  readonly threads: ThreadParts | null;
};

/** What a host needs to know to run a program on several threads. */
export type ThreadParts = {
  /** Where in the module it says that its memory is of one thread. */
  readonly flagsAt: number;
  /** Where the words lie through which threads meet. */
  readonly control: number;
  readonly panelBytes: number;
  /** How long takes what is split of each entry, in units. */
  readonly work: readonly Dim[];
};

type ModuleOptions = {
  /** With names of what kernels are given, for people. */
  readonly isNamed?: boolean;
  readonly sharing?: Sharing;
};

export const emitModule = (plan: Plan, options: ModuleOptions = {}): EmittedModule => {
  const { isNamed = false, sharing = usual } = options;
  const tableEnd = poolBytes + wordBytes * Math.max(0, ...plan.entries.map(tableWords));
  const control = toLine(tableEnd);
  const panelAt = control + controlBytes;
  const pool = createPool();
  const functions = createFunctions(hostImports);
  const library: Library = createLibrary(functions, pool, (expr, params) =>
    emitFormula(expr, params, library),
  );
  const bounds = boundsInLaunches(plan);
  const threads = createThreads(functions, control, sharing);
  let panelBytes = 0;
  const sharedWork: (Dim | null)[] = [];
  const kernels = plan.kernels.map(({ kernel }, k) =>
    functions.add(`${kernel.name} ${k}`, { params: paramsOf(kernel), result: null }, false, () => {
      const written = emitKernel(kernel, library, panelAt, bounds[k], threads);
      sharedWork.push(written.sharedWork);
      panelBytes = Math.max(panelBytes, written.panelBytes);
      return isNamed ? { ...written, paramNames: paramNamesOf(kernel) } : written;
    }),
  );
  const start = toLine(panelAt + panelBytes);
  const work = plan.entries.map((entry) => workOf(entry, plan, sharedWork));
  const isShared = sharedWork.map((one) => one !== null);
  const entries = plan.entries.map((_, position) => {
    const own = work[position] === 0 ? null : threads;
    const index = functions.add(`entry ${position}`, { params: [], result: null }, true, () =>
      emitDriver({ plan, position, start, kernels, library, threads: own, isShared }),
    );
    return { entry: position, index };
  });
  const split = entries.filter(({ entry }) => work[entry] !== 0);
  if (split.length > 0) threads.addWork(split);
  const binary = moduleBytes({
    imports: hostImports,
    functions: functions.all(),
    pages: Math.ceil(start / 65_536),
    globals: globalsOf(panelAt),
    data: pool.bytes(),
  });
  const flagsAt = memoryFlagsAt(binary.bytes);
  return {
    ...binary,
    table: poolBytes,
    start,
    kernels: kernels.map((index) => index - hostImports.length),
    threads: split.length === 0 ? null : { flagsAt, control, panelBytes: toLine(panelBytes), work },
  };
};

/** How long takes what is split in an entry, as of its sizes. */
const workOf = (
  { dispatches }: EntryPlan,
  { kernels }: Plan,
  sharedWork: readonly (Dim | null)[],
): Dim =>
  dispatches.reduce<Dim>((sum, { kernel, sizes, loops }) => {
    const names = kernels[kernel]!.kernel.sizes;
    const known = new Map(names.map((name, k) => [name, sizes[k]!]));
    const own = substitute(sharedWork[kernel] ?? 0, known);
    return add(sum, mul(own, product(loops.map(({ length }) => length))));
  }, 0);

const threadsText = (
  { flagsAt, control, panelBytes, work }: ThreadParts,
  { entries }: Plan,
  { wake }: Sharing,
): string => {
  const isWorth = entries.map(({ entry }, k) =>
    overSizes(
      entry,
      `${spellSize(work[k]!)} >= ${wake * unitsPerMicrosecond}`,
      symbolsOf(work[k]!),
    ),
  );
  return `{ flagsAt: ${flagsAt}, control: ${control}, panelBytes: ${panelBytes}, isWorth: [${isWorth.join(", ")}] }`;
};

export const createWasmBackend = (sharing: Sharing): Backend => ({
  target: "wasm",
  costs: wasm,
  reports: null,
  emitKernels: (plan) => {
    const { bytes, steps, table, start, threads } = emitModule(plan, { sharing });
    // Of engines that multiply and add at once not all do that alike.
    const isPortable = plan.module.train?.settings.deterministic === "portable";
    const fused = base64Of(isPortable ? [] : steps);
    const split = threads === null ? "" : `, threads: ${threadsText(threads, plan, sharing)}`;
    const name = `${programName(plan.module.name)}Wasm`;
    const text = `{ bytes: "${base64Of(bytes)}", fused: "${fused}", table: ${table}, start: ${start}${split} }`;
    return {
      functions: [],
      panelWords: 0,
      imports: ["wasmHost"],
      constants: [{ name, type: "WasmProgram", text }],
      open: `wasmHost(${name})`,
      dispatch: () => "",
      commit: () => "",
      run: (_, __, entry) => `(_heap, o, sizes, d) => d.enter(${entry}, o, sizes)`,
    };
  },
});

export const wasmBackend = createWasmBackend(usual);

const base64Of = (bytes: ArrayLike<number>): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
