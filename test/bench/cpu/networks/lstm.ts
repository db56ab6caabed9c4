// An LSTM over 64 positions, whose last output is classified.

import type * as Tf from "@tensorflow/tfjs-core";
import type { JaxArray } from "../../shared/jax.ts";
import { transposed } from "../../shared/transposed.ts";
import { jaxDense, onnxConstants, onnxDense, tfjsDense } from "./network.ts";
import type { Network, Shaped, Weights } from "./network.ts";

const [steps, units] = [64, 128];

/** From gates i, f, g, o to i, o, f, g: of `[rows, 4 * units]` the transpose, under an axis for directions. */
const onnxGates = (weight: Shaped): Shaped => {
  const rows = weight.values.length / (4 * units);
  const values = transposed(weight.values, [rows, 4 * units], [1, 0]);
  const part = (gate: number): Float32Array =>
    values.subarray(gate * units * rows, (gate + 1) * units * rows);
  const laid = new Float32Array(values.length);
  [0, 3, 1, 2].forEach((gate, k) => laid.set(part(gate), k * units * rows));
  return { values: laid, shape: rows === 1 ? [1, 4 * units] : [1, 4 * units, rows] };
};

const onnxWeights = (weights: Weights): Weights => {
  const gates = onnxGates(weights.get("Lstm_0.b")!).values;
  // Those of what comes in, and those of the state.
  const biases = new Float32Array(8 * units);
  biases.set(gates);
  return new Map([
    ["W", onnxGates(weights.get("Lstm_0.Wx")!)],
    ["R", onnxGates(weights.get("Lstm_0.Wh")!)],
    ["B", { values: biases, shape: [1, 8 * units] }],
    ...["Dense_0.W", "Dense_0.b"].map((path) => [path, weights.get(path)!] as const),
  ]);
};

const first = 2 * steps * units * 4 * units;

export const lstm: Network = {
  name: "lstm",
  what: `LSTM of ${units} on ${steps} positions of ${units}, dense 10`,
  model: "Classifier",
  recipe: "LstmTrainer",
  sizes: { T: steps },
  shape: [steps, units],
  flop: { all: 2 * first + 2 * units * 10, first },
  onnx: (weights, batch) => ({
    // Its LSTM has positions first on the CPU.
    inputs: { x: [steps, batch, units] },
    outputs: { y: [batch, 10] },
    constants: {
      ...onnxConstants(onnxWeights(weights)),
      shape: { dims: [2], data: BigInt64Array.of(BigInt(batch), BigInt(units)) },
    },
    nodes: [
      {
        op: "LSTM",
        inputs: ["x", "W", "R", "B"],
        outputs: ["", "state"],
        attributes: { hidden_size: units },
      },
      { op: "Reshape", inputs: ["state", "shape"], outputs: ["h"] },
      ...onnxDense("Dense_0", "h", "y", "linear"),
    ],
  }),
  onnxInput: (x, batch) => transposed(x, [batch, steps, units], [1, 0, 2]),
  tfjs: (tf, weight, x, batch) => {
    const [Wh, b] = [weight("Lstm_0.Wh"), weight("Lstm_0.b")];
    const rows = tf.reshape(x, [batch * steps, units]);
    const given = tf.add(tf.matMul(rows, weight("Lstm_0.Wx")), b);
    const each = tf.unstack(tf.reshape(given, [batch, steps, 4 * units]), 1);
    let h: Tf.Tensor = tf.zeros([batch, units]);
    let c: Tf.Tensor = tf.zeros([batch, units]);
    for (const one of each) {
      const [i, f, g, o] = tf.split(tf.add(one, tf.matMul(h, Wh)), 4, 1) as [
        Tf.Tensor,
        Tf.Tensor,
        Tf.Tensor,
        Tf.Tensor,
      ];
      c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    }
    return tfjsDense(tf, weight, "Dense_0", h, "linear");
  },
  jax: (peer, weight, x, batch) => {
    const { nn, numpy: np } = peer.jax;
    const Wh = weight("Lstm_0.Wh");
    const rows = np.matmul(x.reshape([batch * steps, units]), weight("Lstm_0.Wx"));
    const given = rows.add(weight("Lstm_0.b")).reshape([batch, steps, 4 * units]);
    let h = np.zeros([batch, units]);
    let c = np.zeros([batch, units]);
    for (let t = 0; t < steps; t++) {
      const z = given.ref.slice([], t).add(np.matmul(h, Wh.ref));
      const [i, f, g, o] = np.split(z, 4, 1) as [JaxArray, JaxArray, JaxArray, JaxArray];
      c = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(g)));
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
    }
    for (const one of [given, Wh, c]) one.dispose();
    return jaxDense(peer, weight, "Dense_0", h, "linear");
  },
  torch: "lstm",
};
