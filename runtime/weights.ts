// Stored tensors ↔ safetensors entries, strict in both directions.
import type { DType, StoredSpec } from "./abi.ts";
import { DlmError } from "./errors.ts";
import type { SafeTensor } from "./safetensors.ts";
import { countOf, type Store, type TensorData } from "./store.ts";

const safeDTypes = { f32: "F32", i32: "I32", bool: "BOOL" } as const satisfies Record<
  DType,
  string
>;

/** A stored tensor as a file entry; shares the array's memory. */
export const toSafeTensor = (
  dtype: DType,
  shape: readonly number[],
  data: TensorData,
): SafeTensor => ({
  dtype: safeDTypes[dtype],
  shape,
  bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

/** The values of a file entry, copied so that they are aligned. */
export const fromSafeTensor = (dtype: DType, tensor: SafeTensor): TensorData => {
  const bytes = new Uint8Array(tensor.bytes);
  if (dtype === "bool") return bytes;
  return dtype === "f32" ? new Float32Array(bytes.buffer) : new Int32Array(bytes.buffer);
};

/** Stored tensors by their path in the file. */
export type FileSpecs = readonly (readonly [path: string, spec: StoredSpec])[];

/** The weights and buffers under `prefix` by the path that remains; an average comes after its weight, by the same one. */
export const weightsUnder = (stored: readonly StoredSpec[], prefix: string): FileSpecs =>
  stored
    .filter(({ storage, path }) => storage !== "state" && path.startsWith(prefix))
    .map((spec) => [spec.path.slice(prefix.length).split(":")[0]!, spec]);

/** Weights are replaced by their running averages where the store has them. */
export const readWeights = (store: Store, specs: FileSpecs): Map<string, SafeTensor> =>
  new Map(
    specs.map(([path, spec]) => [path, toSafeTensor(spec.dtype, spec.shape, store.read(spec))]),
  );

/** Writes all of `specs`, averages too, or, when anything does not fit, nothing. */
export const writeWeights = (
  store: Store,
  specs: FileSpecs,
  tensors: ReadonlyMap<string, SafeTensor>,
): void => {
  checkWeights(store.name, new Map(specs), tensors);
  for (const [path, spec] of specs)
    store.write(spec, fromSafeTensor(spec.dtype, tensors.get(path)!));
};

/** Throws `weights-mismatch` unless the names, dtypes and shapes are exactly those of `specs`. */
export const checkWeights = (
  owner: string,
  specs: ReadonlyMap<string, StoredSpec>,
  tensors: ReadonlyMap<string, SafeTensor>,
): void => {
  const problems = mismatches(specs, tensors);
  if (problems.length === 0) return;
  const shown = problems.slice(0, 8).map((problem) => `\n  ${problem}`);
  const more = problems.length > 8 ? `\n  and ${problems.length - 8} more` : "";
  throw new DlmError(
    "weights-mismatch",
    `these weights do not fit \`${owner}\`:${shown.join("")}${more}`,
  );
};

const mismatches = (
  specs: ReadonlyMap<string, StoredSpec>,
  tensors: ReadonlyMap<string, SafeTensor>,
): readonly string[] => {
  const extra = [...tensors.keys()].filter((path) => !specs.has(path));
  const problems: string[] = [];
  for (const [path, spec] of specs) {
    const tensor = tensors.get(path);
    if (tensor === undefined) {
      const renamed = extra.filter((other) => sameType(spec, tensors.get(other)!));
      const hint =
        renamed.length === 0
          ? ""
          : ` (renamed from ${renamed.map((r) => `\`${r}\``).join(" or ")}?)`;
      problems.push(`\`${path}\` ${typeText(spec)} is missing${hint}`);
    } else if (!sameType(spec, tensor)) {
      problems.push(
        `\`${path}\` should be ${typeText(spec)}, not ${tensor.dtype} [${tensor.shape.join(", ")}]`,
      );
    }
  }
  for (const path of extra) {
    const { dtype, shape } = tensors.get(path)!;
    problems.push(`\`${path}\` ${dtype} [${shape.join(", ")}] is not part of it`);
  }
  return problems;
};

const typeText = (spec: StoredSpec): string =>
  `${safeDTypes[spec.dtype]} [${spec.shape.join(", ")}]`;

const sameType = (spec: StoredSpec, tensor: SafeTensor): boolean =>
  tensor.dtype === safeDTypes[spec.dtype] &&
  tensor.shape.length === spec.shape.length &&
  tensor.shape.every((size, axis) => size === spec.shape[axis]) &&
  tensor.bytes.length === countOf(spec.shape) * (spec.dtype === "bool" ? 1 : 4);
