// Records of the ops that a pass expands before lowering.

import { CompilerBug } from "../../grammar/bug.ts";
import { printType } from "../ir/type.ts";
import type { OpDef } from "./define.ts";

export const grad: OpDef = {
  doc: "Gradient of the scalar y by x, of the shape of x: dy/dx.",
  arity: 2,
  infer: ([y, x]) => {
    if (y!.dtype !== "f32" || y!.shape.length > 0 || x!.dtype !== "f32")
      throw new CompilerBug(`grad cannot take (${printType(y!)}, ${printType(x!)})`);
    return [x!];
  },
  meaning: () => ({ kind: "none", reason: "differentiate expands it" }),
  vjp: () => {
    throw new CompilerBug("a gradient is expanded before it is differentiated");
  },
  samples: [],
};
