// An opened net into scores of the token that comes next, the way that costs least.

import type { DataSlot, SizeSpec } from "../../../runtime/abi.ts";
import type { Tokens } from "../../../runtime/data/tokens.ts";
import { scoresByStep, scoresByWindow } from "../../../runtime/generate.ts";
import type { NextScores } from "../../../runtime/generate.ts";
import type { StepState } from "../../../runtime/stepped-model.ts";
import type { TensorData } from "../../../runtime/store.ts";
import { UserError } from "../exit-code.ts";
import { fieldText } from "./data-help.ts";
import type { OpenNet } from "./open-net.ts";
import { isStepped } from "./recipe-trainer.ts";
import type { NetOutput } from "./recipe-trainer.ts";

export type Continuation = {
  readonly scores: NextScores;
  /** What the user should know about how they are made, null when there is nothing. */
  readonly note: string | null;
};

const textInput = ({ net, forward }: OpenNet): DataSlot => {
  const [input, ...more] = forward.data;
  if (input?.dtype === "i32" && input.shape.length === 2 && more.length === 0) return input;
  throw new UserError(
    `\`${net.name}\` does not read text: it takes ${forward.data.map(fieldText).join(", ")}`,
    "text goes into a model with one input like `text: int[B, T]`",
  );
};

/** The number of scores that the net gives for each position; its only result holds them. */
const scoreCount = ({ net, forward }: OpenNet, tokens: Tokens): number => {
  const results = forward.outputs.filter(({ kind }) => kind === "result");
  const [result, ...more] = results;
  const count = result?.shape.at(-1);
  if (more.length === 0 && typeof count === "number" && count >= tokens.size) return count;
  const shown = results.map(({ name, shape }) => `${name}[${shape.join(", ")}]`).join(", ");
  throw new UserError(
    `\`${net.name}\` gives ${shown}: no score for each of ${tokens.size} ${tokens.kind}`,
    `its result should be \`[B, T, ${tokens.size}]\``,
  );
};

const arrayOf = (output: NetOutput): TensorData =>
  ArrayBuffer.isView(output) ? output : Object.values(output)[0]!;

/** Tokens that the net looks back on at most: a bound, or how long windows were when it learned. */
const lookBack = ({ forward, fields }: OpenNet, size: SizeSpec): number | null => {
  if (typeof size === "number") return size;
  const bound = forward.limits[forward.sizes.indexOf(size)] ?? null;
  const learned = fields[0]?.shape[1];
  return bound ?? (typeof learned === "number" ? learned : null);
};

export const nextScores = (open: OpenNet, tokens: Tokens, prompt: Int32Array): Continuation => {
  const { net, forward, stepping } = open;
  const { name, shape, below, at } = textInput(open);
  if (below !== null && below < tokens.size)
    throw new UserError(
      `\`${name}\` takes 0 to ${below - 1} (${at}), and there are ${tokens.size} ${tokens.kind}`,
      "was the model trained with these tokens?",
    );
  const count = scoreCount(open, tokens);
  if (stepping !== null && isStepped(net)) {
    const step = (token: Int32Array, state?: StepState): StepResult => {
      const { y, state: after } = net.step({ [name]: token }, state);
      return { y: arrayOf(y), state: after };
    };
    return { scores: scoresByStep(step, stepping.limit), note: null };
  }
  const [batch, size] = shape as readonly [SizeSpec, SizeSpec];
  const limit = lookBack(open, size);
  if (typeof size === "number" && prompt.length < size)
    throw new UserError(
      `\`${net.name}\` reads exactly ${size} ${tokens.kind}, and the prompt has ${prompt.length}`,
      "write a longer --prompt",
    );
  const sizes = typeof batch === "string" && forward.sizes.includes(batch) ? { [batch]: 1 } : {};
  const run = async (window: Int32Array): Promise<TensorData> =>
    arrayOf(await net.forward({ [name]: window }, { sizes }));
  const last = limit === null ? "all before" : `the last ${limit}`;
  return {
    scores: scoresByWindow(run, count, limit),
    note: `\`${net.name}\` cannot go on step by step: it runs over ${last} for each of the ${tokens.kind}`,
  };
};

type StepResult = { readonly y: TensorData; readonly state: StepState };
