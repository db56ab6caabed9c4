// The public compile API: source text in, diagnostics, IR and emitted modules out. No IO.

export { check, compile, optimise, passNames, printAfter } from "./pipeline.ts";
export type { Checked, Compilation, CompileOptions } from "./pipeline.ts";
export { emitFile } from "./backends/module.ts";
export type { EmitOptions } from "./backends/module.ts";
