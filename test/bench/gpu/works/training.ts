// Steps of training: cross-entropy, gradients, Adam. All begin with the same weights, and must have the same losses.

import { firstWeights, recipeRunner } from "../dlm.ts";
import { cnn } from "../networks/cnn.ts";
import { gpt } from "../networks/gpt.ts";
import { mlp } from "../networks/mlp.ts";
import type { Network } from "../networks/network.ts";
import { adamSteps } from "../../shared/jax-adam.ts";
import type { JaxArray, JaxPeer } from "../peers/jax.ts";
import type { TfjsPeer } from "../peers/tfjs.ts";
import type { Program } from "../../shared/programs.ts";
import type { Runner, Scale, Work } from "../work.ts";

/** Losses that are compared. */
const steps = 3;

const pathOf = (path: string): string => path.replace(/^net\./, "");

type Given = {
  readonly network: Network;
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
};

const givenOf = (network: Network, program: Program): Given => ({
  network,
  weights: firstWeights(program),
  shapes: new Map(program.stored.map(({ path, shape }) => [pathOf(path), shape])),
});

/** The one array that is not the labels. */
const inputOf = ({ batch, shapes }: Network) => {
  const [name, shape] = Object.entries(shapes)[0]!;
  return { values: batch[name]!, shape };
};

const tfjsRunner = async (
  { tf, tensor, runner }: TfjsPeer,
  { network, weights, shapes }: Given,
): Promise<Runner> => {
  const { batch, classes } = network;
  const variables = new Map(
    [...weights].map(([path, values]) => {
      const first = tensor(values, shapes.get(path)!);
      const variable = tf.variable(first);
      first.dispose();
      return [path, variable];
    }),
  );
  const { values, shape } = inputOf(network);
  const input = tensor(values, shape);
  const label = tensor(batch["label"]!, [batch["label"]!.length]);
  const target = tf.oneHot(label as never, classes);
  const optimizer = tf.train.adam(1e-3);
  const loss = () =>
    tf.losses.softmaxCrossEntropy(
      target,
      network.tfjs(tf, (path) => variables.get(path)!, input),
    ) as never;
  const step = await runner(
    () => optimizer.minimize(loss, true, [...variables.values()])!,
    [...variables.values(), input, label, target],
  );
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

const jaxRunner = (peer: JaxPeer, { network, weights, shapes }: Given): Runner => {
  const { jax, array } = peer;
  const { batch, classes, jaxWeight } = network;
  const paths = [...weights.keys()];
  const first = paths.map((path) => {
    const [values, shape] = [weights.get(path)!, shapes.get(path)!];
    const laid = jaxWeight?.(path, values, shape) ?? { values, shape };
    return array(laid.values, laid.shape);
  });
  const { values, shape } = inputOf(network);
  const label = batch["label"]!;
  const lossOf = (...args: JaxArray[]): JaxArray => {
    const [input, target] = args.slice(paths.length) as [JaxArray, JaxArray];
    const logits = network.jax(peer, (path) => args[paths.indexOf(path)]!, input);
    const chosen = jax.nn.logSoftmax(logits, -1).mul(jax.nn.oneHot(target, classes));
    return chosen.sum().mul(-1 / label.length);
  };
  const withGradients = jax.valueAndGrad(lossOf, { argnums: [...paths.keys()] });
  const { step, state, ...runner } = adamSteps(
    peer,
    first,
    [array(values, shape), array(label, [label.length])],
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

const trained = (network: Network): Work => {
  const { name, what, spec, flop, batch, torch } = network;
  return {
    name: `train-${name}`,
    what: `a step of training ${what}`,
    amount: { kind: "flop", count: flop },
    bar: "3 times as fast as the faster of jax-js and tfjs",
    programs: [spec],
    start: async (lab) => {
      const given = givenOf(network, await lab.program(spec));
      return {
        expected: null,
        tolerance: 1e-3,
        open: {
          dlm: () => recipeRunner(lab, spec, batch, { steps }),
          "onnxruntime-web": "does not train: training was removed from it",
          tfjs: async () => tfjsRunner(await lab.tfjs(), given),
          "jax-js": async () => jaxRunner(await lab.jax(), given),
          PyTorch: async () => (await lab.torch()).runner(torch.work, torch.sizes),
        },
      };
    },
  };
};

export const training = (scale: Scale): readonly Work[] =>
  [mlp(scale), cnn(scale), gpt(scale)].map(trained);
