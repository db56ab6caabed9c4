// Matrix products, dense layers, attention and Einstein sums.

import { rankOf, shapeOf, tensorOf, text, type Sample, type Translate } from "./sample.ts";

const scaledProduct: Translate = (s) =>
  `${text(s.kwargs["beta"])} * x0 + ${text(s.kwargs["alpha"])} * (x1 @ x2)`;

const dense: Translate = (s) => {
  const bias = tensorOf(s.args[1]);
  return {
    lets: [`let layer = Dense(${shapeOf(s, 1)[0]}, bias = ${bias !== null})`],
    values: ["layer(x0)"],
    weights: {
      "layer.W": { tensor: 1, layout: [1, 0] },
      ...(bias === null ? {} : { "layer.b": { tensor: bias } }),
    },
  };
};

const bilinear: Translate = (s) => {
  const bias = tensorOf(s.args[2]);
  return {
    lets: [`let layer = Bilinear(${shapeOf(s, 2)[0]}, bias = ${bias !== null})`],
    values: ["layer(x0, x1)"],
    weights: {
      "layer.W": { tensor: 2, layout: [1, 2, 0] },
      ...(bias === null ? {} : { "layer.c": { tensor: bias } }),
    },
  };
};

/** Without heads an axis of one head is added. The second output, the weights, is not part of the library's function. */
const attention: Translate = (s) => {
  if (s.kwargs["dropout_p"] !== 0) return { reason: "random: dropout inside the operation" };
  const causal = s.kwargs["is_causal"] === true;
  const heads = rankOf(s) === 4;
  const lift = (x: string) => (heads ? x : `unsqueeze(${x}, 1)`);
  const y = `attention(${lift("x0")}, ${lift("x1")}, ${lift("x2")}, causal = ${causal})`;
  const d = shapeOf(s).at(-1);
  const letters = heads ? "b, n" : "b";
  return {
    lets: [
      `let score[${letters}, t, s] = sum[d](x0[${letters}, t, d] * x1[${letters}, s, d]) / sqrt(${d})`,
      causal
        ? `let seen[${letters}, t, s] = if s <= t then score[${letters}, t, s] else -inf`
        : "let seen = score",
    ],
    values: [heads ? y : `squeeze(${y}, 1)`, "softmax(seen)"],
  };
};

/** An Einstein sum in index notation; an ellipsis stands for the letters it covers. */
const einstein: Translate = (s) => {
  const [left = "", right = ""] = String(s.args[0]).replaceAll(" ", "").split("->");
  const terms = left.split(",").map((term, k) => spelled(s, term, k));
  const result = right.replace("...", terms.some((t) => t.hidden.length > 0) && right.includes("...") ? "m" : "");
  const letters = [...new Set(terms.flatMap((t) => t.letters))];
  const summed = letters.filter((letter) => !result.includes(letter));
  const product = terms.map((t, k) => `x${k}[${t.letters.join(", ")}]`).join(" * ");
  const value = summed.length > 0 ? `sum[${summed.join(", ")}](${product})` : product;
  if (result === "") return value;
  return { lets: [`let y[${[...result].join(", ")}] = ${value}`], values: ["y"] };
};

const spelled = (s: Sample, term: string, k: number) => {
  const named = term.replace("...", "").length;
  const hidden = rankOf(s, k) > named ? ["m"] : [];
  const letters = [...term.replace("...", hidden.join(""))];
  return { letters, hidden };
};

export const matrix: Readonly<Record<string, Translate>> = {
  matmul: () => "x0 @ x1",
  bmm: () => "x0 @ x1",
  mm: () => "x0 @ x1",
  addmm: scaledProduct,
  "nn.functional.linear": dense,
  "nn.functional.bilinear": bilinear,
  "nn.functional._scaled_dot_product_attention": attention,
  einsum: einstein,
};
