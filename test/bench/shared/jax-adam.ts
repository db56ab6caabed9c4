// Adam in jax-js, whose own optimizers are not in the package: as a user writes it, jitted with the step around it.

import type { JaxArray, JaxPeer, Steps } from "./jax.ts";

const [lr, beta1, beta2, eps] = [1e-3, 0.9, 0.999, 1e-8];

type Moved = { readonly w: JaxArray; readonly m: JaxArray; readonly v: JaxArray };

/** Uses up what it is given, but for the corrections. */
const update = (
  { jax }: Pick<JaxPeer, "jax">,
  { w, m, v }: Moved,
  g: JaxArray,
  corrections: readonly [JaxArray, JaxArray],
): Moved => {
  const nextM = m.mul(beta1).add(g.ref.mul(1 - beta1));
  const nextV = v.mul(beta2).add(g.ref.mul(g).mul(1 - beta2));
  const mHat = nextM.ref.div(corrections[0].ref);
  const vHat = nextV.ref.div(corrections[1].ref);
  return { w: w.sub(mHat.mul(lr).div(jax.numpy.sqrt(vHat).add(eps))), m: nextM, v: nextV };
};

/** Steps on `given`; `gradientsOf` gives what is told of a step, and the gradient of each weight. */
export const adamSteps = (
  peer: Pick<JaxPeer, "jax" | "steps">,
  weights: readonly JaxArray[],
  given: readonly JaxArray[],
  gradientsOf: (
    weights: readonly JaxArray[],
    given: readonly JaxArray[],
  ) => readonly [told: readonly JaxArray[], gradients: readonly JaxArray[]],
): Steps => {
  const { jax, steps } = peer;
  const np = jax.numpy;
  const count = weights.length;
  const zeros = (): readonly JaxArray[] => weights.map(({ shape }) => np.zeros(shape));
  const body = (...args: JaxArray[]): JaxArray[] => {
    const [t, ...rest] = args as [JaxArray, ...JaxArray[]];
    const at = (k: number): JaxArray[] => rest.slice(k * count, (k + 1) * count);
    const [ws, ms, vs] = [at(0), at(1), at(2)];
    const [told, gradients] = gradientsOf(
      ws.map((w) => w.ref),
      rest.slice(3 * count),
    );
    const step = t.add(1);
    const corrections = [
      np.subtract(1, np.power(beta1, step.ref)),
      np.subtract(1, np.power(beta2, step.ref)),
    ] as const;
    const moved = ws.map((w, k) =>
      update(peer, { w, m: ms[k]!, v: vs[k]! }, gradients[k]!, corrections),
    );
    for (const one of corrections) one.dispose();
    return [
      ...told,
      step,
      ...moved.map(({ w }) => w),
      ...moved.map(({ m }) => m),
      ...moved.map(({ v }) => v),
    ];
  };
  return steps(body, [np.array(0), ...weights, ...zeros(), ...zeros()], given);
};
