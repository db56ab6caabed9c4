// Kernels → one WGSL module: functions they call, then for each kernel its bindings and an entry point for each launch.

import { mul } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { createNames } from "../emit/names.ts";
import type { Names } from "../emit/names.ts";
import { commentText } from "../identifiers.ts";
import { kernelDoc } from "../emit/kernel-doc.ts";
import { indent } from "../indent.ts";
import { noPlaces } from "../places.ts";
import type { Places } from "../places.ts";
import type { Binding, NumberGiven } from "./bindings.ts";
import { emitAttention } from "./emit-attention.ts";
import { emitContraction } from "./emit-contraction.ts";
import { emitMatrices } from "./emit-matrices.ts";
import { chooseVectors } from "./choose-vectors.ts";
import { emitLaunch, hasLanes } from "./emit-launch.ts";
import { emitShared } from "./emit-shared.ts";
import type { DeviceModule } from "../../../runtime/webgpu/program.ts";
import { groupSize, workgroupsFor } from "../../../runtime/webgpu/workgroups.ts";
import { libraryFor, libraryNames } from "./library.ts";
import { endingTexts, joinAllEndings, linesOf } from "./endings.ts";
import type { AllEndings } from "./endings.ts";
import { layOutMemory } from "./memory.ts";
import { reserved } from "./reserved.ts";
import { planLaunches } from "./plan-launches.ts";
import type { Choices, LaunchPlan } from "./plan-launches.ts";
import { lanes } from "./rows.ts";
import { emitStores } from "./store-sums.ts";
import { apart } from "./sharing.ts";
import type { Sharing } from "./sharing.ts";
import { vectorsIn } from "./vectors.ts";
import type { Vectors } from "./vectors.ts";

export type ShaderLaunch = {
  readonly entryPoint: string;
  /** Whether it has a workgroup for every so many elements; else one invocation does it all. */
  readonly isGrid: boolean;
  /** Of a launch in tiles it is as many per tile, so that each has a workgroup. */
  readonly elements: Dim;
  /** The same of matrices, on devices that have them; null where it is computed as elsewhere. */
  readonly matrices: Dim | null;
  /** Invocations are no more than this: each of them does several elements. */
  readonly atMost: number;
};

/** Workgroups along x, y and z where the grid has so many elements. */
export const workgroupsOf = (
  { isGrid, atMost }: ShaderLaunch,
  elements: number,
): readonly [x: number, y: number, z: number] =>
  isGrid ? workgroupsFor(Math.min(elements, atMost)) : [elements, 1, 1];

/** What a host needs to know to run a kernel. */
export type ShaderKernel = {
  readonly kernel: Kernel;
  /** All in group 0, in the order of their numbers. */
  readonly bindings: readonly Binding[];
  readonly numbers: readonly NumberGiven[];
  /** In order: what one stores the next may read. */
  readonly launches: readonly ShaderLaunch[];
};

/** A kernel, and how its buffers lie where it runs. */
export type ShaderSource = { readonly kernel: Kernel; readonly sharing: Sharing };

/** Every buffer in memory of its own. */
export const sourceOf = (kernel: Kernel, halves?: ReadonlySet<string>): ShaderSource => ({
  kernel,
  sharing: apart(kernel, halves),
});

export type Shader = {
  readonly module: Exclude<DeviceModule, string>;
  readonly kernels: readonly ShaderKernel[];
};

export const emitShader = (
  sources: readonly ShaderSource[],
  places: Places = noPlaces,
  choices: Partial<Choices> = {},
): Shader => {
  const names = createNames([...reserved, ...libraryNames]);
  const emitted = sources.map((source) => emitKernel(source, names, places, choices));
  const endings = joinAllEndings(emitted.map((one) => one.endings));
  const text = [...emitted.flatMap(({ code }) => code), ...linesOf(endings)].join("\n");
  const library = libraryFor(text).flatMap(({ name, doc, signature, lines }) => [
    ...comment(doc === "" ? [] : [doc]),
    ...indent([`fn ${name}${signature} {`, ...lines, "}"], 0),
    "",
  ]);
  const own = emitted.flatMap(({ doc, code }) => [...doc, ...code, ""]);
  return {
    module: { text: [...library, ...own].join("\n"), endings: endingTexts(endings) },
    kernels: emitted.map(({ shader }) => shader),
  };
};

const comment = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => `// ${commentText(line)}`);

