// What to say when data is absent or lies elsewhere.

import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { suggest } from "../../../grammar/suggest.ts";
import type { FieldSpec } from "../../../runtime/abi.ts";
import { UserError } from "../exit-code.ts";
import { shownPath } from "../files.ts";
import type { Terminal } from "../terminal.ts";

/** `image: [B, 8, 8, 1]`, `label: int[B]`. */
export const fieldText = ({ name, dtype, shape }: FieldSpec): string => {
  const prefix = { f32: "", i32: "int", bool: "bool" }[dtype];
  return `${name}: ${prefix}[${shape.join(", ")}]`;
};

/** One field of whole numbers, or two of the same shape: a window of a text, and the window one further on. */
export const takesText = (fields: readonly FieldSpec[]): boolean =>
  (fields.length === 1 || fields.length === 2) &&
  fields.every(({ dtype, shape }) => dtype === "i32" && shape.length === 2) &&
  new Set(fields.map(({ shape }) => shape.join())).size === 1;

/** Folders that a system package fills, and the package. */
const packaged = [
  { folder: "/usr/share/datasets/fashion-mnist/", install: "dataset-fashion-mnist" },
];

export const missingFile = (terminal: Terminal, path: string): UserError => {
  const full = resolve(terminal.cwd, path);
  const folder = dirname(full);
  const near = existsSync(folder) ? suggest(basename(full), readdirSync(folder)) : null;
  const help = near === null ? "" : `did you mean ${shownPath(terminal, resolve(folder, near))}?`;
  const found = packaged.find((one) => full.startsWith(one.folder));
  if (found !== undefined && near === null)
    return new UserError(
      `there is no file ${path}`,
      `it comes with a system package; on Debian or Ubuntu:\n    sudo apt-get install --no-install-recommends ${found.install}`,
    );
  return existsSync(folder)
    ? new UserError(`there is no file ${path}`, help)
    : new UserError(`there is no folder ${shownPath(terminal, folder)}`);
};

/** Nothing was named after `--data`: says what the recipe reads, with a command to copy. */
export const noData = (
  command: string,
  file: string,
  owner: string,
  fields: readonly FieldSpec[],
): UserError => {
  const list = fields.map((field) => `  ${fieldText(field)}`).join("\n");
  const perField = fields.map(({ name }) => `${name}=${name}.npy`).join(" ");
  const text = takesText(fields) ? `\n  or a text:\n    ${command} ${file} --data book.txt` : "";
  return new UserError(
    `no data is named; \`${owner}\` reads\n${list}`,
    `one CSV file with these columns in order:\n    ${command} ${file} --data data.csv\n  or one file per field (CSV, IDX or NPY):\n    ${command} ${file} --data ${perField}\n  or JSON Lines, where sequences may differ in length:\n    ${command} ${file} --data data.jsonl${text}`,
  );
};
