// What a tensor is at compile time: element type and shape.

import type { Dim } from "./dim.ts";

export type DType = "f32" | "i32" | "bool";

/** Row-major; `shape` lists sizes from the outermost axis, `[]` is a scalar. */
export type TensorType = { readonly dtype: DType; readonly shape: readonly Dim[] };
