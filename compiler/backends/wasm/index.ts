// The WebAssembly backend: one module for a program, with a function for each kernel and for each entry.

import { wasm } from "../../costs/wasm.ts";
import { programName } from "../program-name.ts";
import type { Backend } from "../backend.ts";
import { boundsInLaunches } from "../../lower/bounds-in-launches.ts";
import { emitDriver, tableWords } from "./driver.ts";
import { emitFormula, emitKernel, paramNamesOf, paramsOf } from "./emit-kernel.ts";
import { createFunctions } from "./functions.ts";
import { createLibrary, hostImports } from "./library.ts";
import type { Library } from "./library.ts";
import { wordBytes } from "./loads.ts";
import { moduleBytes } from "./module-bytes.ts";
import type { WasmBinary } from "./module-bytes.ts";
import { createPool, poolBytes } from "./pool.ts";
import type { Plan } from "../../lower/plan.ts";

/** The next line of the cache. */
const toLine = (bytes: number): number => Math.ceil(bytes / 64) * 64;

export type EmittedModule = WasmBinary & {
  /** Where slots and sizes of entries are written. */
  readonly table: number;
  /** Bytes in front of the heap. */
  readonly start: number;
  /** Index of the function of each kernel among those that the module holds. */
  readonly kernels: readonly number[];
};

/** `isNamed`: with names of what kernels are given, for people. */
export const emitModule = (plan: Plan, isNamed = false): EmittedModule => {
  const panelAt = toLine(poolBytes + wordBytes * Math.max(0, ...plan.entries.map(tableWords)));
  const pool = createPool();
  const functions = createFunctions(hostImports);
  const library: Library = createLibrary(functions, pool, (expr, params) =>
    emitFormula(expr, params, library),
  );
  const bounds = boundsInLaunches(plan);
  let panelBytes = 0;
  const kernels = plan.kernels.map(({ kernel }, k) =>
    functions.add(`${kernel.name} ${k}`, { params: paramsOf(kernel), result: null }, false, () => {
      const written = emitKernel(kernel, library, panelAt, bounds[k]);
      panelBytes = Math.max(panelBytes, written.panelBytes);
      return isNamed ? { ...written, paramNames: paramNamesOf(kernel) } : written;
    }),
  );
  const start = toLine(panelAt + panelBytes);
  plan.entries.forEach((_, position) =>
    functions.add(`entry ${position}`, { params: [], result: null }, true, () =>
      emitDriver({ plan, position, start, kernels, library }),
    ),
  );
  const pages = Math.ceil(start / 65_536) + 1;
  const binary = moduleBytes({
    imports: hostImports,
    functions: functions.all(),
    pages,
    data: pool.bytes(),
  });
  return {
    ...binary,
    table: poolBytes,
    start,
    kernels: kernels.map((index) => index - hostImports.length),
  };
};

export const wasmBackend: Backend = {
  target: "wasm",
  costs: wasm,
  reports: null,
  emitKernels: (plan) => {
    const { bytes, steps, table, start } = emitModule(plan);
    // Of engines that multiply and add at once not all do that alike.
    const isPortable = plan.module.train?.settings.deterministic === "portable";
    const fused = base64Of(isPortable ? [] : steps);
    const name = `${programName(plan.module.name)}Wasm`;
    const text = `{ bytes: "${base64Of(bytes)}", fused: "${fused}", table: ${table}, start: ${start} }`;
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
};

const base64Of = (bytes: ArrayLike<number>): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
