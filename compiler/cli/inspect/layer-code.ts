// The code that is generated for one layer: every kernel that works for it, as a function in either language, or a shader.

import type { TextOf } from "../../../grammar/render.ts";
import { suggest } from "../../../grammar/suggest.ts";
import type { EmittedFunction } from "../../backends/backend.ts";
import { createPlaces } from "../../backends/places.ts";
import type { Places } from "../../backends/places.ts";
import { typescriptBackend } from "../../backends/typescript/index.ts";
import type { ChoicesFor } from "../../backends/wgsl/index.ts";
import { emitShader, sourceOf } from "../../backends/wgsl/shader.ts";
import { moduleText, noAbilities } from "../../../runtime/webgpu/abilities.ts";
import type { Backend as TargetName } from "../../../runtime/abi.ts";
import type { EntryPlan, Plan } from "../../lower/plan.ts";
import { UserError } from "../exit-code.ts";
import { groupByLayer } from "./layers.ts";
import { watTexts } from "./wat.ts";

/** Whether `wanted` names the layer or one that it lies in: `Block_0` also means `Block_0.Dense_1`. */
const isAt = (layer: string, wanted: string): boolean =>
  layer === wanted || layer.startsWith(`${wanted}.`);

const functionText = ({ name, doc, params, returns, lines }: EmittedFunction): string =>
  [
    ...doc.map((line) => `// ${line}`),
    `function ${name}(${params.map((param) => `${param.name}: ${param.type}`).join(", ")}): ${returns} {`,
    ...lines.map((line) => (line === "" ? "" : `  ${line}`)),
    "}",
  ].join("\n");

/** The text of each kernel of a plan, and how a comment begins in it. */
type LayerTexts = { readonly texts: readonly string[]; readonly comment: string };

const entryText = (
  plan: Plan,
  entry: EntryPlan,
  layer: string,
  { texts, comment }: LayerTexts,
  shown: Set<number>,
): readonly string[] => {
  const groups = groupByLayer(plan, entry).filter(({ layers }) =>
    layers.some((path) => isAt(path, layer)),
  );
  const numbers = groups.flatMap(({ dispatches }) => dispatches.map(({ kernel }) => kernel));
  const fresh = [...new Set(numbers)].filter((number) => !shown.has(number));
  for (const number of fresh) shown.add(number);
  if (numbers.length === 0) return [];
  const again = [...new Set(numbers)].filter((number) => !fresh.includes(number));
  const note =
    again.length === 0
      ? ""
      : `; and, shown above, ${again.map((number) => plan.kernels[number]!.kernel.name).join(", ")}`;
  return [
    `${comment} ${plan.module.name}, ${entry.entry.name}: ${numbers.length} ${numbers.length === 1 ? "launch" : "launches"} for ${layer}${note}`,
    ...fresh.map((number) => texts[number]!),
  ];
};

const functionTexts = (plan: Plan, places: Places): readonly string[] => {
  const all = typescriptBackend.emitKernels(plan, places).functions;
  // Helpers come first, then one function per kernel.
  return all.slice(all.length - plan.kernels.length).map(functionText);
};

const shaderTexts = (plan: Plan, places: Places, choicesFor: ChoicesFor): readonly string[] => {
  const choices = choicesFor(plan.precision);
  return plan.kernels.map(({ kernel }) =>
    moduleText(emitShader([sourceOf(kernel)], places, choices).module, noAbilities),
  );
};

const textsFor = async (
  target: TargetName,
  plan: Plan,
  places: Places,
  choicesFor: ChoicesFor,
): Promise<LayerTexts> => {
  switch (target) {
    case "typescript":
      return { texts: functionTexts(plan, places), comment: "//" };
    case "wasm":
      return { texts: await watTexts(plan, places), comment: ";;" };
    case "webgpu":
      return { texts: shaderTexts(plan, places, choicesFor), comment: "//" };
  }
};

/** Formatted, so that it reads like the file that `dlm compile` writes. */
export const layerCode = async (
  plans: readonly Plan[],
  layer: string,
  textOf: TextOf,
  target: TargetName,
  choicesFor: ChoicesFor,
): Promise<string> => {
  const places = createPlaces(textOf);
  const parts: string[] = [];
  for (const plan of plans) {
    const shown = new Set<number>();
    const texts = await textsFor(target, plan, places, choicesFor);
    parts.push(...plan.entries.flatMap((entry) => entryText(plan, entry, layer, texts, shown)));
  }
  if (parts.length > 0 && target !== "typescript") return `${parts.join("\n\n")}\n`;
  if (parts.length > 0) {
    const { format } = await import("prettier");
    return format(parts.join("\n\n"), { parser: "typescript", printWidth: 100 });
  }
  const known = plans.flatMap((plan) =>
    plan.entries.flatMap((entry) => groupByLayer(plan, entry).flatMap(({ layers }) => layers)),
  );
  const names = [...new Set(known)].filter((name) => name !== "");
  const near = suggest(layer, names);
  throw new UserError(
    `there is no layer \`${layer}\``,
    near === null ? `layers: ${names.join(", ") || "none"}` : `did you mean \`${near}\`?`,
  );
};
