// The public compile API: source text in, diagnostics, IR and emitted modules out. No IO.

export { check, compile, optimise, passNames, printAfter } from "./pipeline.ts";
export type { Checked, Compilation, CompileOptions } from "./pipeline.ts";
export { emitFile } from "./backends/module.ts";
export type { EmitOptions } from "./backends/module.ts";
export type { Backend } from "./backends/backend.ts";
export { typescriptBackend } from "./backends/typescript/index.ts";
export { wasmBackend } from "./backends/wasm/index.ts";
export { webgpuBackend, webgpuBackendFor } from "./backends/wgsl/index.ts";
export type { MeasuredDevice } from "./backends/wgsl/index.ts";
export { parseTuned } from "./backends/wgsl/tuned.ts";
export type { Tuned, TunedWay } from "./backends/wgsl/tuned.ts";
export { importWeights } from "./backends/pytorch/import-weights.ts";
export type { ImportOptions } from "./backends/pytorch/import-weights.ts";
export type { NameMap } from "./backends/pytorch/correspondence.ts";
export { instantiate } from "./backends/instantiate.ts";
export type { InstantiateOptions } from "./backends/instantiate.ts";
export { load } from "./load.ts";
export type { Loaded, LoadedModel, LoadedRecipe } from "./load.ts";
export { createPrelude } from "./frontend/prelude.ts";
export { lower } from "./lower/lower.ts";
export { printPlan } from "./lower/plan.ts";
export type { Plan } from "./lower/plan.ts";
export type { Module } from "./ir/module.ts";
export { format } from "../grammar/format.ts";
export { parse } from "../grammar/parse.ts";
