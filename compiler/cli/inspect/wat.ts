// The text of a module of WebAssembly, by the WebAssembly Binary Toolkit, which is the user's to install.

import { kernelDoc } from "../../backends/emit/kernel-doc.ts";
import type { Places } from "../../backends/places.ts";
import { paramNamesOf } from "../../backends/wasm/emit-kernel.ts";
import { emitModule } from "../../backends/wasm/index.ts";
import type { Plan } from "../../lower/plan.ts";
import { UserError } from "../exit-code.ts";

/** What is used of the package `wabt`. */
export type Wabt = {
  readonly readWasm: (
    bytes: Uint8Array,
    options: { readonly readDebugNames: boolean; readonly threads: boolean },
  ) => WabtModule;
};

type WabtModule = {
  /** Throws. */
  readonly validate: () => void;
  readonly applyNames: () => void;
  readonly toText: (options: { readonly foldExprs: boolean }) => string;
  readonly destroy: () => void;
};

/** A name that no compiler resolves: nobody needs the package to build with this one. */
const packageName: string = "wabt";

export const loadWabt = async (): Promise<Wabt> => {
  try {
    const { default: open } = (await import(packageName)) as { default: () => Promise<Wabt> };
    return await open();
  } catch (cause) {
    throw new UserError(
      `the text of WebAssembly needs the package \`wabt\` here: ${cause instanceof Error ? cause.message : String(cause)}`,
      "npm install wabt",
    );
  }
};

/** Of each kernel its function, under what it is made from. */
export const watTexts = async (plan: Plan, places: Places): Promise<readonly string[]> => {
  const { bytes, kernels } = emitModule(plan, { isNamed: true });
  const module = (await loadWabt()).readWasm(bytes, { readDebugNames: true, threads: true });
  module.applyNames();
  const text = module.toText({ foldExprs: true });
  module.destroy();
  const functions = text.split(/^ {2}(?=\()/m).filter((part) => part.startsWith("(func "));
  return plan.kernels.map(({ kernel }, k) =>
    [
      ...kernelDoc(kernel, paramNamesOf(kernel), places).map((line) => `;; ${line}`),
      functions[kernels[k]!]!.trimEnd().replaceAll("\n  ", "\n"),
    ].join("\n"),
  );
};
