// The TypeScript backend: every kernel a function over the heap, every dispatch a call.

import { typescript } from "../../costs/typescript.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Arg, Plan } from "../../lower/plan.ts";
import { boundsInLaunches } from "../../lower/bounds-in-launches.ts";
import { panelNames } from "../backend.ts";
import type { Backend, EmittedFunction } from "../backend.ts";
import { argText } from "../call-text.ts";
import type { Places } from "../places.ts";
import { sizeName } from "../identifiers.ts";
import { runtimeNames } from "../runtime-functions.ts";
import { emitKernel } from "./emit-kernel.ts";
import type { EmittedKernel, EmittedWithPanels } from "./emit-kernel.ts";
import { spellSize } from "./emit-size.ts";
import { panelsNames } from "./language.ts";
import { reserved } from "./reserved.ts";
import { kernelDoc } from "../emit/kernel-doc.ts";
import { createNames } from "../emit/names.ts";
import { helperSource } from "./spelling.ts";

export const typescriptBackend: Backend = {
  reports: null,
  target: "typescript",
  costs: typescript,
  emitKernels: (plan, places) => {
    const sizes = plan.entries.flatMap(({ entry }) =>
      entry.graph.sizes.map((s) => sizeName(s.name)),
    );
    const names = createNames([
      ...reserved,
      ...panelsNames,
      ...panelNames,
      "arrange",
      "roundHalfEven",
      "create",
      "o",
      ...sizes,
    ]);
    const bounds = boundsInLaunches(plan);
    const emitted = plan.kernels.map(({ kernel }, k) => ({
      ...emitKernel(kernel, bounds[k]!),
      name: names.fresh(kernel.name),
    }));
    const text = emitted.flatMap((k) => k.lines).join("\n");
    const mentions = (name: string): boolean => text.includes(`${name}(`);
    const helpers = Object.entries(helperSource)
      .filter(([name]) => mentions(name))
      .map(([name, helper]): EmittedFunction => ({
        name,
        doc: [helper.doc],
        params: helper.signature.map((param) => ({ name: param, type: "number" })),
        returns: "number",
        lines: helper.lines,
      }));
    return {
      functions: [...helpers, ...emitted.map((kernel, k) => functionOf(kernel, plan, k, places))],
      imports: runtimeNames.filter(mentions),
      panelWords: Math.max(0, ...emitted.map((k) => k.panelWords)),
      constants: [],
      open: null,
      dispatch: (entry, position, loops) => {
        const { kernel, args, sizes } = plan.entries[entry]!.dispatches[position]!;
        return callOf(emitted[kernel]!, args, sizes, loops);
      },
      commit: (slots, status) => {
        const tests = slots.map((slot) => `!Number.isFinite(f[o[${slot}]!])`);
        if (status !== null) tests.push(`i[o[${status}]!] !== 0`);
        return `if (${tests.join(" || ")}) return;`;
      },
      run: (statements, pattern) => {
        const views = [
          ...(/\bf\b/.test(statements) ? ["f32: f"] : []),
          ...(/\bi\b/.test(statements) ? ["i32: i"] : []),
        ];
        const params = [`{ ${views.join(", ")} }`, "o", ...(pattern === null ? [] : [pattern])];
        return `(${params.join(", ")}) => {\n${statements}\n}`;
      },
    };
  },
};

type NamedKernel = EmittedWithPanels & { readonly name: string };

/** Which views of the heap a kernel uses. */
const viewsOf = (
  kernel: EmittedKernel,
): readonly { readonly name: string; readonly type: string }[] =>
  [
    { name: "f", type: "Float32Array" },
    { name: "i", type: "Int32Array" },
  ].filter(({ name }) => kernel.lines.some((line) => new RegExp(`\\b${name}\\[`).test(line)));

const callOf = (
  kernel: NamedKernel,
  args: readonly Arg[],
  sizes: readonly Dim[],
  loops: readonly string[],
): string => {
  const offsets = args.map((arg) => argText(arg, loops));
  const all = [...viewsOf(kernel).map((v) => v.name), ...offsets, ...sizes.map(spellSize)];
  return `${kernel.name}(${all.join(", ")});`;
};

const functionOf = (
  emitted: NamedKernel,
  plan: Plan,
  position: number,
  places: Places,
): EmittedFunction => {
  const { kernel } = plan.kernels[position]!;
  const numbers = [...emitted.offsets, ...emitted.sizes].map((name) => ({ name, type: "number" }));
  return {
    name: emitted.name,
    doc: kernelDoc(kernel, emitted.offsets, places),
    params: [...viewsOf(emitted), ...numbers],
    returns: "void",
    lines: emitted.lines,
  };
};
