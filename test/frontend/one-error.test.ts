// One mistake gives one error: every name of a program in turn is replaced by one that nobody knows.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createPrelude, elaborate } from "../../compiler/frontend/index.ts";
import { parse } from "../../grammar/parse.ts";

const samples = new URL("../cases/grammar/samples/", import.meta.url);
const prelude = createPrelude();

const keyword =
  /^(import|from|as|model|block|cell|fn|train|optimizer|let|param|buffer|next|return|repeat|in|if|then|else|and|or|not|true|false|require|penalty|data|step|minimize|over|using|clip|metric)$/;

const errorsOf = (text: string): readonly string[] =>
  elaborate({ entry: "p.dlm", read: () => text, prelude })
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code} ${message}`);

describe("one mistake, one error", () => {
  test.each(["01-mlp", "02-lenet", "04-autoencoder", "05-vae", "07-moe", "13-convolution"])(
    "an unknown name anywhere in %s",
    (name) => {
      const text = readFileSync(new URL(`${name}.dlm`, samples), "utf8").replace(/\/\/.*/g, "");
      expect(errorsOf(text)).toEqual([]);
      let found = 0;
      for (const { 0: word, index } of text.matchAll(/(?<!")\b[A-Za-z_]\w*\b(?!")/g)) {
        if (keyword.test(word)) continue;
        const changed = `${text.slice(0, index)}zzq${text.slice(index + word.length)}`;
        if (parse({ path: "p.dlm", text: changed }).diagnostics.length > 0) continue;
        // Renaming what a declaration is called breaks every use of the old name.
        const errors = errorsOf(changed).filter(
          (one, i) => i === 0 || !one.includes(`\`${word}\``),
        );
        const line = text.slice(0, index).split("\n").length;
        expect([line, word, errors.slice(1)]).toEqual([line, word, []]);
        found += errors.length;
      }
      expect(found).toBeGreaterThan(20);
    },
    60_000,
  );
});
