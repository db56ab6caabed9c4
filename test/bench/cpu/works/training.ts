// Steps of training: cross-entropy, gradients, Adam. All begin with the same weights, and must have the same losses.

import { firstWeights } from "../../shared/first-weights.ts";
import { adamSteps } from "../../shared/jax-adam.ts";
import type { JaxArray, JaxPeer } from "../../shared/jax.ts";
import { noise, wholeNumbers } from "../../shared/noise.ts";
import type { Program } from "../../shared/programs.ts";
import type { Runner } from "../../shared/runner.ts";
import { recipeRunner } from "../dlm.ts";
import { cnn } from "../networks/cnn.ts";
import { lstm } from "../networks/lstm.ts";
import { mlp } from "../networks/mlp.ts";
import type { Network, Shaped, Weights } from "../networks/network.ts";
import type { TfjsPeer } from "../peers/tfjs.ts";
import { severalThreads } from "../work.ts";
import type { Bar, Work } from "../work.ts";

/** Losses that are compared. */
const steps = 3;
const classes = 10;

type Given = {
  readonly network: Network;
  readonly weights: Weights;
  readonly batch: number;
  readonly x: Shaped;
  readonly label: Int32Array;
};

const weightsOf = (program: Program): Weights => {
  const shapes = new Map(
    program.stored.map(({ path, shape }) => [path.replace(/^net\./, ""), shape]),
  );
  return new Map(
    [...firstWeights(program)].map(([path, values]) => [
      path,
      { values, shape: shapes.get(path)! },
    ]),
  );
};

const tfjsRunner = async (
  { tf, tensor, runner }: TfjsPeer,
  { network, weights, batch, x, label }: Given,
): Promise<Runner> => {
  const variables = new Map(
    [...weights].map(([path, { values, shape }]) => {
      const first = tensor(values, shape);
      const variable = tf.variable(first);
      first.dispose();
      return [path, variable];
    }),
  );
  const optimizer = tf.train.adam(1e-3);
  const step = await runner(() => {
    const target = tf.oneHot(tensor(label, [batch]) as never, classes);
    const input = tensor(x.values, x.shape);
    const loss = () =>
      tf.losses.softmaxCrossEntropy(
        target,
        network.tfjs(tf, (path) => variables.get(path)!, input, batch),
      ) as never;
    return optimizer.minimize(loss, true, [...variables.values()])!;
  }, [...variables.values()]);
  return {
    ...step,
    outputs: async () => {
      const losses: number[] = [];
      for (let n = 0; n < steps; n++) losses.push((await step.outputs!())[0]![0]!);
      return [Float32Array.from(losses)];
    },
    dispose: async () => {
      await step.dispose();
      optimizer.dispose();
    },
  };
};

const jaxRunner = (peer: JaxPeer, { network, weights, batch, x, label }: Given): Runner => {
  const { jax, array } = peer;
  const paths = [...weights.keys()];
  const first = [...weights].map(([path, weight]) => {
    const { values, shape } = network.jaxWeight?.(path, weight) ?? weight;
    return array(values, shape);
  });
  const lossOf = (...args: JaxArray[]): JaxArray => {
    const [input, target] = args.slice(paths.length) as [JaxArray, JaxArray];
    const logits = network.jax(peer, (path) => args[paths.indexOf(path)]!, input, batch);
    const chosen = jax.nn.logSoftmax(logits, -1).mul(jax.nn.oneHot(target, classes));
    return chosen.sum().mul(-1 / batch);
  };
  const withGradients = jax.valueAndGrad(lossOf, { argnums: [...paths.keys()] });
  const { step, state, encode, ...runner } = adamSteps(
    peer,
    first,
    [array(x.values, x.shape), array(label, [batch])],
    (ws, given) => {
      const [loss, gradients] = withGradients(...ws, ...given);
      return [[loss], gradients as JaxArray[]];
    },
  );
  return {
    ...runner,
    outputs: async () => {
      const losses: number[] = [];
      for (let n = 0; n < steps; n++) losses.push((await step())[0]![0]!);
      return [Float32Array.from(losses)];
    },
  };
};

type Case = {
  readonly network: Network;
  /** As its recipe has it. */
  readonly batch: number;
  readonly bars: readonly Bar[];
};

const training = ({ network, batch, bars }: Case): Work => ({
  name: `train-${network.name}`,
  what: `a step of training ${network.what}, batch ${batch}`,
  // Nobody needs the gradient of the input.
  flop: batch * (3 * network.flop.all - network.flop.first),
  bars,
  start: async (lab) => {
    const compiled = await lab.program(network.recipe);
    const shape = [batch, ...network.shape];
    const x = {
      values: noise(
        shape.reduce((a, b) => a * b),
        1,
        0,
      ),
      shape,
    };
    const label = wholeNumbers(batch, classes, 2);
    const weights = weightsOf(compiled.program);
    const given: Given = { network, weights, batch, x, label };
    return {
      expected: null,
      tolerance: 1e-3,
      open: {
        dlm: () => recipeRunner(compiled, { x: x.values, label }, steps),
        ...(bars.includes(severalThreads) &&
          lab.threads > 1 && {
            "dlm, threads": () =>
              recipeRunner(compiled, { x: x.values, label }, steps, lab.threads),
          }),
        "onnxruntime-web": "does not train: training was removed from it",
        tfjs: async () => tfjsRunner(await lab.tfjs(), given),
        "jax-js": async () => jaxRunner(await lab.jax(), given),
        "onnxruntime-node": "does not train",
        PyTorch: async () =>
          (await lab.torch()).runner(
            `training ${network.torch}`,
            {},
            { x, label: { values: label, shape: [batch] }, ...Object.fromEntries(weights) },
          ),
      },
    };
  },
});

export const trainings: readonly Work[] = (
  [
    {
      network: mlp,
      batch: 64,
      bars: [
        { kind: "speed", than: ["jax-js"], times: 2.2, fused: 2.4 },
        { kind: "speed", than: ["tfjs"], times: 15 },
        { kind: "speed", than: ["PyTorch"], times: 0.65, fused: 0.8 },
        severalThreads,
      ],
    },
    {
      network: cnn,
      batch: 32,
      bars: [{ kind: "speed", than: ["PyTorch"], times: 0.65, fused: 0.75 }, severalThreads],
    },
    {
      network: lstm,
      batch: 16,
      bars: [{ kind: "speed", than: ["PyTorch"], times: 0.75, fused: 0.85 }],
    },
  ] satisfies readonly Case[]
).map(training);
