// Reads a recipe's settings (`batch: 64`) into their values, with defaults.

import type { Name, Setting } from "../../grammar/ast.ts";
import type { Detail } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { suggest } from "../../grammar/suggest.ts";
import type { Settings } from "../../runtime/abi.ts";
import type { Context, Frame } from "./context.ts";
import { describeItem } from "./describe.ts";
import type { Item } from "./value.ts";

/** What a recipe without any setting does (`semantics.md`, section 10). */
export const defaultSettings: Settings = {
  batch: null,
  epochs: 1,
  steps: null,
  seed: 0,
  shuffle: true,
  dropLast: false,
  validation: 0,
  earlyStop: 0,
  precision: "f32",
  memory: null,
  deterministic: true,
  accumulate: 1,
  ema: 0,
  logEvery: 10,
  checkpointEvery: 0,
};

/** `field` of `Settings` and the value it takes from an item; null when the item is not of that kind. */
type Reader<K extends keyof Settings> = {
  readonly field: K;
  readonly expected: string;
  readonly read: (item: Item) => Settings[K] | null;
};
type AnyReader = { readonly [K in keyof Settings]: Reader<K> }[keyof Settings];

const wholeNumber =
  (least: number) =>
  (item: Item): number | null =>
    item.kind === "size" && typeof item.dim === "number" && item.dim >= least ? item.dim : null;

/** A number in [0, 1), written as an int, a float or a quotient. */
const share = (item: Item): number | null => {
  const value =
    item.kind === "float"
      ? item.value
      : item.kind === "size" && typeof item.dim === "number"
        ? item.dim
        : item.kind === "ratio" && typeof item.num === "number" && typeof item.den === "number"
          ? item.num / item.den
          : null;
  return value !== null && value >= 0 && value < 1 ? value : null;
};

const flag = (item: Item): boolean | null => (item.kind === "bool" ? item.value : null);

const word =
  <W extends string>(...words: readonly W[]) =>
  (item: Item): W | null =>
    item.kind === "string" ? (words.find((w) => w === item.value) ?? null) : null;

const byteSize = (item: Item): string | null =>
  item.kind === "string" && /^\d+(\.\d+)?\s*(B|kB|KB|MB|GB)$/.test(item.value) ? item.value : null;

const readers: { readonly [name: string]: AnyReader } = {
  batch: { field: "batch", expected: "a whole number from 1", read: wholeNumber(1) },
  epochs: { field: "epochs", expected: "a whole number from 1", read: wholeNumber(1) },
  steps: { field: "steps", expected: "a whole number from 1", read: wholeNumber(1) },
  seed: { field: "seed", expected: "a whole number from 0", read: wholeNumber(0) },
  shuffle: {
    field: "shuffle",
    expected: "true, false or a window of at least 1",
    read: (item) => flag(item) ?? wholeNumber(1)(item),
  },
  drop_last: { field: "dropLast", expected: "true or false", read: flag },
  validation: { field: "validation", expected: "a share from 0 to below 1", read: share },
  early_stop: { field: "earlyStop", expected: "a number of epochs", read: wholeNumber(0) },
  precision: {
    field: "precision",
    expected: '"f32" or "mixed"',
    read: word("f32", "mixed"),
  },
  memory: { field: "memory", expected: 'a size such as "64MB"', read: byteSize },
  deterministic: {
    field: "deterministic",
    expected: 'true, false or "portable"',
    read: (item) => flag(item) ?? word("portable")(item),
  },
  accumulate: { field: "accumulate", expected: "a whole number from 1", read: wholeNumber(1) },
  ema: { field: "ema", expected: "a decay from 0 to below 1", read: share },
  log_every: { field: "logEvery", expected: "a whole number from 1", read: wholeNumber(1) },
  checkpoint_every: {
    field: "checkpointEvery",
    expected: "a whole number from 0",
    read: wholeNumber(0),
  },
};

/** Settings of a recipe, and the sizes it fixes by name (`T: 64`). */
export type ReadSettings = {
  readonly settings: Settings;
  readonly sizes: ReadonlyMap<string, number>;
  /** Where each setting is written, by its name. */
  readonly places: ReadonlyMap<string, Span>;
};

/** A single letter is a size: no word is near it. */
const unknownSetting = ({ text, span }: Name, sizeNames: readonly string[]): Detail => {
  const words = text.length === 1 ? [] : [...Object.keys(readers), ...sizeNames];
  const near = suggest(text, words);
  if (near !== null)
    return { label: `did you mean \`${near}\`?`, fix: { span, text: near, safe: true } };
  const sizes = sizeNames.length === 0 ? [] : [`sizes of the data: ${sizeNames.join(", ")}`];
  return { notes: [`settings: ${Object.keys(readers).join(", ")}`, ...sizes] };
};

/** Evaluates each setting; `sizeNames` are the symbolic sizes of the data, which a setting may fix. */
export const readSettings = (
  ctx: Context,
  frame: Frame,
  statements: readonly Setting[],
  sizeNames: readonly string[],
): ReadSettings => {
  let settings = defaultSettings;
  let hasEpochs = false;
  const sizes = new Map<string, number>();
  const seen = new Map<string, Span>();
  for (const { name, value } of statements) {
    const earlier = seen.get(name.text);
    if (earlier !== undefined) {
      ctx.report(
        diagnostic(
          "DLM0609",
          name.span,
          { name: name.text },
          { labels: [{ span: earlier, text: "first given here" }] },
        ),
      );
      continue;
    }
    seen.set(name.text, name.span);
    const item = ctx.evaluate(value, frame);
    if (item.kind === "unknown") continue;
    const reader = readers[name.text];
    if (reader !== undefined) {
      const read = reader.read(item);
      if (read === null) {
        ctx.report(
          diagnostic("DLM0613", value.span, {
            name: name.text,
            expected: reader.expected,
            actual: describeItem(item),
          }),
        );
      } else {
        settings = { ...settings, [reader.field]: read };
        hasEpochs ||= reader.field === "epochs";
      }
    } else if (sizeNames.includes(name.text)) {
      const size = wholeNumber(1)(item);
      if (size !== null) sizes.set(name.text, size);
      else
        ctx.report(
          diagnostic("DLM0613", value.span, {
            name: name.text,
            expected: "a whole number from 1",
            actual: describeItem(item),
          }),
        );
    } else {
      ctx.report(
        diagnostic("DLM0603", name.span, { name: name.text }, unknownSetting(name, sizeNames)),
      );
    }
  }
  // With only `steps`, the data repeats until they are done.
  if (settings.steps !== null && !hasEpochs)
    settings = { ...settings, epochs: Number.MAX_SAFE_INTEGER };
  return { settings, sizes, places: seen };
};
