// Running averages of weights: kept beside a store, they take the place of the weights where a net is judged or saved.
import type { StoredSpec } from "./abi.ts";
import type { Store } from "./store.ts";

/** Averages that begin at the weights as they are. */
export const startAverages = (store: Store, params: readonly StoredSpec[]): void => {
  store.averages = new Map(
    params.map((spec) => [spec.path, store.read(spec) as Float32Array] as const),
  );
};

/** average = decay * average + (1 - decay) * weight. */
export const updateAverages = async (
  store: Store,
  params: readonly StoredSpec[],
  decay: number,
): Promise<void> => {
  if (store.remote !== null) await store.fetch(params);
  const { f32 } = store.heap;
  for (const { path, offset } of params) {
    const average = store.averages.get(path)!;
    for (let i = 0; i < average.length; i++) {
      average[i] = decay * average[i]! + (1 - decay) * f32[offset + i]!;
    }
  }
};

/** Runs with the averages, if there are any, in the place of the weights. */
export const withAverages = async <T>(
  store: Store,
  params: readonly StoredSpec[],
  body: () => Promise<T>,
): Promise<T> => {
  if (store.averages.size === 0) return body();
  if (store.remote !== null) await store.fetch(params);
  const weights = params.map((spec) => store.read(spec));
  for (const spec of params) store.write(spec, store.averages.get(spec.path)!);
  try {
    return await body();
  } finally {
    params.forEach((spec, i) => store.write(spec, weights[i]!));
  }
};
