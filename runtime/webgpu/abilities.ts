// What a program has a use for that not every device has: f16, or the same text with f32 in its place; subgroups whose
// invocations give each other numbers, or workgroup memory; and subgroups that multiply small matrices of halves, or tiles.
import type { DeviceOptions } from "../host.ts";
import { subgroupOf } from "./probe-subgroups.ts";
import type { DeviceModule, DeviceProgram, Endings } from "./program.ts";

/** Rows, columns and depth of a matrix, and invocations of a subgroup: a device with others has no matrices for us. */
export const matrixSide = 16;
export const matrixSubgroup = 32;

/** Bytes of workgroup memory for products of matrices; other kernels keep to what every device has. */
export const matrixMemory = 32_768;

export type Abilities = {
  readonly halves: boolean;
  readonly matrices: boolean;
  /** Neighbours of a workgroup that are a subgroup, a power of two of at least 4; null where shaders do without. */
  readonly subgroup: number | null;
};

/** Of a device that has what every one has. */
export const noAbilities: Abilities = { halves: false, matrices: false, subgroup: null };

export type Wishes = {
  readonly features: readonly GPUFeatureName[];
  readonly limits: Readonly<Record<string, number>>;
};

const half: GPUFeatureName = "shader-f16";
const subgroups: GPUFeatureName = "subgroups";
const matrix = "chromium-experimental-subgroup-matrix" as GPUFeatureName;

type Adapter = Pick<GPUAdapter, "features" | "limits" | "info">;

/** What of an adapter a program has a use for, and the adapter has. */
export const wishesOf =
  (
    { halves, modules }: Pick<DeviceProgram, "halves" | "modules">,
    { subgroups: mayHaveSubgroups = true }: Pick<DeviceOptions, "subgroups"> = {},
  ) =>
  (adapter: Adapter): Wishes => {
    const hasUse = (ability: keyof Endings): boolean =>
      mayHaveSubgroups &&
      modules.some((module) => typeof module !== "string" && module.endings[ability] !== undefined);
    const inHalves = halves && adapter.features.has(half);
    const inMatrices = inHalves && hasUse("matrices") && hasMatrices(adapter);
    const inSubgroups = hasUse("subgroups") && hasSubgroups(adapter);
    return {
      features: [
        ...(inHalves ? [half] : []),
        ...(inMatrices || inSubgroups ? [subgroups] : []),
        ...(inMatrices ? [matrix] : []),
      ],
      limits: inMatrices ? { maxComputeWorkgroupStorageSize: matrixMemory } : {},
    };
  };

/** All of one size: a driver that chooses among sizes need not tell which. */
const hasSubgroups = ({ features, info }: Adapter): boolean =>
  features.has(subgroups) && info.subgroupMinSize === info.subgroupMaxSize;

type MatrixConfig = {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
};
type MatrixInfo = GPUAdapterInfo & { readonly subgroupMatrixConfigs?: Iterable<MatrixConfig> };

const hasMatrices = (adapter: Adapter): boolean => {
  const { features, limits, info } = adapter;
  const { subgroupMatrixConfigs = [], subgroupMinSize } = info as MatrixInfo;
  return (
    hasSubgroups(adapter) &&
    features.has(matrix) &&
    subgroupMinSize === matrixSubgroup &&
    limits.maxComputeWorkgroupStorageSize >= matrixMemory &&
    [...subgroupMatrixConfigs].some(
      ({ componentType, resultComponentType, M, N, K }) =>
        componentType === "f16" &&
        resultComponentType === "f32" &&
        [M, N, K].every((side) => side === matrixSide),
    )
  );
};

/** Of a device that was made with what `wishesOf` says. */
export const abilitiesOf = async (device: GPUDevice): Promise<Abilities> => ({
  halves: device.features.has(half),
  matrices: device.features.has(matrix) && (await spellsMatrices(device)),
  subgroup: device.features.has(subgroups) ? await subgroupOf(device) : null,
});

/** Stands before the text of a module, on the line it begins with. */
export const headOf = ({ halves, matrices, subgroup }: Abilities): string =>
  [
    ...(matrices ? ["diagnostic(off, chromium.subgroup_matrix_uniformity);"] : []),
    ...(halves ? ["enable f16;"] : []),
    ...(matrices || subgroup !== null ? ["enable subgroups;"] : []),
    ...(matrices ? ["enable chromium_experimental_subgroup_matrix;"] : []),
    ...(subgroup === null ? [] : [`const subgroupWidth = ${subgroup}u;`]),
    `alias half = ${halves ? "f16" : "f32"};`,
  ].join(" ");

/** All of a module. */
export const moduleText = (module: DeviceModule, { matrices, subgroup }: Abilities): string => {
  if (typeof module === "string") return module;
  const { text, endings } = module;
  const takes = { subgroups: subgroup !== null, matrices };
  const taken = (["subgroups", "matrices"] as const).map(
    (ability) => endings[ability]?.[takes[ability] ? "on" : "off"] ?? "",
  );
  return [text, ...taken].join("");
};

/** The words that shaders use for matrices: an experiment, which has been spelt otherwise. A driver may refuse it too. */
const spelling = `
var<workgroup> halves: array<half, 512>;
var<workgroup> sums: array<f32, 512>;
@compute @workgroup_size(${4 * matrixSubgroup})
fn probe(@builtin(subgroup_id) subgroup: u32, @builtin(subgroup_invocation_id) lane: u32) {
  halves[lane] = half(1);
  workgroupBarrier();
  let a = subgroupMatrixLoad<subgroup_matrix_left<half, 16, 16>, col_major>(&halves, subgroup, 16u);
  let b = subgroupMatrixLoad<subgroup_matrix_right<half, 16, 16>, row_major>(&halves, subgroup, 16u);
  var sum = subgroup_matrix_result<f32, 16, 16>();
  sum = subgroupMatrixMultiplyAccumulate(a, b, sum);
  subgroupMatrixStore<row_major>(&sums, subgroup, sum, 16u);
}`;

const spellsMatrices = async (device: GPUDevice): Promise<boolean> => {
  device.pushErrorScope("validation");
  const code = headOf({ halves: true, matrices: true, subgroup: null }) + spelling;
  const module = device.createShaderModule({ code });
  const made = device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const works = await made.then(
    () => true,
    () => false,
  );
  return (await device.popErrorScope()) === null && works;
};
