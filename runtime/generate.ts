// A prompt → what a model makes of it, one token after the other.
import { DlmError } from "./errors.ts";
import { sampler, type SampleOptions } from "./sample.ts";

/** Scores of what follows the tokens so far; asked again with each token more. */
export type NextScores = (
  tokens: readonly number[],
) => ArrayLike<number> | Promise<ArrayLike<number>>;

export type GenerateOptions = SampleOptions & {
  /** Tokens to make. */
  readonly length: number;
  /** Tokens that mean something, where the model has scores for more. */
  readonly size?: number;
};

/**
 * The tokens that follow the prompt, each as soon as it is chosen.
 * ```ts
 * const tokens = readTokens(net.metadata)!;
 * const decode = tokens.decoder();
 * const scores = scoresByStep((text, state?: StepState) => net.step({ text }, state), 64); // `T <= 64`
 * for await (const id of generate(scores, tokens.encode("In the "), { length: 200, temperature: 0.8 })) write(decode(id));
 * ```
 * Throws `bad-option` for an empty prompt and options out of range, `not-finite` for scores that are no numbers.
 */
export async function* generate(
  scores: NextScores,
  prompt: ArrayLike<number>,
  options: GenerateOptions,
): AsyncGenerator<number, void, undefined> {
  const choose = sampler(options);
  const tokens = Array.from(prompt);
  if (tokens.length === 0) throw new DlmError("bad-option", "the prompt is empty: give a token");
  if (!(options.length >= 0)) {
    throw new DlmError("bad-option", `length must be a number from 0, got ${options.length}`);
  }
  for (let made = 0; made < options.length; made++) {
    const token = choose(Array.from(await scores(tokens)).slice(0, options.size), made);
    tokens.push(token);
    yield token;
  }
}

type Stepped<State> = { readonly y: ArrayLike<number>; readonly state: State };

/**
 * Scores of a model that runs one position at a time. At its bound `limit` it starts again from the later half of what
 * it has seen.
 */
export const scoresByStep = <State>(
  step: (token: Int32Array, state?: State) => Stepped<State>,
  limit: number | null = null,
): NextScores => {
  const most = limit ?? Infinity;
  let last: Stepped<State> | undefined;
  /** Positions of the model's sequence, and tokens that it has seen or skipped. */
  let position = 0;
  let seen = 0;
  return (tokens) => {
    if (position + tokens.length - seen > most) {
      last = undefined;
      position = 0;
      seen = tokens.length - Math.ceil(most / 2);
    }
    for (; seen < tokens.length; seen++, position++) {
      last = step(Int32Array.of(tokens[seen]!), last?.state);
    }
    return last!.y;
  };
};

/** Scores of any model: the last `size` results of a run over the latest tokens, at most `limit` of them. */
export const scoresByWindow =
  (
    forward: (tokens: Int32Array) => Promise<ArrayLike<number>>,
    size: number,
    limit: number | null = null,
  ): NextScores =>
  async (tokens) => {
    const window = Int32Array.from(limit === null ? tokens : tokens.slice(-limit));
    const results = await forward(window);
    return Array.from(results).slice(-size);
  };
