// The command line.

import { parseArgs } from "node:util";
import { clocks } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { peerNames } from "./work.ts";
import type { PeerName } from "./work.ts";

export type Options = {
  /** Works whose names begin so. */
  readonly only: readonly string[];
  readonly peers: readonly PeerName[];
  readonly rounds: number;
  readonly seconds: number;
  /** Lets Node 20 round products once with their sums. */
  readonly fma: boolean;
  readonly clock: Clock;
  /** Of dlm, besides one. */
  readonly threads: number;
  readonly python: string;
  readonly out: string;
};

export const usageText = `--only NAME[,NAME]   works whose names begin so
--peers NAME[,NAME]  of ${peerNames.join("; ")}
--rounds N           samples of each (15)
--seconds N          how long all may take (900); what does not fit is skipped
--fma                products round once with their sums in Node 20 too, as in newer ones
--clock processor    times on the processor, for machines that others use too, not by the wall
--threads N          dlm on so many threads too, where the work is large; by the wall, on a machine that nobody else uses
--python PATH        for PyTorch (/usr/bin/python3)
--out FILE           results as JSON (runs/cpu.json)`;

const listOf = (text: string): readonly string[] => text.split(",").filter((part) => part !== "");

const peersOf = (text: string): readonly PeerName[] => {
  const wanted = listOf(text).map((name) => {
    const known = peerNames.find((peer) => peer.toLowerCase() === name.toLowerCase());
    if (known === undefined) throw new Error(`there is no peer ${name}\n${usageText}`);
    return known;
  });
  return wanted.includes("dlm") ? [...wanted, "dlm, open batch", "dlm, threads"] : wanted;
};

export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", default: "" },
      peers: { type: "string" },
      rounds: { type: "string", default: "15" },
      seconds: { type: "string", default: "900" },
      fma: { type: "boolean", default: false },
      clock: { type: "string", default: "wall" },
      threads: { type: "string", default: "1" },
      python: { type: "string", default: "/usr/bin/python3" },
      out: { type: "string", default: "runs/cpu.json" },
    },
  });
  const clock = clocks.find((one) => one === values.clock);
  if (clock === undefined) throw new Error(`--clock ${clocks.join(" or ")}\n${usageText}`);
  const threads = Number(values.threads);
  if (threads > 1 && clock === "processor")
    throw new Error("the processor's time is that of all threads: `--threads` goes by the wall");
  return {
    only: listOf(values.only),
    peers: values.peers === undefined ? peerNames : peersOf(values.peers),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    fma: values.fma,
    clock,
    threads,
    python: values.python,
    out: values.out,
  };
};
