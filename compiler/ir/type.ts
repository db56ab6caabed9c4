// What a tensor is at compile time: element type and shape.

import { dimKey, equalDims, product } from "./dim.ts";
import type { Dim } from "./dim.ts";

export type DType = "f32" | "i32" | "bool";

/** Row-major; `shape` lists sizes from the outermost axis, `[]` is a scalar. */
export type TensorType = { readonly dtype: DType; readonly shape: readonly Dim[] };

export function scalarType(dtype: DType): TensorType {
  return { dtype, shape: [] };
}

export function elementCount(type: TensorType): Dim {
  return product(type.shape);
}

export function equalShapes(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, i) => equalDims(dim, b[i] ?? NaN));
}

export function equalTypes(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && equalShapes(a.shape, b.shape);
}

/** `tensor<Bx784xf32>`; a size that is not a plain number or an x-free name stands in parentheses. */
export function printType({ dtype, shape }: TensorType): string {
  const sizes = shape.map((dim) => {
    const text = dimKey(dim);
    return /^(\d+|[A-Za-wyz_][A-Za-wyz_0-9]*)$/.test(text) ? text : `(${text})`;
  });
  return `tensor<${[...sizes, dtype].join("x")}>`;
}
