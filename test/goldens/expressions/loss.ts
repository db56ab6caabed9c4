// Losses, reduced as PyTorch's `reduction` says.

import {
  channelsLast,
  rankOf,
  reduced,
  shapeOf,
  tensorOf,
  text,
  type Sample,
  type Translate,
} from "./sample.ts";

const pair =
  (name: string, ...options: readonly (readonly [string, string])[]): Translate =>
  (s) => {
    const given = options.flatMap(([theirs, ours]) =>
      s.kwargs[theirs] === undefined ? [] : [`, ${ours} = ${text(s.kwargs[theirs])}`],
    );
    return reduced(s, `${name}(x0, x1${given.join("")})`);
  };

/** Class numbers or class probabilities, classes at axis 1; the mean is over examples. */
const crossEntropy: Translate = (s) => {
  const scores = channelsLast("x0", rankOf(s));
  return s.inputs[1]!.dtype === "I64"
    ? reduced(s, `cross_entropy(${scores}, x1)`)
    : reduced(s, `soft_cross_entropy(${scores}, ${channelsLast("x1", rankOf(s))})`);
};

/** The mean divides by the sum of the weights of the examples that count. */
const negativeLogLikelihood: Translate = (s) => {
  const { ignore_index, reduction = "mean" } = s.kwargs;
  const weight = tensorOf(s.kwargs["weight"]);
  const share = weight === null ? "1.0" : `x${weight}[x1]`;
  const loss = `${share} * nll(${rankOf(s) > 1 ? channelsLast("x0", rankOf(s)) : "x0"}, x1)`;
  const known = ignore_index === undefined ? "x1 >= 0" : `x1 != ${text(ignore_index)}`;
  const lets = [`let known = ${known}`, `let loss = if known then ${loss} else 0`];
  if (reduction !== "mean") return { lets, values: [reduction === "sum" ? "sum(loss)" : "loss"] };
  return { lets, values: [`sum(loss) / sum(if known then ${share} else 0)`] };
};

const weighted =
  (name: string): Translate =>
  (s) => {
    const weight = tensorOf(s.kwargs["weight"]);
    const positive = tensorOf(s.kwargs["pos_weight"]);
    const loss = `${name}(x0, x1${positive === null ? "" : `, pos_weight = x${positive}`})`;
    return reduced(s, weight === null ? loss : `(${loss} * x${weight})`);
  };

const gaussian: Translate = (s) => {
  const { full = false, eps = 1e-6 } = s.kwargs;
  return reduced(s, `gaussian_nll(x0, x1, ${variance(s)}, full = ${text(full)}, eps = ${text(eps)})`);
};

/** PyTorch lets one variance per row lack the last axis. */
const variance = (s: Sample): string => {
  const missing = rankOf(s, 2) === rankOf(s) - 1 && rankOf(s) > 0 && !broadcasts(s);
  return missing ? "unsqueeze(x2, -1)" : "x2";
};
const broadcasts = (s: Sample): boolean => {
  const tail = shapeOf(s).slice(1);
  return s.op !== "nn.functional.gaussian_nll_loss" && tail.every((n, i) => n === shapeOf(s, 2)[i]);
};

const cosineEmbedding: Translate = (s) =>
  reduced(s, `cosine_embedding(x0, x1, x2, margin = ${text(s.kwargs["margin"] ?? 0)})`);

/**
 * Steps come first in PyTorch, and `mean` divides by the number of labels. Its gradient, whose rows sum to 0, is the one
 * to scores whose `log_softmax` the input is; that of the input itself is another. The input is normalised already.
 */
const alignments: Translate = (s) => {
  const zero = text(s.kwargs["zero_infinity"] ?? false);
  const log = "log_softmax(permute(x0, [1, 0, 2]))";
  const loss = `ctc(${log}, x1, x2, x3, zero_infinity = ${zero})`;
  return reduced(s, s.kwargs["reduction"] === "mean" ? `(${loss} / max(x3, 1))` : loss);
};

export const loss: Readonly<Record<string, Translate>> = {
  "nn.functional.cross_entropy": crossEntropy,
  "nn.functional.nll_loss": negativeLogLikelihood,
  "nn.functional.mse_loss": pair("squared_error"),
  "nn.functional.l1_loss": pair("absolute_error"),
  "nn.functional.smooth_l1_loss": pair("smooth_l1", ["beta", "beta"]),
  "nn.functional.huber_loss": pair("huber", ["delta", "delta"]),
  "nn.functional.binary_cross_entropy": weighted("bce"),
  "nn.functional.binary_cross_entropy_with_logits": weighted("bce_logits"),
  "nn.functional.kl_div": pair("kl_div", ["log_target", "log_target"]),
  "nn.functional.hinge_embedding_loss": pair("hinge_embedding", ["margin", "margin"]),
  "nn.functional.cosine_embedding_loss": cosineEmbedding,
  "nn.functional.gaussian_nll_loss": gaussian,
  "nn.functional.ctc_loss": alignments,
};
