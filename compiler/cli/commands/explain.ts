// `dlm explain CODE`: the long text of a diagnostic.

import { catalogue } from "../../../grammar/catalogue.ts";
import { explanations } from "../../../grammar/explanations.gen.ts";
import { suggest } from "../../../grammar/suggest.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { colorsOf } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

/** Accepts `DLM0401`, `dlm0401`, `0401` and `dim-mismatch`. */
const findCode = (word: string): string | null => {
  const upper = word.toUpperCase();
  const codes = Object.keys(catalogue);
  return (
    codes.find((code) => code === upper || code === `DLM${upper}`) ??
    Object.entries(catalogue).find(([, row]) => row.slug === word.toLowerCase())?.[0] ??
    null
  );
};

export const runExplain = (terminal: Terminal, word: string): ExitCode => {
  const code = findCode(word);
  if (code === null) {
    const rows = Object.entries(catalogue).flatMap(([name, { slug }]) => [name, slug]);
    const near = suggest(word, rows);
    throw new UserError(
      `there is no diagnostic ${word}`,
      near === null ? "codes look like DLM0401" : `did you mean ${near}?`,
    );
  }
  const text = explanations[code] ?? `# ${code}`;
  const { bold } = colorsOf(terminal);
  terminal.out(`${text.trimEnd().replace(/^# (.*)/, (_line, title: string) => bold(title))}\n`);
  return exitCode.ok;
};
