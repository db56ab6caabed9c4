// The part of the runtime that needs Node: files.
export { readFileBytes, writeFileAtomic } from "./checkpoint.ts";
export { pathInside } from "./paths.ts";
export {
  formatOf,
  readArray,
  readArrays,
  readCsv,
  readPieces,
  readWhole,
  streamCsv,
  type FileFormat,
} from "./read.ts";
