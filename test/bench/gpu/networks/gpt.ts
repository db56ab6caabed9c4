// A causal transformer: learned positions, layers that normalise before each part, a dense layer for scores.

import type * as Tf from "@tensorflow/tfjs-core";
import { wholeNumbers } from "../../shared/noise.ts";
import type { JaxArray } from "../peers/jax.ts";
import type { Scale } from "../work.ts";
import type { Network } from "./network.ts";

type Sizes = {
  readonly batch: number;
  readonly ctx: number;
  readonly depth: number;
  readonly heads: number;
  readonly width: number;
  readonly vocab: number;
};

const tfjsLogits =
  ({ batch, ctx, depth, heads, width }: Sizes): Network["tfjs"] =>
  (tf, weight, tokens) => {
    const dense = (x: Tf.Tensor, layer: string): Tf.Tensor =>
      tf.fused.matMul({
        a: x as never,
        b: weight(`${layer}.W`) as never,
        bias: weight(`${layer}.b`),
      });
    const norm = (x: Tf.Tensor, layer: string): Tf.Tensor => {
      const { mean, variance } = tf.moments(x, -1, true);
      const y = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
      return tf.add(tf.mul(y, weight(`${layer}.gamma`)), weight(`${layer}.beta`));
    };
    const gelu = (x: Tf.Tensor): Tf.Tensor =>
      tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    const later = tf.sub(1, tf.linalg.bandPart(tf.ones([ctx, ctx]), -1, 0));
    const mask = tf.mul(later, -1e9);
    const split = (x: Tf.Tensor): Tf.Tensor =>
      tf.transpose(tf.reshape(x, [batch, ctx, heads, width / heads]), [0, 2, 1, 3]);
    const attend = (x: Tf.Tensor, layer: string): Tf.Tensor => {
      const [q, k, v] = ["query", "key", "value"].map((part) =>
        split(dense(x, `${layer}.${part}`)),
      ) as [Tf.Tensor, Tf.Tensor, Tf.Tensor];
      const score = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads));
      const y = tf.matMul(tf.softmax(tf.add(score, mask)), v);
      const joined = tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [batch * ctx, width]);
      return dense(joined, `${layer}.out`);
    };
    const embedded = tf.gather(weight("wte"), tokens as Tf.Tensor1D);
    const placed = tf.add(tf.reshape(embedded, [batch, ctx, width]), weight("wpe"));
    let x: Tf.Tensor = tf.reshape(placed, [batch * ctx, width]);
    for (let k = 0; k < depth; k++) {
      const block = `GptBlock_${k}`;
      x = tf.add(x, attend(norm(x, `${block}.norm1`), `${block}.attend`));
      const h = gelu(dense(norm(x, `${block}.norm2`), `${block}.feed.Dense_0`));
      x = tf.add(x, dense(h, `${block}.feed.Dense_1`));
    }
    return dense(norm(x, "LayerNorm_0"), "Dense_0");
  };

const jaxLogits =
  ({ batch, ctx, depth, heads, width, vocab }: Sizes): Network["jax"] =>
  ({ jax }, weight, tokens) => {
    const { nn, numpy: np } = jax;
    const dense = (x: JaxArray, layer: string): JaxArray =>
      np.matmul(x, weight(`${layer}.W`)).add(weight(`${layer}.b`));
    const norm = (x: JaxArray, layer: string): JaxArray =>
      nn
        .standardize(x, -1, { epsilon: 1e-5 })
        .mul(weight(`${layer}.gamma`))
        .add(weight(`${layer}.beta`));
    const attend = (x: JaxArray, layer: string): JaxArray => {
      const [q, k, v] = ["query", "key", "value"].map((part) =>
        dense(x.ref, `${layer}.${part}`).reshape([batch, ctx, heads, width / heads]),
      ) as [JaxArray, JaxArray, JaxArray];
      x.dispose();
      const y = nn.dotProductAttention(q, k, v, { isCausal: true });
      return dense(y.reshape([batch, ctx, width]), `${layer}.out`);
    };
    // The gradient of `take` does not jit in 0.1.25: a scatter whose input "is not imm".
    const embedded = np.matmul(nn.oneHot(tokens, vocab), weight("wte"));
    let x = embedded.reshape([batch, ctx, width]).add(weight("wpe"));
    for (let k = 0; k < depth; k++) {
      const block = `GptBlock_${k}`;
      x = x.ref.add(attend(norm(x, `${block}.norm1`), `${block}.attend`));
      const hidden = dense(norm(x.ref, `${block}.norm2`), `${block}.feed.Dense_0`);
      x = x.add(dense(nn.gelu(hidden, { approximate: false }), `${block}.feed.Dense_1`));
    }
    return dense(norm(x, "LayerNorm_0"), "Dense_0").reshape([batch * ctx, -1]);
  };

export const gpt = (scale: Scale): Network => {
  const sizes: Sizes =
    scale === "full"
      ? { batch: 32, ctx: 256, depth: 6, heads: 6, width: 384, vocab: 256 }
      : { batch: 3, ctx: 8, depth: 2, heads: 2, width: 12, vocab: 17 };
  const { batch, ctx, depth, width, vocab } = sizes;
  const tokens = batch * ctx;
  const layer = 2 * tokens * 12 * width * width + 4 * tokens * ctx * width;
  return {
    name: "gpt",
    what: `${depth} layers, width ${width}, ${ctx} tokens, batch ${batch}`,
    spec: { file: "networks.dlm", name: scale === "full" ? "GptTrainer" : "GptSmall" },
    flop: 3 * (depth * layer + 2 * tokens * width * vocab),
    batch: { tokens: wholeNumbers(tokens, vocab, 1), label: wholeNumbers(tokens, vocab, 2) },
    shapes: { tokens: [tokens] },
    classes: vocab,
    tfjs: tfjsLogits(sizes),
    jax: jaxLogits(sizes),
    torch: { work: "train_gpt", sizes },
  };
};
