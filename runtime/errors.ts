// What can go wrong at run time, as one error type with a code that programs can test.

/** `DLM04nn` are the compiler's codes for the same facts about sizes and indices. */
export type ErrorCode =
  | "DLM0313" // a whole number modulo 0
  | "DLM0411" // a size above its bound
  | "DLM0412" // an index outside its axis
  | "bad-size" // a size check of the program does not hold, or a size is not a whole positive number
  | "ambiguous-size" // sizes cannot be solved from the array lengths
  | "missing-input"
  | "unknown-input"
  | "wrong-dtype"
  | "wrong-length"
  | "unknown-param"
  | "disposed"
  | "out-of-memory"
  | "no-wasm" // there is no WebAssembly, or it has no vectors
  | "no-device" // there is no WebGPU, or it has no adapter
  | "device-lost"
  | "device-limit" // a device has no room for a buffer, or a kernel may not have so much of one
  | "bad-shader" // a device refuses emitted code: a bug of the compiler
  | "not-finite" // a loss that is NaN or infinite
  | "bad-option"
  | "bad-source" // a program that is compiled while it runs has errors
  | "bad-init"
  | "bad-safetensors"
  | "weights-mismatch"
  | "checkpoint-mismatch"
  | "bad-csv"
  | "bad-json"
  | "bad-idx"
  | "bad-npy"
  | "bad-data"
  | "bad-path"
  | "io";

export class DlmError extends Error {
  override readonly name = "DlmError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
