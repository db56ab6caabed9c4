// Tensors as the reference interpreter holds them: every element a double.

import type { DType } from "../ir/type.ts";

/** Row-major. i32 elements are whole, bool elements 0 or 1. */
export type Tensor = {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
};

export function tensor(dtype: DType, shape: readonly number[], data: Iterable<number>): Tensor {
  return { dtype, shape, data: Float64Array.from(data) };
}

export function filled(dtype: DType, shape: readonly number[], value: number): Tensor {
  const count = shape.reduce((n, size) => n * size, 1);
  return { dtype, shape, data: new Float64Array(count).fill(value) };
}

/** Elements between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}
