// Element-wise operations and activations.

import { onAxes, rankOf, text, type Translate } from "./sample.ts";

/** `f(x0)`. */
const call =
  (name: string): Translate =>
  () =>
    `${name}(x0)`;

const scaled = (sign: string): Translate => (s) =>
  s.kwargs["alpha"] === undefined ? `x0 ${sign} x1` : `x0 ${sign} (${text(s.kwargs["alpha"])}) * x1`;

const divided: Translate = (s) => {
  const mode = s.kwargs["rounding_mode"];
  if (mode === "floor") return "floor(x0 / x1)";
  if (mode !== "trunc") return "x0 / x1";
  return { lets: ["let q = x0 / x1"], values: ["if q < 0 then ceil(q) else floor(q)"] };
};

const clamped: Translate = (s) => {
  const [lo, hi] = s.args;
  const bounds = [
    ...(lo === null || lo === undefined ? [] : [`lo = ${text(lo)}`]),
    ...(hi === null || hi === undefined ? [] : [`hi = ${text(hi)}`]),
  ];
  return `clamp(x0, ${bounds.join(", ")})`;
};

const gated: Translate = (s) => {
  const axis = text(s.args[0]);
  return `transpose(glu(transpose(x0, ${axis}, -1)), ${axis}, -1)`;
};

/** The threshold only switches to `x` itself where the curve is already close to it. */
const softPlus: Translate = (s) => {
  const { beta, threshold } = s.kwargs;
  return `if ${text(beta)} * x0 > ${text(threshold)} then x0 else softplus(x0, ${text(beta)})`;
};

const prelu: Translate = (s) => ({
  lets: ["let act = PRelu(true)"],
  values: [rankOf(s) === 0 ? "reshape(act(reshape(x0, [1])), [])" : "act(x0)"],
  weights: { "act.a": { tensor: 1, shape: [1] } },
});

const bounded: Translate = (s) =>
  `hard_tanh(x0, ${text(s.kwargs["min_val"] ?? -1)}, ${text(s.kwargs["max_val"] ?? 1)})`;

const alongAxis =
  (name: string): Translate =>
  (s) =>
    onAxes(s, (x) => `${name}(${x}, over = ${text(s.args[0])})`);

export const elementwise: Readonly<Record<string, Translate>> = {
  add: scaled("+"),
  sub: scaled("-"),
  mul: () => "x0 * x1",
  div: divided,
  neg: () => "-x0",
  abs: call("abs"),
  sqrt: call("sqrt"),
  rsqrt: call("rsqrt"),
  exp: call("exp"),
  log: call("log"),
  log1p: call("log1p"),
  sin: call("sin"),
  cos: call("cos"),
  tanh: call("tanh"),
  sigmoid: call("sigmoid"),
  erf: call("erf"),
  reciprocal: call("reciprocal"),
  pow: () => "x0 ^ x1",
  maximum: () => "max(x0, x1)",
  minimum: () => "min(x0, x1)",
  clamp: clamped,
  where: () => "if x1 then x0 else x2",
  "nn.functional.relu": call("relu"),
  "nn.functional.relu6": call("relu6"),
  "nn.functional.leaky_relu": call("leaky_relu"),
  "nn.functional.elu": call("elu"),
  "nn.functional.selu": call("selu"),
  "nn.functional.celu": call("celu"),
  "nn.functional.gelu": (s) => (s.kwargs["approximate"] === "tanh" ? "gelu_tanh(x0)" : "gelu(x0)"),
  "nn.functional.silu": call("silu"),
  "nn.functional.mish": call("mish"),
  "nn.functional.hardswish": call("hard_swish"),
  "nn.functional.hardsigmoid": call("hard_sigmoid"),
  "nn.functional.hardtanh": bounded,
  "nn.functional.softplus": softPlus,
  "nn.functional.softsign": call("softsign"),
  "nn.functional.logsigmoid": call("log_sigmoid"),
  "nn.functional.threshold": (s) => `threshold(x0, ${text(s.args[0])}, ${text(s.args[1])})`,
  "nn.functional.prelu": prelu,
  "nn.functional.glu": gated,
  softmax: alongAxis("softmax"),
  log_softmax: alongAxis("log_softmax"),
  "nn.functional.softmin": alongAxis("softmin"),
};
