// Items in words, as diagnostics name them.

import { printDim } from "../ir/dim-text.ts";
import type { Dim } from "../ir/dim.ts";
import type { DType, TensorType } from "../ir/type.ts";
import type { Item } from "./value.ts";

/** The language's word for an element type. */
export const dtypeWord = (dtype: DType): string =>
  dtype === "f32" ? "float" : dtype === "i32" ? "int" : "bool";

/** `[B, 28, 28, 1]` */
export const describeShape = (shape: readonly Dim[]): string =>
  `[${shape.map(printDim).join(", ")}]`;

/** `[B, 10]`, `int[B]`, `float` */
export const describeType = ({ dtype, shape }: TensorType): string => {
  if (shape.length === 0) return dtypeWord(dtype);
  return `${dtype === "f32" ? "" : dtypeWord(dtype)}${describeShape(shape)}`;
};

/** What a value is, for "…, this is %s". */
export const describeItem = (item: Item): string => {
  switch (item.kind) {
    case "size":
      return typeof item.dim === "number" ? String(item.dim) : `the size ${printDim(item.dim)}`;
    case "ratio":
      return `${printDim(item.num)} / ${printDim(item.den)}`;
    case "float":
      return String(item.value);
    case "bool":
      return String(item.value);
    case "string":
      return JSON.stringify(item.value);
    case "list":
      return `a list of ${item.items.length}`;
    case "host":
      return "a number that depends on `step`";
    case "tensor":
      return describeType(item.value.type);
    case "indexed":
    case "affine":
      return "a value per index letter";
    case "tuple":
      return `${item.items.length} values`;
    case "block":
      return `the ${item.decl.net} \`${item.decl.name.text}\``;
    case "layer":
      return `a \`${item.layer.decl.name.text}\` layer`;
    case "fn":
      return `the function \`${item.decl.name.text}\``;
    case "optimizer":
      return `the optimizer \`${item.decl.name.text}\``;
    case "configured-optimizer":
      return `the optimizer \`${item.decl.name.text}\``;
    case "intrinsic":
      return `the function \`${item.name}\``;
    case "distribution":
      return `the distribution \`${item.name}\``;
    case "unknown":
      return "unknown";
    default:
      return item satisfies never;
  }
};
