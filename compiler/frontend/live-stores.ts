// Which stored tensors a recipe keeps: those that can reach a result, a weight or another kept one.

import type { Value } from "../ir/graph.ts";
import { append } from "../ir/list-map.ts";
import type { EntryOutput } from "../ir/module.ts";
import type { Output } from "./finish.ts";

type StoreOutput = Output & { readonly output: Extract<EntryOutput, { kind: "store" }> };

const isStore = (output: Output): output is StoreOutput => output.output.kind === "store";

/**
 * Paths read by what every graph must give, and by the updates of those paths. `isWeight` says which updates count
 * of themselves. Each value is looked at once, however many outputs need it.
 */
export const liveStores = (
  graphs: readonly (readonly Output[])[],
  isWeight: (path: string) => boolean,
): ReadonlySet<string> => {
  const live = new Set<string>();
  const seen = new Set<Value>();
  const open: Value[] = [];
  const updates = new Map<string, Value[]>();
  for (const output of graphs.flat()) {
    if (!isStore(output)) open.push(output.value);
    else if (isWeight(output.output.path)) {
      live.add(output.output.path);
      open.push(output.value);
    } else append(updates, output.output.path, output.value);
  }
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const { def } = value;
    if (def.kind === "result") open.push(...def.op.operands);
    else if (def.sigil === "@") {
      live.add(def.name);
      open.push(...(updates.get(def.name) ?? []));
    }
  }
  return live;
};

/** Without the updates of tensors that nobody keeps. */
export const keepLive = (
  outputs: readonly Output[],
  live: ReadonlySet<string>,
): readonly Output[] =>
  outputs.filter((output) => !isStore(output) || live.has(output.output.path));
