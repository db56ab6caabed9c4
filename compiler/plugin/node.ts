// `import { Net } from "./net.dlm"` in Node, without a bundler.

import { register } from "node:module";
import type { TransformOptions } from "./transform-module.ts";

export type { TransformOptions };

/** From then on `import("./net.dlm")` gives the compiled module; `node --import dlm/register` does it before a program starts. */
export const registerDlm = (options: TransformOptions = {}): void =>
  register(
    `./node-hooks.js?${new URLSearchParams({ options: JSON.stringify(options) })}`,
    import.meta.url,
  );
