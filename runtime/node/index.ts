// The part of the runtime that needs Node: files, and a flag of its engine.
export { readFileBytes, writeFileAtomic } from "./checkpoint.ts";
export { allowFusedProducts } from "./fused-products.ts";
export { pathInside } from "./paths.ts";
export { readPieces, readWhole } from "./pieces.ts";
export {
  formatOf,
  readArray,
  readArrays,
  readCsv,
  streamArrays,
  streamCsv,
  type FieldPaths,
  type FileFormat,
  type StreamOptions,
} from "./read.ts";
