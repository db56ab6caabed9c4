// The command line.

import { parseArgs } from "node:util";
import { peerNames } from "./work.ts";
import type { PeerName, Scale } from "./work.ts";

export type Options = {
  /** Works whose names begin so. */
  readonly only: readonly string[];
  readonly peers: readonly PeerName[];
  readonly rounds: number;
  readonly scale: Scale;
  readonly seconds: number;
  readonly flags: readonly string[];
  readonly python: string;
  readonly torchDevice: string;
  readonly out: string;
};

export const usageText = `--only NAME[,NAME]   works whose names begin so, after the yardsticks
--peers NAME[,NAME]  of ${peerNames.join(", ")}
--rounds N           samples of each (15)
--scale small        tiny sizes, which show that everything runs
--seconds N          how long all may take (540); what does not fit is skipped
--flags A,B          for Dawn: backend=vulkan by default
--python PATH        for PyTorch (/usr/bin/python3)
--torch-device cpu   to see that its script runs (cuda)
--out FILE           results as JSON (runs/gpu.json)`;

const listOf = (text: string): readonly string[] => text.split(",").filter((part) => part !== "");

export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", default: "" },
      peers: { type: "string", default: peerNames.join(",") },
      rounds: { type: "string", default: "15" },
      scale: { type: "string", default: "full" },
      seconds: { type: "string", default: "540" },
      flags: { type: "string", default: "backend=vulkan" },
      python: { type: "string", default: "/usr/bin/python3" },
      "torch-device": { type: "string", default: "cuda" },
      out: { type: "string", default: "runs/gpu.json" },
    },
  });
  const peers = listOf(values.peers).map((name) => {
    const known = peerNames.find((peer) => peer.toLowerCase() === name.toLowerCase());
    if (known === undefined) throw new Error(`there is no peer ${name}\n${usageText}`);
    return known;
  });
  const { scale } = values;
  if (scale !== "full" && scale !== "small") throw new Error(`--scale full or small\n${usageText}`);
  return {
    only: listOf(values.only),
    peers,
    rounds: Number(values.rounds),
    scale,
    seconds: Number(values.seconds),
    flags: values.flags.split(/,(?=[a-z-]+=)/).filter((part) => part !== ""),
    python: values.python,
    torchDevice: values["torch-device"],
    out: values.out,
  };
};
