// Which stored tensors a recipe keeps: those that can reach a result, a weight or another kept one.

import { ancestorsOf } from "../ir/ancestors.ts";
import type { EntryOutput } from "../ir/module.ts";
import { storedPathsIn } from "./stored-paths.ts";
import type { Output } from "./finish.ts";

type StoreOutput = Output & { readonly output: Extract<EntryOutput, { kind: "store" }> };

const isStore = (output: Output): output is StoreOutput => output.output.kind === "store";

/**
 * Paths read by what every graph must give, and by the updates of those paths. `isWeight` says which updates count
 * of themselves.
 */
export const liveStores = (
  graphs: readonly (readonly Output[])[],
  isWeight: (path: string) => boolean,
): ReadonlySet<string> => {
  const live = new Set<string>();
  const readsOf = (output: Output): readonly string[] => storedPathsIn(ancestorsOf([output.value]));
  const open: string[] = [];
  const updates = new Map<string, string[]>();
  for (const outputs of graphs)
    for (const output of outputs)
      if (isStore(output) && !isWeight(output.output.path)) {
        const { path } = output.output;
        updates.set(path, [...(updates.get(path) ?? []), ...readsOf(output)]);
      } else {
        if (isStore(output)) live.add(output.output.path);
        open.push(...readsOf(output));
      }
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (live.has(path) && !updates.has(path)) continue;
    live.add(path);
    open.push(...(updates.get(path) ?? []));
    updates.delete(path);
  }
  return live;
};

/** Without the updates of tensors that nobody keeps. */
export const keepLive = (
  outputs: readonly Output[],
  live: ReadonlySet<string>,
): readonly Output[] =>
  outputs.filter((output) => !isStore(output) || live.has(output.output.path));
