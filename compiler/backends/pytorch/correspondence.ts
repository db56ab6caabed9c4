// A map from PyTorch's modules to layers into one expression per stored tensor, by what the library says of its blocks.

import { suggest } from "../../../grammar/suggest.ts";
import type { StoredTensor } from "../../ir/module.ts";
import { namesIn, parseExpression, rename } from "./expression.ts";
import type { Expression } from "./expression.ts";

/**
 * PyTorch module → layer: `{ "encoder.0": "embed", "lstm": ["forward", "backward"] }`, several layers for a recurrent
 * module of several layers or directions, in its order. Or expression → weight: `{ "head.weight.T": "W" }`. Or null:
 * the module is left behind. "" is the whole file, or the whole model.
 */
export type NameMap = Readonly<Record<string, string | readonly string[] | null>>;
/** Block → its weights as expressions, and its layers as the modules they are (`compiler/std/pytorch.json`). */
export type Blocks = Readonly<Record<string, Readonly<Record<string, string>>>>;
export type Correspondence = {
  /** By path of the stored tensor. */
  readonly sources: ReadonlyMap<string, Expression>;
  /** Tensors of the file that are known and not needed. */
  readonly left: ReadonlySet<string>;
  readonly problems: readonly string[];
};

const under = (path: string, layer: string): boolean =>
  layer === "" || path.startsWith(`${layer}.`);
const joined = (a: string, b: string): string => (a === "" || b === "" ? a + b : `${a}.${b}`);

const meant = (name: string, known: readonly string[]): string => {
  const near = suggest(name, known);
  return near === null ? "" : `; did you mean \`${near}\`?`;
};

/** `a.b.c` → `a`, `a.b`. */
const ownersOf = (paths: readonly string[]): readonly string[] => [
  ...new Set(
    paths.flatMap((path) => {
      const parts = path.split(".");
      return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("."));
    }),
  ),
];

type Row = { readonly text: string; readonly prefix: string };
type Found = Row | { readonly problem: string };

/** Where a tensor comes from, when the layer of its first `depth` segments is the module `prefix`. */
const rowOf = (blocks: Blocks, tensor: StoredTensor, depth: number, prefix: string): Found => {
  const segments = tensor.path.split(".");
  const layer = segments.slice(0, depth).join(".");
  const block = tensor.blocks?.[depth - 1] ?? null;
  const rows = block === null ? undefined : blocks[block];
  if (rows === undefined) {
    const what = layer === "" ? "the model" : `\`${layer}\``;
    const kind =
      block === null ? "is no block of the library" : `is a \`${block}\`, which PyTorch has not`;
    return { problem: `\`${tensor.path}\`: ${what} ${kind}: map its layers or weights one by one` };
  }
  const rest = segments.slice(depth).join(".");
  const text = rows[rest] ?? rows[`${rest}?`];
  if (text !== undefined) return { text, prefix };
  const inner = Object.keys(rows).find((name) => rest.startsWith(`${name}.`));
  if (inner === undefined)
    return { problem: `\`${tensor.path}\`: a \`${block}\` of PyTorch has no such tensor` };
  return rowOf(blocks, tensor, depth + inner.split(".").length, joined(prefix, rows[inner]!));
};

/** What `{}` stands for in `weight_ih{}`: `_l0`, `_l0_reverse`, `_l1`, as far as the file has them. */
const repeats = (
  files: readonly string[],
  prefix: string,
  expression: Expression,
): readonly string[] => {
  const name = namesIn(expression).find((one) => one.includes("{}"));
  if (name === undefined) return [];
  const start = joined(prefix, name.slice(0, name.indexOf("{}")));
  const order = new Intl.Collator("en", { numeric: true });
  return files
    .filter((file) => file.startsWith(start))
    .map((file) => file.slice(start.length))
    .sort(order.compare);
};

/** What a block knows of its module and can do without: rows marked `?`. */
const spareNames = (blocks: Blocks): ReadonlySet<string> =>
  new Set(
    Object.values(blocks).flatMap((rows) =>
      Object.entries(rows).flatMap(([name, text]) => (name.endsWith("?") ? [text] : [])),
    ),
  );

/** `files`: names of the tensors there are. `stored`: those that are wanted, by paths without the net's own name. */
export const correspond = (
  blocks: Blocks,
  stored: readonly StoredTensor[],
  files: readonly string[],
  names: NameMap,
): Correspondence => {
  const sources = new Map<string, Expression>();
  const spare = spareNames(blocks);
  const left = new Set(files.filter((file) => spare.has(file.slice(file.lastIndexOf(".") + 1))));
  const problems: string[] = [];
  const paths = stored.map(({ path }) => path);

  const mapTensor = (
    tensor: StoredTensor,
    layer: string,
    prefix: string,
    i: number,
    n: number,
  ): void => {
    const depth = layer === "" ? 0 : layer.split(".").length;
    const row = rowOf(blocks, tensor, depth, prefix);
    if ("problem" in row) return void problems.push(row.problem);
    const expression = parseExpression(row.text);
    const found = repeats(files, row.prefix, expression);
    if (row.text.includes("{}") && found.length > 0 && found.length !== n) {
      problems.push(
        `\`${prefix}\` holds ${found.length} layers (${found.join(", ")}), ${n} are named for it`,
      );
      return;
    }
    const named = (name: string): string =>
      joined(row.prefix, name.replace("{}", found[i] ?? "_l0"));
    sources.set(tensor.path, rename(expression, named));
  };

  const mapLayer = (layer: string, prefix: string, i: number, n: number): void => {
    const inside = stored.filter(({ path }) => under(path, layer));
    if (inside.length === 0) {
      const near = meant(layer, [...ownersOf(paths), ...paths]);
      return void problems.push(`the model has no layer or weight \`${layer}\`${near}`);
    }
    for (const tensor of inside)
      if (!sources.has(tensor.path)) mapTensor(tensor, layer, prefix, i, n);
  };

  const entries = Object.entries(names);
  for (const [text, path] of entries)
    if (typeof path === "string" && paths.includes(path)) sources.set(path, parseExpression(text));
  // The innermost layers first: what is mapped by itself is not looked for in the module around it.
  const modules = entries.flatMap(([prefix, value]) =>
    value === null || (typeof value === "string" && paths.includes(value))
      ? []
      : [{ prefix, layers: typeof value === "string" ? [value] : value }],
  );
  for (const { prefix, layers } of modules.toSorted(
    (a, b) => depthOf(b.layers) - depthOf(a.layers),
  )) {
    if (files.some((file) => under(file, prefix)))
      layers.forEach((layer, i) => mapLayer(layer, prefix, i, layers.length));
    else problems.push(`the file has no module \`${prefix}\`${meant(prefix, ownersOf(files))}`);
  }
  for (const [prefix, value] of entries) {
    if (value !== null) continue;
    const behind = files.filter((file) => file === prefix || under(file, prefix));
    if (behind.length === 0)
      problems.push(`the file has no module \`${prefix}\`${meant(prefix, ownersOf(files))}`);
    behind.forEach((file) => left.add(file));
  }
  return { sources, left, problems };
};

const depthOf = (layers: readonly string[]): number =>
  Math.max(0, ...layers.map((layer) => (layer === "" ? 0 : layer.split(".").length)));
