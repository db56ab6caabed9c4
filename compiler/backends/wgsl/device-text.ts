// Writes what a device has to know of the shaders of a program: an object of `runtime/webgpu/program.ts`.

import { symbolsOf } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { product } from "../../ir/dim.ts";
import { literal, overNames } from "../entry-text.ts";
import type { Places } from "../places.ts";
import { spellSize } from "../typescript/emit-size.ts";
import type { DeviceLimit } from "../../../runtime/webgpu/program.ts";
import type { Binding } from "./bindings.ts";
import type { Need } from "./device-needs.ts";
import type { Shader, ShaderKernel, ShaderLaunch } from "./shader.ts";

/** Where the parts of what is stored begin, and what of the program needs more than every device has. */
export type DeviceMemoryNeeds = {
  readonly parts: readonly number[];
  readonly needs: readonly Need[];
};

export const deviceText = (
  shaders: readonly Shader[],
  places: Places,
  { parts, needs }: DeviceMemoryNeeds,
): string => {
  const modules = shaders.map(({ module }) => moduleText(module));
  const kernels = shaders.flatMap(({ kernels: list }, module) =>
    list.map((kernel) => kernelText(kernel, module, places)),
  );
  const fields = [
    `modules: [${modules.join(", ")}]`,
    `kernels: [${kernels.join(",\n")}]`,
    `halves: ${shaders.some(({ module }) => /array<(vec4<)?half>/.test(module.text))}`,
    ...(parts.length === 1 ? [] : [`parts: ${literal(parts)}`]),
    ...(needs.length === 0
      ? []
      : [`limits: ${literal(needs.map((need) => limitOf(need, places)))}`]),
  ];
  return `{\n${fields.join(",\n")},\n}`;
};

const moduleText = ({ text, endings }: Shader["module"]): string => {
  const pairs = Object.entries(endings).map(
    ([ability, { on, off }]) => `${ability}: { on: ${template(on)}, off: ${template(off)} }`,
  );
  return pairs.length === 0
    ? template(text)
    : `{ text: ${template(text)}, endings: { ${pairs.join(", ")} } }`;
};

const template = (text: string): string => `\`\n${text.replace(/[`\\]|\$\{/g, "\\$&")}\``;

const limitOf = ({ limit, bytes, what, span }: Need, places: Places): DeviceLimit => ({
  limit,
  bytes,
  what,
  at: places(span?.call ?? span)?.at ?? "",
});

const kernelText = (
  { kernel, bindings, numbers, launches }: ShaderKernel,
  module: number,
  places: Places,
): string => {
  const buffers = [...kernel.params, ...kernel.results];
  const numberOf = (name: string): number => buffers.findIndex((b) => b.name === name);
  const words = buffers.map(({ shape }) => product(shape));
  const scratch = bindings.reduce<Dim>((n, b) => (b.kind === "scratch" ? b.words : n), 0);
  const offsets = numbers.flatMap((n) => (n.kind === "offset" ? [numberOf(n.buffer)] : []));
  const over = (body: string, dims: readonly Dim[]): string =>
    overNames(kernel.sizes, body, dims.flatMap(symbolsOf));
  const fields = [
    `name: ${literal(kernel.name)}`,
    `at: ${literal(places(kernel.span)?.at ?? "")}`,
    `module: ${module}`,
    `bindings: [${bindings.map((b) => bindingText(b, numberOf)).join(", ")}]`,
    `words: ${over(`[${words.map(spellSize).join(", ")}]`, words)}`,
    `scratch: ${over(spellSize(scratch), [scratch])}`,
    `offsets: ${literal(offsets)}`,
    `launches: [${launches.map((launch) => launchText(launch, over)).join(", ")}]`,
  ];
  return `{\n${fields.join(",\n")},\n}`;
};

const bindingText = (binding: Binding, numberOf: (name: string) => number): string => {
  if (binding.kind !== "piece") return `{ kind: "${binding.kind}" }`;
  const { buffers, access } = binding;
  return `{ kind: "piece", buffers: ${literal(buffers.map(numberOf))}, access: "${access}" }`;
};

const launchText = (
  { entryPoint, isGrid, elements, matrices, atMost }: ShaderLaunch,
  over: (body: string, dims: readonly Dim[]) => string,
): string => {
  const count = Number.isFinite(atMost)
    ? `Math.min(${spellSize(elements)}, ${atMost})`
    : spellSize(elements);
  const body = isGrid ? `workgroupsFor(${count})` : `[${count}, 1, 1]`;
  const inMatrices =
    matrices === null
      ? ""
      : `, matrices: ${over(`workgroupsFor(${spellSize(matrices)})`, [matrices])}`;
  return `{ entryPoint: ${literal(entryPoint)}, workgroups: ${over(body, [elements])}${inMatrices} }`;
};
