// The text of a module of WebAssembly, by the WebAssembly Binary Toolkit, which is the user's to install.

import { UserError } from "../exit-code.ts";

/** What is used of the package `wabt`. */
export type Wabt = {
  readonly readWasm: (
    bytes: Uint8Array,
    options: { readonly readDebugNames: boolean },
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
