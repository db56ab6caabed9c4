// The King James Bible, character by character: a part to learn from, and its end to be measured on.

import { existsSync, readFileSync } from "node:fs";
import { env } from "node:process";
import { gunzipSync } from "node:zlib";
import { characterTokens } from "dlm/runtime";

export type Text = { readonly learned: Int32Array; readonly heldOut: Int32Array };

/** The 63 characters of the whole Bible, in the order of their codes. */
export const characters = "\n !'(),-.:;?ABCDEFGHIJKLMNOPQRSTUVWYZabcdefghijklmnopqrstuvwxyz";

/** Share of the text, at its end, that is held out. */
const share = 0.05;

/** The file that `KJV` names (kjv.txt); the small form takes Genesis, which lies beside. */
export const readText = (small: boolean): Text => {
  const text = small
    ? gunzipSync(readFileSync(new URL("genesis.txt.gz", import.meta.url))).toString("latin1")
    : readBible(env["KJV"] ?? "kjv.txt");
  const ids = characterTokens(characters).encode(text);
  const border = Math.floor(ids.length * (1 - share));
  return { learned: ids.subarray(0, border), heldOut: ids.subarray(border) };
};

const readBible = (path: string): string => {
  if (existsSync(path)) return readFileSync(path, "latin1");
  throw new Error(
    `there is no file ${path}: examples/text/README.md says how to write it; KJV may name another`,
  );
};
