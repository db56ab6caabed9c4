// The TypeScript that is generated for one layer: every kernel that works for it.

import { createLineTable } from "../../../grammar/line-table.ts";
import type { TextOf } from "../../../grammar/render.ts";
import type { Span } from "../../../grammar/span.ts";
import { suggest } from "../../../grammar/suggest.ts";
import { emitKernel } from "../../backends/typescript/emit-kernel.ts";
import type { EntryPlan, Plan } from "../../lower/plan.ts";
import { UserError } from "../exit-code.ts";
import { groupByLayer } from "./layers.ts";

/** Whether `wanted` names the layer or one that it lies in: `Block_0` also means `Block_0.Dense_1`. */
const isAt = (layer: string, wanted: string): boolean =>
  layer === wanted || layer.startsWith(`${wanted}.`);

const placeText = (span: Span | null, textOf: TextOf): string => {
  const text = span === null ? null : textOf(span.file);
  if (span === null || text === null) return "";
  return `  // ${span.file}:${createLineTable(text).position(span.start).line}`;
};

const kernelText = (plan: Plan, number: number, textOf: TextOf): string => {
  const { kernel, sizes } = plan.kernels[number]!;
  const emitted = emitKernel(kernel, sizes);
  const params = ["f: Float32Array", "i: Int32Array"].concat(
    [...emitted.offsets, ...emitted.sizes].map((name) => `${name}: number`),
  );
  return [
    `function ${emitted.name}(${params.join(", ")}): void {${placeText(kernel.span, textOf)}`,
    ...emitted.lines.map((line) => (line === "" ? "" : `  ${line}`)),
    "}",
  ].join("\n");
};

const entryText = (
  plan: Plan,
  entry: EntryPlan,
  layer: string,
  shown: Set<number>,
  textOf: TextOf,
): readonly string[] => {
  const groups = groupByLayer(entry).filter(({ layers }) =>
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
    `// ${plan.module.name}, ${entry.entry.name}: ${numbers.length} launches for ${layer}${note}`,
    ...fresh.map((number) => kernelText(plan, number, textOf)),
  ];
};

export const layerCode = (plans: readonly Plan[], layer: string, textOf: TextOf): string => {
  const parts = plans.flatMap((plan) => {
    const shown = new Set<number>();
    return plan.entries.flatMap((entry) => entryText(plan, entry, layer, shown, textOf));
  });
  if (parts.length > 0) return `${parts.join("\n\n")}\n`;
  const known = plans.flatMap((plan) =>
    plan.entries.flatMap((entry) => groupByLayer(entry).flatMap(({ layers }) => layers)),
  );
  const names = [...new Set(known)].filter((name) => name !== "");
  const near = suggest(layer, names);
  throw new UserError(
    `there is no layer \`${layer}\``,
    near === null ? `layers: ${names.join(", ") || "none"}` : `did you mean \`${near}\`?`,
  );
};
