// Random chains of layers along T: stepped exactly where every link is causal, and then equal to the forward pass.

import { expect, test } from "vitest";
import { expectClose } from "../backends/run-entry.ts";
import { createStream } from "../ops/draw-sample.ts";
import { drawData, netOf, walkEmitted, walkInterpreted } from "./walk.ts";

/** A value `x` of [B, T, 4] into another. */
type Link = { readonly text: string; readonly causal: boolean };

const causal = (text: string): Link => ({ text, causal: true });
const mixing = (text: string): Link => ({ text, causal: false });

/** Masks of later positions, and others. */
const masks: readonly Link[] = [
  causal("u <= t"),
  causal("u < t"),
  causal("t >= u and t - u < 3"),
  causal("not (u > t)"),
  causal("u + 1 <= t"),
  causal("2 * u <= 2 * t"),
  causal("u == t or u + 2 == t"),
  mixing("u >= t"),
  mixing("u <= t + 1"),
  mixing("u <= 2 * t"),
  mixing("u != t"),
  mixing("u < 3"),
];

const attention = ({ text, causal: isCausal }: Link): Link => ({
  causal: isCausal,
  text: `let s[b, t, u] = sum[d](x[b, t, d] * x[b, u, d])
  let a[b, t, u] = softmax[u](if ${text} then s[b, t, u] else -inf)
  let x[b, t, d] = tanh(x[b, t, d] + sum[u](a[b, t, u] * x[b, u, d]))`,
});

const links: readonly Link[] = [
  ...masks.map(attention),
  causal("let x = x -> Dense(4) -> tanh"),
  causal("let x = x -> LayerNorm()"),
  causal("let x = x + (x -> scan T { Gru(4) })"),
  causal("let x = x -> scan T { SimpleRnn(3) -> Dense(4) }"),
  causal("let c[b, t, d] = cumsum[t](x[b, t, d])\n  let x = tanh(c)"),
  causal("let x = x -> CausalConv(4, 2, dilation = 2)"),
  causal("let x = x * pad_edges(x[:, :T - 1], [[0, 0], [1, 0], [0, 0]])"),
  causal("let x[b, t, d] = x[b, t, d] * sin(t + d)"),
  causal("let x = x -> reshape([B, T, 2, 2]) -> transpose(2, 3) -> reshape([B, T, 4])"),
  causal("let x = x -> LearnedPositions(9)"),
  causal("let x = x -> MultiHeadAttention(2, causal = true)"),
  mixing("let x = x - mean(x, over = T, keepdim = true)"),
  mixing("let x = x + (x -> scan T reverse { Gru(4) })"),
  mixing("let x = x -> MultiHeadAttention(2)"),
  mixing("let x = x + unsqueeze(last(x, T), 1)"),
  mixing("let x = x * pad_edges(x[:, 1:], [[0, 0], [0, 1], [0, 0]])"),
];

/** Three links; of every three programs two are causal. */
const programOf = (seed: number): { readonly text: string; readonly isCausal: boolean } => {
  const next = createStream(seed);
  const pool = seed % 3 === 0 ? links : links.filter((link) => link.causal);
  const chain = Array.from({ length: 3 }, () => pool[Math.floor(pool.length * next())]!);
  const body = chain.map(({ text }) => `  ${text}\n`).join("");
  return {
    text: `model Net(x: [B, T <= 7, 4]) -> [B, T, 4] {\n${body}  return x\n}\n`,
    isCausal: chain.every((link) => link.causal),
  };
};

test.each(Array.from({ length: 45 }, (_, seed) => seed + 1))("chain %i", async (seed) => {
  const { text, isCausal } = programOf(seed);
  const module = netOf(text);
  expect(module.model?.stepping?.kind, text).toBe(isCausal ? "causal" : "mixed");
  if (!isCausal) return;
  const sizes = { B: 2, T: seed % 2 === 0 ? 7 : 5 };
  const data = drawData(module, sizes, seed);
  const { whole, steps } = walkInterpreted(module, data, sizes);
  const emitted = await walkEmitted(module, data, sizes);
  steps.forEach((results, t) => {
    const want = whole[t]!.get("")!;
    expectClose(results.get("")!, want, 1e-9, `${text} at ${t}`);
    const got = { ...want, data: Float64Array.from(emitted[t]![0]!) };
    expectClose(got, want, 1e-5, `${text} emitted at ${t}`);
  });
});
