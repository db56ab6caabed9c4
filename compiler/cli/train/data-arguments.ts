// The words after `--data` into which file holds what.

import { suggest } from "../../../grammar/suggest.ts";
import { UserError } from "../exit-code.ts";

/** One file whose columns are the fields in order, or one file per field. */
export type DataFiles =
  | { readonly kind: "table"; readonly path: string }
  | { readonly kind: "fields"; readonly paths: ReadonlyMap<string, string> };

const named = /^([A-Za-z_]\w*)=(.+)$/;

/** `option` is how the user wrote it: `--data` or `--test`. */
export const parseDataWords = (
  option: string,
  words: readonly string[],
  fields: readonly string[],
): DataFiles => {
  const pairs = words.map((word) => named.exec(word));
  const bare = words.filter((_, i) => pairs[i] === null);
  if (bare.length === words.length) {
    const [path, ...more] = bare;
    if (path !== undefined && more.length === 0) return { kind: "table", path };
    throw new UserError(
      `${option} got ${words.length} files, and nothing says which is which`,
      `write ${option} ${fields.map((field) => `${field}=FILE`).join(" ")}`,
    );
  }
  if (bare.length > 0)
    throw new UserError(
      `${option} mixes \`field=file\` with a bare file: ${bare[0]}`,
      `write ${option} ${fields.map((field) => `${field}=FILE`).join(" ")}`,
    );
  const paths = new Map<string, string>();
  for (const pair of pairs) {
    const [, field = "", path = ""] = pair ?? [];
    if (!fields.includes(field)) {
      const near = suggest(field, fields);
      throw new UserError(
        `${option}: the recipe has no data field \`${field}\``,
        near === null ? `fields: ${fields.join(", ")}` : `did you mean \`${near}\`?`,
      );
    }
    if (paths.has(field)) throw new UserError(`${option} names \`${field}\` twice`);
    paths.set(field, path);
  }
  return { kind: "fields", paths };
};
