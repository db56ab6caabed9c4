// The same training step in TensorFlow.js on its plain JavaScript backend.

import * as tf from "@tensorflow/tfjs";

/** A function that takes one step: cross-entropy, gradients, Adam. */
export const tfjsStep = async (
  widths: readonly number[],
  x: Float32Array,
  label: Int32Array,
): Promise<() => Promise<void>> => {
  await tf.setBackend("cpu");
  await tf.ready();
  const weights = widths.slice(1).map((width, i) => ({
    W: tf.variable(tf.randomUniform([widths[i]!, width], -0.05, 0.05)),
    b: tf.variable(tf.zeros([width])),
  }));
  const optimizer = tf.train.adam(1e-3);
  const input = tf.tensor2d(x, [label.length, widths[0]!]);
  const target = tf.oneHot(tf.tensor1d(label, "int32"), widths.at(-1)!);
  const loss = (): tf.Scalar => {
    const logits = weights.reduce<tf.Tensor>((h, { W, b }, i) => {
      const z = h.matMul(W).add(b);
      return i < weights.length - 1 ? z.relu() : z;
    }, input);
    return tf.losses.softmaxCrossEntropy(target, logits);
  };
  return async () => {
    const value = optimizer.minimize(loss, true);
    await value?.data();
    value?.dispose();
  };
};
