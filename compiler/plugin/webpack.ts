// The plugin for webpack: `plugins: [dlm()]`.

import { dlm as plugin } from "./unplugin.ts";
import type { PluginOptions } from "./unplugin.ts";

export type { PluginOptions };
export const dlm = plugin.webpack;
