// Reductions, norms and running sums.

import { onAxes, rankOf, shapeOf, text, type Sample, type Translate } from "./sample.ts";

/** `over` and `keepdim` of PyTorch's `dim` and `keepdim`, as arguments after the tensor. */
const axes = (dim: unknown, keepdim: unknown): string => {
  const all = dim === undefined || dim === null || (Array.isArray(dim) && dim.length === 0);
  return `${all ? "" : `, over = ${text(dim)}`}${keepdim === true ? ", keepdim = true" : ""}`;
};

/** A reduction with keyword arguments; of a scalar it is the scalar of `[1]`. */
const reduce =
  (name: string, extra: (s: Sample) => string = () => ""): Translate =>
  (s) => {
    const { dim, keepdim } = s.kwargs;
    return onAxes(s, (x) => `${name}(${x}${axes(dim, keepdim)}${extra(s)})`);
  };

const product: Translate = (s) =>
  onAxes(s, (x) => `prod(${x}${axes(s.args[0], s.kwargs["keepdim"])})`);

/** `var(unbiased)`, `var(dim, unbiased)` and `var(dim, correction)`; PyTorch's null correction is 1. */
const spreadOf =
  (name: string): Translate =>
  (s) => {
    const { unbiased = s.args[0], correction, dim, keepdim } = s.kwargs;
    const less = unbiased === false ? 0 : typeof correction === "number" ? correction : 1;
    return `${name}(x0${axes(dim, keepdim)}, correction = ${less})`;
  };

const norm: Translate = (s) => {
  const [given = 2, dim, keepdim] = s.args;
  if (given === "nuc") return { reason: "needs singular values" };
  const p = given === "fro" ? 2 : given;
  return onAxes(s, (x) => `norm(${x}, p = ${text(p)}${axes(dim, keepdim)})`);
};

const logSumExp: Translate = (s) =>
  onAxes(s, (x) => `logsumexp(${x}${axes(s.args[0], s.args[1])})`);

const running =
  (name: string): Translate =>
  (s) =>
    onAxes(s, (x) => `${name}(${x}, over = ${text(s.args[0])})`);

/** Without an axis, of the flattened tensor. */
const largest: Translate = (s) => {
  const { dim, keepdim } = s.kwargs;
  if (dim === undefined || rankOf(s) === 0) {
    const flat = `reshape(x0, [${shapeOf(s).reduce((a, b) => a * b, 1)}])`;
    return `argmax(${flat})`;
  }
  return `argmax(x0${axes(dim, keepdim)})`;
};

const normalized: Translate = (s) => {
  const { p = 2, dim = 1, eps = 1e-12 } = s.kwargs;
  return onAxes(s, (x) => `normalize(${x}, p = ${text(p)}, over = ${text(dim)}, eps = ${text(eps)})`);
};

const cosine: Translate = (s) => {
  const { dim = 1, eps = 1e-8 } = s.kwargs;
  const options = `over = ${text(dim)}, eps = ${text(eps)}`;
  return rankOf(s) === 0
    ? `cosine_similarity(reshape(x0, [1]), reshape(x1, [1]), ${options})`
    : `cosine_similarity(x0, x1, ${options})`;
};

const distance: Translate = (s) => {
  const { p = 2, eps = 1e-6, keepdim } = s.kwargs;
  const d = `pairwise_distance(x0, x1, p = ${text(p)}, eps = ${text(eps)})`;
  return keepdim === true ? `unsqueeze(${d}, -1)` : d;
};

export const reduction: Readonly<Record<string, Translate>> = {
  sum: reduce("sum"),
  mean: reduce("mean"),
  amax: reduce("max"),
  amin: reduce("min"),
  prod: product,
  std: spreadOf("std"),
  var: spreadOf("var"),
  norm,
  logsumexp: logSumExp,
  cumsum: running("cumsum"),
  cumprod: running("cumprod"),
  argmax: largest,
  "nn.functional.normalize": normalized,
  "nn.functional.cosine_similarity": cosine,
  "nn.functional.pairwise_distance": distance,
};
