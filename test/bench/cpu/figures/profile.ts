// Where time goes, of a profile that Node wrote: in which functions of JavaScript, and in WebAssembly altogether.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

type Profile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** Microseconds. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

export type Share = { readonly name: string; readonly part: number };

export const inWebAssembly = "WebAssembly";

/** Parts of the time from `from` to `to`, in microseconds of the clock of the machine, the largest first. */
export const sharesOf = (folder: string, from: number, to: number): readonly Share[] => {
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
  const profile = JSON.parse(readFileSync(join(folder, file!), "utf8")) as Profile;
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url } }) => [
      id,
      url.startsWith("wasm://") ? inWebAssembly : functionName || "(without a name)",
    ]),
  );
  const times = new Map<string, number>();
  let [at, all] = [profile.startTime, 0];
  profile.samples.forEach((id, k) => {
    const delta = profile.timeDeltas[k]!;
    at += delta;
    const name = names.get(id)!;
    if (at < from || at > to || name === "(idle)") return;
    all += delta;
    times.set(name, (times.get(name) ?? 0) + delta);
  });
  return [...times]
    .map(([name, time]) => ({ name, part: time / all }))
    .toSorted((a, b) => b.part - a.part);
};