type EmittedLaunch = {
  readonly lines: readonly string[];
  /** Of what it is written with and without. */
  readonly endings: Partial<AllEndings>;
  readonly launch: ShaderLaunch;
};

type Emitted = {
  readonly doc: readonly string[];
  readonly code: readonly string[];
  readonly endings: AllEndings;
  readonly shader: ShaderKernel;
};

const emitKernel = (
  source: ShaderSource,
  names: Names,
  places: Places,
  choices: Partial<Choices>,
): Emitted => {
  const plan = planLaunches(source.kernel, choices);
  const write = (vectors: Vectors, own: Names): Emitted =>
    writeKernel(source, plan, vectors, own, places);
  const chosen = chooseVectors(source, plan, (vectors) => void write(vectors, names.copy()));
  return write(vectorsIn(chosen), names);
};

const writeKernel = (
  { kernel: original, sharing }: ShaderSource,
  { kernel, launches: parts, teams }: LaunchPlan,
  vectors: Vectors,
  names: Names,
  places: Places,
): Emitted => {
  const memory = layOutMemory(kernel, names, sharing, teams, vectors);
  const launches = parts.map(({ launch, way, matrixTile }, k): EmittedLaunch => {
    const entryPoint = names.fresh(parts.length === 1 ? kernel.name : `${kernel.name}_${k + 1}`);
    const taken = [...reserved, ...libraryNames];
    /** One workgroup for each of so many. */
    const groups = (
      lines: readonly string[],
      workgroups: Dim,
      endings: Partial<AllEndings> = {},
    ): EmittedLaunch => ({
      lines: ["", ...lines],
      endings,
      launch: {
        entryPoint,
        isGrid: true,
        elements: mul(workgroups, groupSize),
        matrices: null,
        atMost: Infinity,
      },
    });
    switch (way.kind) {
      case "attention": {
        const { lines, workgroups } = emitAttention(kernel, way.attention, way.passes, memory, {
          entryPoint,
          taken,
          fresh: names.fresh,
        });
        return groups(lines, workgroups);
      }
      case "tiles": {
        const part = (name: string): string => names.fresh(`${entryPoint}_${name}`);
        const own = {
          entryPoint,
          store: part("store"),
          alone: part("alone"),
          left: part("left"),
          right: part("right"),
          taken,
        };
        const { contraction, tile } = way;
        const { arrays, entry, tiles } = emitContraction(kernel, contraction, tile, memory, own);
        if (matrixTile === null || !sharing.halves.includes(true)) {
          const stores = emitStores(kernel, contraction, memory, own, [tile]);
          return groups([...arrays, "", ...stores, "", ...entry], tiles);
        }
        const stores = emitStores(kernel, contraction, memory, own, [tile, matrixTile]);
        const inMatrices = emitMatrices(kernel, contraction, matrixTile, memory, {
          ...own,
          corner: part("corner"),
          storeCorner: part("storeCorner"),
        });
        const matrices = {
          on: indent([...inMatrices.arrays, "", ...inMatrices.entry, ""], 0),
          off: indent([...arrays, "", ...entry, ""], 0),
        };
        const made = groups(stores, tiles, { matrices });
        return { ...made, launch: { ...made.launch, matrices: mul(inMatrices.tiles, groupSize) } };
      }
      case "shared": {
        const { lines, subgroups, workgroups } = emitShared(kernel, way.shared, way.team, memory, {
          entryPoint,
          taken: [...taken, entryPoint],
          fresh: names.fresh,
        });
        return groups(lines, workgroups, { subgroups });
      }
      case "elements": {
        const own = [...taken, entryPoint];
        const { lines, elements } = emitLaunch(kernel, launch, memory, entryPoint, own);
        return {
          lines: ["", ...lines],
          endings: {},
          launch: {
            entryPoint,
            isGrid: launch.grid.length > 0,
            elements,
            matrices: null,
            atMost: hasLanes(memory) ? lanes : Infinity,
          },
        };
      }
    }
  });
  return {
    doc: comment(kernelDoc(kernel, memory.names, places)),
    code: indent([...memory.lines, ...launches.flatMap(({ lines }) => lines)], 0),
    endings: joinAllEndings(launches.map(({ endings }) => endings)),
    shader: {
      kernel: original,
      bindings: memory.bindings,
      numbers: memory.numbers,
      launches: launches.map(({ launch }) => launch),
    },
  };
};
