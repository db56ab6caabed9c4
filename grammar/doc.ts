// A document of texts, groups and possible line breaks into lines of a given width (after Wadler, 2003).

export type Doc =
  | string
  | {
      readonly kind: "concat";
      readonly parts: readonly Doc[];
      readonly forced: boolean;
    }
  /** A space or nothing in a flat group, a line break in a broken one. */
  | { readonly kind: "line"; readonly flat: " " | ""; readonly forced: false }
  | { readonly kind: "hardline"; readonly forced: true }
  /** Its line breaks are indented two more. */
  | { readonly kind: "nest"; readonly content: Doc; readonly forced: boolean }
  /** On one line when it fits and nothing in it forces a break. */
  | { readonly kind: "group"; readonly content: Doc; readonly forced: boolean }
  /** Printed right before the next line break, which it forces: a trailing comment. */
  | { readonly kind: "suffix"; readonly text: string; readonly forced: true };

const forces = (doc: Doc): boolean => typeof doc !== "string" && doc.forced;

export const concat = (parts: readonly Doc[]): Doc => ({
  kind: "concat",
  parts,
  forced: parts.some(forces),
});
export const line: Doc = { kind: "line", flat: " ", forced: false };
export const softline: Doc = { kind: "line", flat: "", forced: false };
export const hardline: Doc = { kind: "hardline", forced: true };
export const nest = (content: Doc): Doc => ({ kind: "nest", content, forced: forces(content) });
export const group = (content: Doc): Doc => ({ kind: "group", content, forced: forces(content) });
export const suffix = (text: string): Doc => ({ kind: "suffix", text, forced: true });

export const join = (separator: Doc, docs: readonly Doc[]): Doc =>
  concat(docs.flatMap((doc, index) => (index === 0 ? [doc] : [separator, doc])));

const widthOf = (text: string): number => [...text].length;

/** Width on one line; infinite when it cannot be on one. */
export const flatWidth = (doc: Doc): number => {
  if (typeof doc === "string") return widthOf(doc);
  if (doc.forced) return Number.POSITIVE_INFINITY;
  switch (doc.kind) {
    case "concat":
      return doc.parts.reduce<number>((sum, part) => sum + flatWidth(part), 0);
    case "line":
      return doc.flat.length;
    case "nest":
    case "group":
      return flatWidth(doc.content);
  }
};

/** The document on one line, whatever stands around it. */
export const flatten = (doc: Doc): Doc => {
  if (typeof doc === "string") return doc;
  switch (doc.kind) {
    case "concat":
      return concat(doc.parts.map(flatten));
    case "line":
      return doc.flat;
    case "nest":
    case "group":
      return flatten(doc.content);
    case "suffix":
    case "hardline":
      return doc;
  }
};

type Item = { readonly indent: number; readonly flat: boolean; readonly doc: Doc };

/** Lays a document out; lines carry no trailing spaces. */
export const layOut = (root: Doc, width: number): string => {
  const stack: Item[] = [{ indent: 0, flat: false, doc: root }];
  const out: string[] = [];
  let column = 0;
  let trailing: string[] = [];
  const breakLine = (indent: number): void => {
    const last = out.pop() ?? "";
    out.push(last.trimEnd(), ...trailing, "\n", " ".repeat(indent));
    trailing = [];
    column = indent;
  };
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { indent, flat, doc } = item;
    if (typeof doc === "string") {
      out.push(doc);
      column += widthOf(doc);
      continue;
    }
    switch (doc.kind) {
      case "concat":
        for (const part of doc.parts.toReversed()) stack.push({ indent, flat, doc: part });
        break;
      case "line":
        if (flat) {
          out.push(doc.flat);
          column += doc.flat.length;
        } else {
          breakLine(indent);
        }
        break;
      case "hardline":
        breakLine(indent);
        break;
      case "nest":
        stack.push({ indent: indent + 2, flat, doc: doc.content });
        break;
      case "group": {
        const inner: Item = { indent, flat: true, doc: doc.content };
        const oneLine = !doc.forced && (flat || fits(inner, stack, width - column));
        stack.push({ ...inner, flat: oneLine });
        break;
      }
      case "suffix":
        trailing.push(doc.text);
        break;
    }
  }
  out.push(...trailing);
  return out.join("").replace(/[ \t]+$/gm, "");
};

/** Does the item, and what follows it up to the first line break, fit in the width that is left? */
const fits = (first: Item, rest: readonly Item[], width: number): boolean => {
  let left = width;
  let following = rest.length;
  const stack: Item[] = [first];
  while (left >= 0) {
    const item = stack.pop() ?? rest[(following -= 1)];
    if (item === undefined) return true;
    const { indent, flat, doc } = item;
    if (typeof doc === "string") {
      left -= widthOf(doc);
      continue;
    }
    switch (doc.kind) {
      case "concat":
        for (const part of doc.parts.toReversed()) stack.push({ indent, flat, doc: part });
        break;
      case "line":
        if (!flat) return true;
        left -= doc.flat.length;
        break;
      case "hardline":
        return true;
      case "nest":
        stack.push({ indent, flat, doc: doc.content });
        break;
      case "group":
        // What follows the item may still break inside its own groups.
        stack.push({ indent, flat: flat && !doc.forced, doc: doc.content });
        break;
      case "suffix":
        break;
    }
  }
  return false;
};
