// Text files named on the command line into windows of numbers, as many as the recipe's fields take.

import type { DataSlot, FieldSpec } from "../../../runtime/abi.ts";
import {
  alphabetOf,
  byteTokens,
  characterTokens,
  readTokens,
} from "../../../runtime/data/tokens.ts";
import type { TokenKind, Tokens } from "../../../runtime/data/tokens.ts";
import type { Windows } from "../../../runtime/data/windows.ts";
import type { GivenSizes } from "../../../runtime/sizes.ts";
import { exitCode, UserError } from "../exit-code.ts";
import { readText } from "../files.ts";
import type { Terminal } from "../terminal.ts";
import { fieldText, takesText } from "./data-help.ts";
import { withCommas } from "./numbers.ts";
import type { Recipe } from "./open-recipe.ts";
import { readBytes, within } from "./read-data.ts";

/** Told by `--tokens`, or by the name where the recipe could learn from text. */
export const isText = (
  { fields }: { readonly fields: readonly FieldSpec[] },
  words: readonly string[] = [],
  kind?: TokenKind,
): boolean =>
  words.length > 0 &&
  (kind !== undefined ||
    (takesText(fields) && words.every((word) => /^[^=]+\.txt(\.gz)?$/i.test(word))));

/** How many tokens make a window, and the sizes to name where only a bound says so. */
const windowOf = (
  recipe: Recipe,
): { readonly length: number; readonly sizes: GivenSizes | undefined } => {
  const { fields, evaluate } = recipe.program;
  const [field] = fields;
  if (field === undefined || !takesText(fields))
    throw new UserError(
      `\`${recipe.program.name}\` does not read text: its data is ${fields.map(fieldText).join(", ")}`,
      "text goes into one field, and what comes next into a second: `data text: int[B, T], target: int[B, T]`",
    );
  const length = field.shape[1]!;
  if (typeof length === "number") return { length, sizes: undefined };
  const limit = evaluate.limits[evaluate.sizes.indexOf(length)] ?? null;
  if (limit !== null) return { length: limit, sizes: { [length]: limit } };
  throw new UserError(
    `how long a window of \`${fieldText(field)}\` is cannot be known`,
    `fix it in the recipe: \`${length}: 64\``,
  );
};

/** Which words in the source could hold the number of rows of a table. */
const settingsOf = (source: string, value: number): readonly string[] => [
  ...new Set(
    [...source.matchAll(/(\w+)\s*=\s*([\d_]+)\b(?![.e])/g)].flatMap(([, name, digits]) =>
      Number(digits!.replaceAll("_", "")) === value ? [name!] : [],
    ),
  ),
];

const checkVocabulary = (terminal: Terminal, recipe: Recipe, { size, kind }: Tokens): void => {
  const { fields, evaluate, steps } = recipe.program;
  const names = new Set(fields.map(({ name }) => name));
  const tight = [evaluate, ...steps.map(({ entry }) => entry)]
    .flatMap(({ data }): readonly DataSlot[] => data)
    .find(({ name, below }) => names.has(name) && below !== null && below < size);
  if (tight === undefined) return;
  const [setting, ...more] = settingsOf(readText(terminal, recipe.file), tight.below!);
  const model = recipe.module.train?.models[0]?.name ?? "the model";
  const change =
    setting === undefined || more.length > 0
      ? `set the vocabulary of \`${model}\` to ${size} (it is ${tight.below})`
      : `change \`${setting} = ${tight.below}\` to \`${setting} = ${size}\` in the configuration of \`${model}\``;
  throw new UserError(
    kind === "bytes"
      ? `bytes are 0 to 255, and \`${tight.name}\` takes 0 to ${tight.below! - 1} (${tight.at})`
      : `the text has ${size} different characters, and \`${tight.name}\` takes 0 to ${tight.below! - 1} (${tight.at})`,
    change,
    exitCode.problems,
  );
};

/** The files one after the other; a mark of byte order is left out. */
const readTexts = (terminal: Terminal, paths: readonly string[]): string =>
  paths
    .map((path) => {
      const bytes = readBytes(terminal, path);
      try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      } catch {
        throw new UserError(`${path} is not UTF-8`, "convert it, for example with iconv");
      }
    })
    .join("");

/** Refuses to go on with numbers that mean something else. */
export const checkTokens = (path: string, text: Tokens | null, saved: Tokens | null): void => {
  if (text?.note === saved?.note) return;
  const told = (tokens: Tokens | null): string =>
    tokens === null ? "no text" : `${tokens.size} ${tokens.kind}`;
  throw new UserError(
    `${path} was trained on ${told(saved)}, and this data is ${told(text)}${
      text?.kind === saved?.kind ? ", not the same ones" : ""
    }`,
    "go on with the text that it was trained on, and with the same `--tokens`",
    exitCode.problems,
  );
};

/** What the numbers of saved weights mean; where nothing says so, `kind` may, if it is bytes. */
export const savedTokens = (
  weights: string,
  metadata: ReadonlyMap<string, string>,
  kind: TokenKind | undefined,
): Tokens => {
  const saved = readTokens(metadata);
  if (saved !== null) {
    if (kind === undefined || kind === saved.kind) return saved;
    throw new UserError(`${weights} was trained on ${saved.kind}`, `drop \`--tokens ${kind}\``);
  }
  if (kind === "bytes") return byteTokens();
  throw new UserError(
    `${weights} has no vocabulary: it does not say which character a number is`,
    "`dlm train` on a text saves one; if the numbers are bytes, write `--tokens bytes`",
    exitCode.problems,
  );
};

/** A text as windows, and what its numbers mean. */
export type TextData = {
  readonly windows: Windows;
  readonly tokens: Tokens;
  readonly sizes: GivenSizes | undefined;
  readonly notes: readonly string[];
};

/** `tokens`: a vocabulary that stands, or how to make one from this text. */
export const readWindows = (
  terminal: Terminal,
  recipe: Recipe,
  paths: readonly string[],
  tokens: Tokens | TokenKind,
): TextData => {
  const { length, sizes } = windowOf(recipe);
  const text = readTexts(terminal, paths);
  const shown = paths.join(" ");
  if (text === "") throw new UserError(`${shown} holds no text`);
  const vocabulary =
    tokens === "bytes"
      ? byteTokens()
      : tokens === "characters"
        ? characterTokens(alphabetOf(text))
        : tokens;
  checkVocabulary(terminal, recipe, vocabulary);
  const help = "a model trained with `--tokens bytes` takes every character";
  const encoded = within(shown, help, () => vocabulary.encode(text));
  const { kind, size } = vocabulary;
  return {
    windows: { tokens: encoded, fields: recipe.program.fields, length },
    tokens: vocabulary,
    sizes,
    notes: [`${withCommas(encoded.length)} ${kind} of ${size} kinds, in windows of ${length}`],
  };
};
