// Whether two things that are known when compiling are the same.

import type { Item } from "./value.ts";
import { isStaticNumber, knownNumber } from "./convert.ts";

const isKnown = (item: Item): boolean =>
  isStaticNumber(item) || item.kind === "string" || item.kind === "list" || isReference(item);

const isReference = (item: Item): boolean =>
  item.kind === "fn" ||
  item.kind === "block" ||
  item.kind === "intrinsic" ||
  item.kind === "layer" ||
  item.kind === "optimizer";

/** Different kinds are never equal; null where one side is not known when compiling. */
export const equalItems = (left: Item, right: Item): boolean | null => {
  if (!isKnown(left) || !isKnown(right)) return null;
  if (isStaticNumber(left) && isStaticNumber(right)) {
    if (left.kind === "bool" && right.kind === "bool") return left.value === right.value;
    if (left.kind === "bool" || right.kind === "bool") return false;
    const [a, b] = [knownNumber(left), knownNumber(right)];
    return a === null || b === null ? null : a === b;
  }
  if (left.kind !== right.kind) return false;
  if (left.kind === "string" && right.kind === "string") return left.value === right.value;
  if (left.kind === "intrinsic" && right.kind === "intrinsic") return left.name === right.name;
  if (left.kind === "layer" && right.kind === "layer") return left.layer === right.layer;
  if (left.kind === "list" && right.kind === "list") {
    if (left.items.length !== right.items.length) return false;
    const parts = left.items.map((item, i) => equalItems(item, right.items[i]!));
    if (parts.includes(false)) return false;
    return parts.includes(null) ? null : true;
  }
  if ("decl" in left && "decl" in right) return left.decl === right.decl;
  return false;
};
