// `dlm generate`: a saved model and a prompt into text.

import type { TokenKind, Tokens } from "../../../runtime/data/tokens.ts";
import { generate } from "../../../runtime/generate.ts";
import { splitSeed, streamKey, uniformAt } from "../../../runtime/random.ts";
import type { SampleOptions } from "../../../runtime/sample.ts";
import type { BackendOptions } from "../backends.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";
import { nextScores } from "../train/next-scores.ts";
import { openNet } from "../train/open-net.ts";
import { within } from "../train/read-data.ts";
import { savedTokens } from "../train/text-data.ts";

export type GenerateOptions = BackendOptions & {
  readonly weights: string;
  readonly name?: string;
  readonly tokens?: TokenKind;
  readonly prompt?: string;
  readonly length: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly greedy?: boolean;
  readonly seed: number;
  readonly json?: boolean;
};

type Start = { readonly ids: Int32Array; readonly shown: string };

/** Without a prompt the text starts as after a line; where lines are unknown, with a token that the seed draws. */
const startOf = (tokens: Tokens, prompt: string, seed: number): Start => {
  const all = Array.from({ length: tokens.size }, (_, id) => id);
  if (prompt !== "") {
    const known =
      tokens.kind === "bytes" ? "" : `the model knows ${JSON.stringify(tokens.decode(all))}`;
    return { ids: within("--prompt", known, () => tokens.encode(prompt)), shown: prompt };
  }
  const newline = all.find((id) => tokens.decode([id]) === "\n");
  if (newline !== undefined) return { ids: Int32Array.of(newline), shown: "" };
  const key = streamKey("prompt", ...splitSeed(seed));
  const drawn = [Math.floor(uniformAt(...key, 0, 0) * tokens.size)];
  return { ids: Int32Array.from(drawn), shown: tokens.decode(drawn) };
};

const samplingOf = ({
  greedy = false,
  temperature,
  topK,
  topP,
  seed,
}: GenerateOptions): SampleOptions => {
  const given = { temperature, topK, topP };
  const named = Object.values(given).some((value) => value !== undefined);
  if (greedy && named)
    throw new UserError(
      "--greedy always takes the most likely, and leaves nothing to draw",
      "drop it, or drop --temperature, --top-k and --top-p",
    );
  const { temperature: t = greedy ? 0 : 1, topK: k = Infinity, topP: p = 1 } = given;
  return { temperature: t, topK: k, topP: p, seed };
};

export const runGenerate = async (
  terminal: Terminal,
  file: string,
  options: GenerateOptions,
): Promise<ExitCode> => {
  const { weights, name, length, prompt = "", seed, json = false } = options;
  const sampling = samplingOf(options);
  const open = await openNet(terminal, file, weights, name, undefined, options);
  const tokens = savedTokens(weights, open.net.metadata, options.tokens);
  const start = startOf(tokens, prompt, seed);
  const { scores, note } = nextScores(open, tokens, start.ids);
  if (note !== null && !json) terminal.err(`${note}\n`);

  let text = "";
  const show = (piece: string): void => {
    text += piece;
    if (!json) terminal.out(piece);
  };
  show(start.shown);
  const decode = tokens.decoder();
  for await (const id of generate(scores, start.ids, { length, size: tokens.size, ...sampling })) {
    show(decode(id));
    if (terminal.interrupt.aborted) break;
    await turn();
  }
  show(decode());
  if (json)
    terminal.out(
      `${JSON.stringify({ prompt: start.shown, text: text.slice(start.shown.length) })}\n`,
    );
  else if (!text.endsWith("\n")) terminal.out("\n");
  return terminal.interrupt.aborted ? exitCode.interrupted : exitCode.ok;
};

/** Lets Ctrl-C and the pipe have their turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
