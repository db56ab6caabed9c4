// Reads the attributes of an op by name, as the kind each one has.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Dim } from "../ir/dim.ts";
import type { Attr, Attrs, Graph } from "../ir/graph.ts";

const read = (attrs: Attrs, name: string): Attr => {
  const attr = attrs[name];
  if (attr === undefined) throw new CompilerBug(`attribute '${name}' is missing`);
  return attr;
};

/** A size: a number or a polynomial. */
export const isDim = (attr: Attr): attr is Dim =>
  typeof attr === "number" || (typeof attr === "object" && "kind" in attr);

export const numberAttr = (attrs: Attrs, name: string): number => {
  const attr = read(attrs, name);
  if (typeof attr !== "number") throw new CompilerBug(`attribute '${name}' is not a number`);
  return attr;
};

export const dimAttr = (attrs: Attrs, name: string): Dim => {
  const attr = read(attrs, name);
  if (!isDim(attr)) throw new CompilerBug(`attribute '${name}' is not a size`);
  return attr;
};

const listAttr = (attrs: Attrs, name: string): readonly Attr[] => {
  const attr = read(attrs, name);
  if (typeof attr !== "object" || !("length" in attr))
    throw new CompilerBug(`attribute '${name}' is not a list`);
  return attr;
};

export const dimsAttr = (attrs: Attrs, name: string): readonly Dim[] =>
  listAttr(attrs, name).map((item) => {
    if (!isDim(item)) throw new CompilerBug(`attribute '${name}' holds more than sizes`);
    return item;
  });

export const numbersAttr = (attrs: Attrs, name: string): readonly number[] =>
  listAttr(attrs, name).map((item) => {
    if (typeof item !== "number")
      throw new CompilerBug(`attribute '${name}' holds more than numbers`);
    return item;
  });

export const textAttr = (attrs: Attrs, name: string): string => {
  const attr = read(attrs, name);
  if (typeof attr !== "string") throw new CompilerBug(`attribute '${name}' is not text`);
  return attr;
};

export const graphAttr = (attrs: Attrs, name: string): Graph => {
  const attr = read(attrs, name);
  if (typeof attr !== "object" || !("ops" in attr))
    throw new CompilerBug(`attribute '${name}' is not a graph`);
  return attr;
};

export const flagAttr = (attrs: Attrs, name: string): boolean => {
  const attr = read(attrs, name);
  if (typeof attr !== "boolean") throw new CompilerBug(`attribute '${name}' is not a flag`);
  return attr;
};
