// How a stored tensor starts: its distribution, drawn in doubles from its stream under the seed.
import type { Init, StoredSpec } from "./abi.ts";
import { DlmError } from "./errors.ts";
import { normalAt, splitSeed, streamKey, threefryWord, uniformAt } from "./random.ts";

/** What decides the initial values of a stored tensor. */
export type InitialSpec = Pick<StoredSpec, "shape" | "init" | "stream">;

/** Initial values before rounding to the tensor's dtype, row-major. */
export const initialValues = (spec: InitialSpec, seed: number): Float64Array => {
  const values = new Float64Array(product(spec.shape));
  const { init } = spec;
  if (init.kind === "constant") return values.fill(init.value);
  const [key0, key1] = streamKey(spec.stream, ...splitSeed(seed));
  if (init.kind === "orthogonal") return orthogonal(spec.shape, init.gain, key0, key1);
  const draw = drawOf(init, key0, key1);
  for (let i = 0; i < values.length; i++) values[i] = draw(i);
  return values;
};

/** Initial values rounded once to f32. */
export const initialise = (spec: InitialSpec, seed: number): Float32Array =>
  Float32Array.from(initialValues(spec, seed));

type Elementwise = Exclude<Init, { kind: "constant" | "orthogonal" }>;

const drawOf = (init: Elementwise, key0: number, key1: number): ((element: number) => number) => {
  switch (init.kind) {
    case "uniform":
      return (i) => init.lo + (init.hi - init.lo) * uniformAt(key0, key1, 0, i);
    case "normal":
      return (i) => init.mean + init.std * normalAt(key0, key1, 0, i);
    case "truncated":
      // A narrower cut would be redrawn for ever.
      require(init.cut >= 0.001, "a truncated normal needs a cut of at least 0.001");
      return (i) => init.mean + init.std * truncatedNormal(key0, key1, i, init.cut);
    case "bernoulli":
      return (i) => (uniformAt(key0, key1, 0, i) < init.p ? 1 : 0);
    case "integers":
      require(init.hi > init.lo, "integers need a range with lo < hi");
      return (i) => init.lo + integerBelow(init.hi - init.lo, key0, key1, i);
  }
};

const require = (holds: boolean, message: string): void => {
  if (!holds) throw new DlmError("bad-init", message);
};

/** Redraws with the next draw number until the value is inside. */
const truncatedNormal = (key0: number, key1: number, element: number, cut: number): number => {
  for (let n = 0; ; n++) {
    const value = normalAt(key0, key1, n, element);
    if (Math.abs(value) <= cut) return value;
  }
};

/** Unbiased: words that would favour low values are redrawn with the next draw number. */
const integerBelow = (count: number, key0: number, key1: number, element: number): number => {
  const limit = 0x100000000 - (0x100000000 % count);
  for (let n = 0; ; n++) {
    const word = threefryWord(key0, key1, element >>> 1, n, element & 1) >>> 0;
    if (word < limit) return word % count;
  }
};

/**
 * `gain` times a matrix with orthonormal columns (or rows, when it is wide): Q of a normal draw, with the signs that
 * make the diagonal of R positive, so that every such matrix is equally likely (Mezzadri 2007).
 */
const orthogonal = (
  shape: readonly number[],
  gain: number,
  key0: number,
  key1: number,
): Float64Array => {
  const columns = shape.at(-1) ?? 1;
  const rows = product(shape) / columns;
  const tall = Math.max(rows, columns);
  const thin = Math.min(rows, columns);
  // Column-major [tall, thin]; a wide matrix is the transpose of a tall one.
  const draw = Float64Array.from({ length: tall * thin }, (_, i) => normalAt(key0, key1, 0, i));
  const q = orthonormalColumns(draw, tall, thin);
  return Float64Array.from({ length: tall * thin }, (_, i) => {
    const row = Math.floor(i / columns);
    const column = i % columns;
    return gain * (rows >= columns ? q[column * tall + row]! : q[row * tall + column]!);
  });
};

/** Householder QR of a column-major [m, n] with m >= n; overwrites `a`, returns Q [m, n] with R's diagonal positive. */
const orthonormalColumns = (a: Float64Array, m: number, n: number): Float64Array => {
  const signs = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const at = k * m;
    let norm = 0;
    for (let i = k; i < m; i++) norm = Math.hypot(norm, a[at + i]!);
    const head = a[at + k]!;
    const alpha = head > 0 ? -norm : norm;
    signs[k] = alpha < 0 ? -1 : 1;
    // The reflector v replaces the column, scaled so that the reflection is x - v (v . x).
    a[at + k] = head - alpha;
    const scale = Math.sqrt(2) / lengthOf(a, at + k, at + m);
    for (let i = k; i < m; i++) a[at + i]! *= scale;
    for (let j = k + 1; j < n; j++) reflect(a, at + k, a, j * m + k, m - k);
  }
  const q = new Float64Array(m * n);
  for (let j = 0; j < n; j++) {
    q[j * m + j] = signs[j]!;
    // Reflectors past column j leave it as it is.
    for (let k = j; k >= 0; k--) reflect(a, k * m + k, q, j * m + k, m - k);
  }
  return q;
};

/** x -= v (v . x), where |v|² is 2. */
const reflect = (
  v: Float64Array,
  vAt: number,
  x: Float64Array,
  xAt: number,
  count: number,
): void => {
  let dot = 0;
  for (let i = 0; i < count; i++) dot += v[vAt + i]! * x[xAt + i]!;
  for (let i = 0; i < count; i++) x[xAt + i]! -= dot * v[vAt + i]!;
};

const lengthOf = (a: Float64Array, from: number, to: number): number => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += a[i]! * a[i]!;
  return Math.sqrt(sum);
};

const product = (shape: readonly number[]): number => shape.reduce((p, size) => p * size, 1);
