// An array with its axes in another order.

export const transposed = (
  x: Float32Array,
  dims: readonly number[],
  order: readonly number[],
): Float32Array => {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const y = new Float32Array(x.length);
  const index = order.map(() => 0);
  for (let at = 0; at < y.length; at++) {
    let from = 0;
    for (let axis = 0; axis < order.length; axis++) from += index[axis]! * strides[order[axis]!]!;
    y[at] = x[from]!;
    for (let axis = order.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < dims[order[axis]!]!) break;
      index[axis] = 0;
    }
  }
  return y;
};
