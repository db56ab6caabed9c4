// Programs with scans: each a model and the sizes to run it with, on data that fits.

export type ScanProgram = {
  readonly what: string;
  /** Declarations; the model is called `Net`, takes floats of these shapes and ints below 3. */
  readonly text: string;
  /** Shapes of the model's inputs, "int" in front of those of ints. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly result: string;
  readonly sizes: Readonly<Record<string, number>>;
  /** Draws differ between training and evaluation, and penalties and buffers are for training. */
  readonly training?: true;
  /** Too slow to differentiate by finite differences. */
  readonly large?: true;
  /** Its gradient is not its slope. */
  readonly stops?: true;
};

const sum = `cell Sum(x: [B, C]) -> [B, C] {
  state s: [B, C] = 0
  next s = s + x * x
  return next s
}
`;
const net = (params: string, result: string, body: string): string =>
  `model Net(${params}) -> ${result} {\n${body}\n}\n`;

export const scanPrograms: readonly ScanProgram[] = [
  {
    what: "one cell without weights",
    text: sum + net("x: [B, T, C]", "[B, T, C]", "return x -> scan T { Sum() }"),
    inputs: { x: "[B, T, C]" },
    result: "[B, T, C]",
    sizes: { B: 3, T: 5, C: 2 },
  },
  {
    what: "one step",
    text: sum + net("x: [B, T, C]", "[B, T, C]", "return x -> scan T { Sum() }"),
    inputs: { x: "[B, T, C]" },
    result: "[B, T, C]",
    sizes: { B: 1, T: 1, C: 1 },
  },
  {
    what: "its gradient beside that of what it reads",
    text: `cell Row(x: [C]) -> [C] {
  state s: [C] = 1
  next s = s + x * x
  return next s
}
${net("x: [3, 5]", "[3, 5]", "let T = 3\nlet h = x -> scan T { Row() }\nreturn grad(sum(h) + sum(x), x)")}`,
    inputs: { x: "[3, 5]" },
    result: "[3, 5]",
    sizes: {},
  },
  {
    what: "the first axis scanned in reverse",
    text: sum + net("x: [T, B, C]", "[T, B, C]", "return x -> scan T reverse { Sum() -> tanh }"),
    inputs: { x: "[T, B, C]" },
    result: "[T, B, C]",
    sizes: { B: 3, T: 5, C: 2 },
  },
  {
    what: "a result with fewer axes than where the scanned axis was",
    text: sum + net("x: [B, C, T]", "[B, T]", "return x -> scan T { Sum() -> sum(over = -1) }"),
    inputs: { x: "[B, C, T]" },
    result: "[B, T]",
    sizes: { B: 3, T: 4, C: 2 },
  },
  {
    what: "initial values, with a gradient into them",
    text: net(
      "x: [B, T, 3], h: [B, 4], c: [B, 4]",
      "[B, T, 4]",
      "return x -> scan T from (tanh(h), c * c) { Lstm(4) }",
    ),
    inputs: { x: "[B, T, 3]", h: "[B, 4]", c: "[B, 4]" },
    result: "[B, T, 4]",
    sizes: { B: 3, T: 4 },
  },
  {
    what: "several cells and layers between them",
    text: net(
      "x: [B, T, 3]",
      "[B, T, 5]",
      "return x -> scan T { Lstm(4) -> Dense(3) -> relu -> Gru(5) }",
    ),
    inputs: { x: "[B, T, 3]" },
    result: "[B, T, 5]",
    sizes: { B: 2, T: 5 },
  },
  {
    what: "cells that are worth a loop of their own",
    text: net(
      "x: [B, T, 3]",
      "[B, T, 2]",
      "return x -> scan T { Lstm(16) -> Gru(16) -> Dense(2) }",
    ),
    inputs: { x: "[B, T, 3]" },
    result: "[B, T, 2]",
    sizes: { B: 5, T: 3 },
    large: true,
  },
  {
    what: "fewer steps and examples than the bounds that memory is planned for",
    text: net(
      "x: [B <= 7, T <= 9, 3]",
      "[B, T, 2]",
      "return x -> scan T { Lstm(3) -> Dense(2) } -> scan T reverse { SimpleRnn(2) }",
    ),
    inputs: { x: "[B, T, 3]" },
    result: "[B, T, 2]",
    sizes: { B: 2, T: 4 },
  },
  {
    what: "one cell applied twice: one set of weights, two states",
    text: net(
      "x: [B, T, 3]",
      "[B, T, 3]",
      "let step = Gru(3)\nreturn x -> scan T { step -> step }",
    ),
    inputs: { x: "[B, T, 3]" },
    result: "[B, T, 3]",
    sizes: { B: 2, T: 4 },
  },
  {
    what: "two piped values, one of them whole, and two results",
    text: `cell Mix(x: [B, C], w: [C]) -> (a: [B, C], b: [B]) {
      state s: [B, C] = 1
      next s = tanh(s * w + x)
      return next s, sum(s * x, over = -1)
    }
    ${net(
      "x: [B, T, C], w: [C]",
      "[B, T, C]",
      "let a, b = (x, w) -> scan T { Mix() }\nreturn a * reshape(b, [B, T, 1])",
    )}`,
    inputs: { x: "[B, T, C]", w: "[C]" },
    result: "[B, T, C]",
    sizes: { B: 3, T: 4, C: 2 },
  },
  {
    what: "values captured whole, and a learned start",
    text: `cell Attend(units)(x: [B, C], memory: [B, S, C]) -> [B, units] {
      param start: [units] ~ normal(0, 1)
      state h: [B, units] = start
      let weights = softmax(sum(memory * reshape(x, [B, 1, C]), over = -1), over = -1)
      let read = sum(memory * reshape(weights, [B, S, 1]), over = 1)
      next h = tanh(Dense(units)(read) + h)
      return next h
    }
    ${net(
      "x: [B, T, 2], memory: [B, S, 2]",
      "[B, T, 3]",
      "return x -> scan T { Attend(3)(memory) }",
    )}`,
    inputs: { x: "[B, T, 2]", memory: "[B, S, 2]" },
    result: "[B, T, 3]",
    sizes: { B: 2, T: 3, S: 5 },
  },
  {
    what: "an embedding inside the loop, whose table gets a gradient of rows",
    text: net("x: int[B, T]", "[B, T, 4]", "return x -> scan T { Embedding(3, 2) -> Gru(4) }"),
    inputs: { x: "int[B, T]" },
    result: "[B, T, 4]",
    sizes: { B: 3, T: 5 },
  },
  {
    what: "a counter that is no real number",
    text: `cell Every(x: [B]) -> [B] {
      state n: int = 0
      state s: [B] = 0
      next n = n + 1
      next s = if n % 2 == 0 then s + x else s * x
      return next s * float(next n)
    }
    ${net("x: [B, T]", "[B, T]", "return x -> scan T { Every() }")}`,
    inputs: { x: "[B, T]" },
    result: "[B, T]",
    sizes: { B: 3, T: 5 },
  },
  {
    what: "a scan in a scan, which starts again at each outer step",
    text: `${sum}cell Rows(x: [B, S, C]) -> [B, C] {
      state total: [B, C] = 0
      let inner = x -> scan S { Sum() -> tanh }
      next total = total * 0.5 + last(inner, S)
      return next total
    }
    ${net("x: [B, T, S, C]", "[B, T, C]", "return x -> scan T { Rows() }")}`,
    inputs: { x: "[B, T, S, C]" },
    result: "[B, T, C]",
    sizes: { B: 2, T: 3, S: 4, C: 2 },
  },
  {
    what: "a gradient that stops in the cell",
    text: `cell Cut(x: [B, 2]) -> [B, 2] {
      param w: [2] ~ normal(0, 1)
      state s: [B, 2] = 0
      next s = tanh(stop_gradient(s) * w + x)
      return next s
    }
    ${net("x: [B, T, 2]", "[B, T, 2]", "return x -> scan T { Cut() }")}`,
    inputs: { x: "[B, T, 2]" },
    result: "[B, T, 2]",
    sizes: { B: 2, T: 4 },
    stops: true,
  },
  {
    what: "scans in a repeat",
    text: net(
      "x: [B, T, 3]",
      "[B, T, 3]",
      "return x -> repeat 2 { scan T { SimpleRnn(3) } -> scan T reverse { SimpleRnn(3) } }",
    ),
    inputs: { x: "[B, T, 3]" },
    result: "[B, T, 3]",
    sizes: { B: 2, T: 4 },
  },
  {
    what: "a new draw at each step",
    text: net("x: [B, T, 3]", "[B, T, 4]", "return x -> scan T { SimpleRnn(4) -> Dropout(0.5) }"),
    inputs: { x: "[B, T, 3]" },
    result: "[B, T, 4]",
    sizes: { B: 3, T: 4 },
    training: true,
  },
  {
    what: "a buffer that every step updates",
    text: net("x: [B, T, 3]", "[B, T, 4]", "return x -> scan T { SimpleRnn(4) -> BatchNorm() }"),
    inputs: { x: "[B, T, 3]" },
    result: "[B, T, 4]",
    sizes: { B: 5, T: 3 },
    training: true,
  },
  {
    what: "sequences of different lengths",
    text: net(
      "x: [B, T, 3], lengths: int[B]",
      "[B, T, 4]",
      "return x -> scan T where within(lengths, T) { Lstm(4) }",
    ),
    inputs: { x: "[B, T, 3]", lengths: "int[B]" },
    result: "[B, T, 4]",
    sizes: { B: 3, T: 2 },
  },
  {
    what: "sequences in reverse from a given state, through several cells",
    text: net(
      "x: [B, T, 2], h: [B, 3], g: [B, 2], lengths: int[B]",
      "[B, T, 2]",
      `let real = within(lengths + 1, T)
      return x -> scan T reverse where real from (tanh(h), g) { Gru(3) -> SimpleRnn(2) }`,
    ),
    inputs: { x: "[B, T, 2]", h: "[B, 3]", g: "[B, 2]", lengths: "int[B]" },
    result: "[B, T, 2]",
    sizes: { B: 3, T: 3 },
  },
  {
    what: "steps that count for all, an int state, and results of several types",
    text: `cell Nth(x: [B, C]) -> (y: [B, C], n: int[B]) {
      state n: int[B] = 1
      next n = n + 1
      return x * x * unsqueeze(float(n), -1), next n
    }
    ${net(
      "x: [B, T, C], on: int[T]",
      "[B, T, C]",
      "let y, n = x -> scan T where on > 0 { Nth() }\nreturn y + unsqueeze(float(n), -1) * x",
    )}`,
    inputs: { x: "[B, T, C]", on: "int[T]" },
    result: "[B, T, C]",
    sizes: { B: 3, T: 6, C: 2 },
  },
  {
    what: "a masked scan in a masked scan",
    text: `${sum}cell Rows(x: [B, S, C], real: bool[B, S]) -> [B, C] {
      state total: [B, C] = 0
      let inner = x -> scan S where real { Sum() -> tanh }
      next total = total * 0.5 + sum(inner, over = S)
      return next total
    }
    ${net(
      "x: [B, T, S, C], rows: int[B], columns: int[B]",
      "[B, T, C]",
      `let real = within(columns + 1, S)
      return (x, real) -> scan T where within(rows, T) { Rows() }`,
    )}`,
    inputs: { x: "[B, T, S, C]", rows: "int[B]", columns: "int[B]" },
    result: "[B, T, C]",
    sizes: { B: 3, T: 2, S: 3, C: 2 },
  },
  {
    what: "a buffer that every step updates, the masked ones too",
    text: net(
      "x: [B, T, 3], lengths: int[B]",
      "[B, T, 4]",
      "return x -> scan T where within(lengths, T) { SimpleRnn(4) -> BatchNorm() }",
    ),
    inputs: { x: "[B, T, 3]", lengths: "int[B]" },
    result: "[B, T, 4]",
    sizes: { B: 5, T: 3 },
    training: true,
  },
  {
    what: "a penalty of every step",
    text: `cell Costly(x: [B, 2]) -> [B, 2] {
      param w: [2] ~ normal(0, 1)
      state s: [B, 2] = 0
      next s = tanh(s * w + x)
      penalty mean(next s * next s)
      return next s
    }
    ${net("x: [B, T, 2]", "[B, T, 2]", "return x -> scan T { Costly() }")}`,
    inputs: { x: "[B, T, 2]" },
    result: "[B, T, 2]",
    sizes: { B: 2, T: 4 },
    training: true,
  },
];
