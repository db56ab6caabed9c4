// The table of ops: every record under its name. The name of an op is the name of its export.

import * as contractions from "./contract.ts";
import type { OpDef } from "./define.ts";
import * as elementwise from "./elementwise.ts";
import * as gathers from "./gather.ts";
import * as generators from "./generators.ts";
import * as markers from "./markers.ts";
import * as orders from "./order.ts";
import * as reductions from "./reduce.ts";
import { scan } from "./scan.ts";
import * as slices from "./slices.ts";
import * as views from "./views.ts";
import * as windows from "./windows.ts";

export const ops = {
  ...elementwise,
  ...reductions,
  ...contractions,
  ...views,
  ...slices,
  ...windows,
  ...gathers,
  ...orders,
  ...generators,
  ...markers,
  scan,
} satisfies { readonly [name: string]: OpDef };

export type OpName = keyof typeof ops;

export const isOpName = (name: string): name is OpName => Object.hasOwn(ops, name);
