// What ships to users: everything that runs in a page as well as in Node, and has no dependencies.
export type * from "./abi.ts";
export type { StepLog } from "./checkpoint.ts";
export type { Batches, CallOptions, Started, TrainerOptions } from "./trainer.ts";
export type { CreateOptions, ForwardOptions, ParamHandle } from "./model.ts";
export type { DeviceOptions, Host, OpenHost, Remote, Words } from "./host.ts";
export type { DeviceBinding, DeviceKernel, DeviceLaunch, DeviceProgram } from "./webgpu/program.ts";
export { calibrate } from "./webgpu/calibrate.ts";
export { parseFigures, type Figures, type MeasuredFigures } from "./webgpu/figures.ts";
export { wasmHost } from "./hosts/wasm.ts";
export { webgpuHost } from "./webgpu/host.ts";
export { workgroupsFor } from "./webgpu/workgroups.ts";
export type { SafeTensor, SafeTensors } from "./safetensors.ts";
export type { TensorData } from "./store.ts";
export { DlmError, type ErrorCode } from "./errors.ts";
export { Model, startModel } from "./model.ts";
export { SteppedModel, StepState } from "./stepped-model.ts";
export { Trainer, startTrainer } from "./trainer.ts";
export { erf, exponential, hyperbolicTangent } from "./math.ts";
export { normalAt, permutation, streamKey, threefryWord, uniformAt } from "./random.ts";
export { readSafetensors, writeSafetensors } from "./safetensors.ts";
export { fit, type EpochReport, type FitOptions, type FitReport, type FitSettings } from "./fit.ts";
export {
  generate,
  scoresByStep,
  scoresByWindow,
  type GenerateOptions,
  type NextScores,
} from "./generate.ts";
export { sampler, type SampleOptions, type Sampler } from "./sample.ts";
export { columnOf, type FileArray } from "./data/arrays.ts";
export { batchesOf, everyExample, type BatchOptions } from "./data/batches.ts";
export { csvReader, parseCsv, type CsvOptions } from "./data/csv.ts";
export {
  datasetOf,
  gather,
  takeRows,
  type ArrayBatch,
  type Column,
  type Dataset,
  type Source,
} from "./data/dataset.ts";
export { parseIdx } from "./data/idx.ts";
export {
  fitNormalisation,
  normaliseBatch,
  normaliseDataset,
  noteNormalisation,
  readNormalisation,
  type Normalisation,
  type NormaliseKind,
} from "./data/normalise.ts";
export { parseNpy } from "./data/npy.ts";
export { splitRows } from "./data/order.ts";
export { jsonLinesReader, type JsonLinesOptions, type JsonLinesReader } from "./data/json-lines.ts";
export {
  lengthsOf,
  padded,
  sequenceColumn,
  type SequenceColumn,
  type SequenceOptions,
} from "./data/sequences.ts";
export {
  alphabetOf,
  byteTokens,
  characterTokens,
  noteTokens,
  readTokens,
  type TokenKind,
  type Tokens,
} from "./data/tokens.ts";
export { windowsFrom, windowSource, type Windows } from "./data/windows.ts";
