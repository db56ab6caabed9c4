// Models to walk along T: those that can be, and those that cannot with the reason they are given.

export type StepProgram = {
  readonly what: string;
  readonly text: string;
  readonly sizes: Readonly<Record<string, number>>;
};

const net = (params: string, result: string, body: string): string =>
  `model Net(${params}) -> ${result} {\n${body}\n}\n`;
const scanned = (cells: string, units: number): string =>
  net("x: [B, T, 3]", `[B, T, ${units}]`, `return x -> scan T { ${cells} }`);
const tokens = (body: string): string =>
  net("tokens: int[B, T <= 7]", "[B, T, 11]", `return tokens -> Embedding(11, 8) -> ${body}`);

const ragged = { B: 3, T: 5 };

export const stepPrograms: readonly StepProgram[] = [
  { what: "SimpleRnn", text: scanned("SimpleRnn(4)", 4), sizes: ragged },
  { what: "Lstm", text: scanned("Lstm(4)", 4), sizes: ragged },
  { what: "Lstm with a projection", text: scanned("Lstm(4, proj = 3)", 3), sizes: ragged },
  { what: "Gru", text: scanned("Gru(4)", 4), sizes: ragged },
  { what: "one example, one step", text: scanned("Gru(1)", 1), sizes: { B: 1, T: 1 } },
  {
    what: "two cells and a layer in one scan",
    text: scanned("Lstm(4) -> Dense(3) -> relu -> Gru(5)", 5),
    sizes: ragged,
  },
  {
    what: "a scan in a repeat",
    text: net("x: [B, T, 4]", "[B, T, 4]", "return x -> repeat 2 { scan T { Gru(4) } }"),
    sizes: ragged,
  },
  {
    what: "named results, of both states",
    text: net(
      "x: [B, T, 3]",
      "(h: [B, T, 4], c: [B, T, 4])",
      "let h, c = x -> scan T { LstmState(4) }\nreturn h, c",
    ),
    sizes: ragged,
  },
  {
    what: "a learned first state",
    text: `cell Learned(units)(x: [B, In]) -> [B, units] {
  param W: [In, units] ~ glorot()
  param first: [units] ~ normal()
  state h: [B, units] = first
  next h = tanh(x @ W + h)
  return next h
}
${scanned("Learned(4)", 4)}`,
    sizes: ragged,
  },
  {
    what: "a running sum and what came before it",
    text: net(
      "x: [B, T, 3]",
      "[B, T, 3]",
      "let c[b, t, i] = cumsum[t](x[b, t, i])\nreturn c + (c - x)",
    ),
    sizes: ragged,
  },
  {
    what: "a GPT of the library",
    text: tokens("LearnedPositions(7) -> repeat 2 { GptBlock(2) } -> LayerNorm() -> Dense(11)"),
    sizes: ragged,
  },
  {
    what: "learned positions of a size without a bound of its own",
    text: tokens("LearnedPositions(7) -> GptBlock(2) -> Dense(11)").replace(" <= 7", ""),
    sizes: ragged,
  },
  {
    what: "grouped queries with rotary positions, to the last position",
    text: tokens("GroupedQueryAttention(4, 2) -> Dense(11)"),
    sizes: { B: 3, T: 7 },
  },
  {
    what: "sinusoidal positions",
    text: net(
      "tokens: int[B, T <= 7]",
      "[B, T, 11]",
      `let e = (tokens -> Embedding(11, 8)) + sinusoidal(T, 8)
return e -> EncoderBlind() -> Dense(11)`,
    ).concat(`block EncoderBlind()(x: [B, T, E]) -> [B, T, E] {
  return x + (x -> MultiHeadAttention(2, causal = true))
}`),
    sizes: ragged,
  },
  {
    what: "a decoder layer over a memory with a mask",
    text: net(
      "memory: [B, S, 6], mask: bool[B, S], tokens: int[B, T <= 7]",
      "[B, T, 11]",
      `let layer = DecoderLayer(2, 16)
return layer(tokens -> Embedding(11, 8), memory -> Dense(6) -> relu, mask) -> Dense(11)`,
    ),
    sizes: { B: 3, S: 4, T: 5 },
  },
  {
    what: "attention over strictly earlier positions in a window",
    text: net(
      "x: [B, T <= 7, 4]",
      "[B, T, 4]",
      `let s[b, t, u] = sum[d](x[b, t, d] * x[b, u, d])
let a[b, t, u] = softmax[u](if u < t and t - u <= 2 then s[b, t, u] else -inf)
let y[b, t, d] = sum[u](a[b, t, u] * x[b, u, d])
return y + x`,
    ),
    sizes: ragged,
  },
  {
    what: "a bias by distance",
    text: net(
      "x: [B, T <= 7, 4]",
      "[B, T, 4]",
      `let s[b, t, u] = sum[d](x[b, t, d] * x[b, u, d]) - 0.3 * (t - u)
let a[b, t, u] = softmax[u](if t >= u then s[b, t, u] else -inf)
let y[b, t, d] = sum[u](a[b, t, u] * x[b, u, d])
return y`,
    ),
    sizes: { B: 3, T: 7 },
  },
  {
    what: "a mean over the positions so far, weighted by how many saw each",
    text: net(
      "x: [B, T <= 7, 4]",
      "[B, T, 4]",
      `let seen[t < T, u < T] = if u <= t then 1.0 else 0.0
let count[t] = sum[u](seen[t, u])
let y[b, t, d] = sum[u](seen[t, u] * x[b, u, d] * count[u]) / count[t]
return y`,
    ),
    sizes: ragged,
  },
  {
    what: "causal convolutions, dilated",
    text: net(
      "x: [B, T, 3]",
      "[B, T, 5]",
      "return x -> CausalConv(4, 3, dilation = 2) -> relu -> CausalConv(5, 2)",
    ),
    sizes: ragged,
  },
  {
    what: "the sequence moved back by one",
    text: net(
      "x: [B, T, 3]",
      "[B, T, 3]",
      "let before = pad_edges(x[:, :T - 1], [[0, 0], [1, 0], [0, 0]])\nreturn x - before",
    ),
    sizes: ragged,
  },
  {
    what: "the sequence behind a learned first element",
    text: net(
      "x: [B, T, 3]",
      "[B, T, 3]",
      `param first: [3] ~ normal()
let front[b < B, t < 1, i] = first[i]
return x * concat(front, x[:, :T - 1], axis = 1)`,
    ),
    sizes: ragged,
  },
  {
    what: "experts chosen for each token",
    text: net(
      "x: [B, T, 4]",
      "[B, T, 5]",
      `param W: [3, 4, 5] ~ normal()
let k = argmax(x -> Dense(3))
let y[b, t, f] = sum[d](x[b, t, d] * W[k[b, t], d, f])
return y`,
    ),
    sizes: ragged,
  },
  {
    what: "a padded batch, whose states wait where the mask is false",
    text: net(
      "x: [B, T, 3], keep: bool[B, T]",
      "[B, T, 4]",
      "return x -> scan T where keep { Lstm(4) -> Gru(4) }",
    ),
    sizes: ragged,
  },
  {
    what: "two sequences, one of flags",
    text: net(
      "x: [B, T, 3], keep: bool[B, T], scale: [B]",
      "[B, T, 4]",
      `let y = (if unsqueeze(keep, -1) then x else 0) -> scan T { Gru(4) }
return y * reshape(scale, [B, 1, 1])`,
    ),
    sizes: ragged,
  },
];
