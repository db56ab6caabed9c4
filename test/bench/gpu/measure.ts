// One work: the runners of its peers in turns, with what the device tells of errors.

import { measure as measureInTurns } from "../shared/measure.ts";
import type { Row } from "./report.ts";
import { peerNames } from "./work.ts";
import type { Lab, PeerName, Started, Work } from "./work.ts";

const withRemark = (row: Row, { expected }: Started): Row => {
  const { peer, difference, note, failure } = row;
  if (failure !== null) return row;
  const compared =
    expected === null && peer === "dlm"
      ? "what others are compared with"
      : difference === null && peer !== "WGSL"
        ? "not compared"
        : "";
  return { ...row, note: [note, compared].filter((part) => part !== "").join("; ") };
};

export const measure = async (
  work: Work,
  lab: Lab,
  peers: readonly PeerName[],
  rounds: number,
  until: number,
): Promise<readonly Row[]> => {
  const started = await work.start(lab);
  const { gpu } = lab;
  const rows = await measureInTurns(started, {
    names: peerNames.filter((name) => peers.includes(name)),
    rounds,
    until,
    watch: {
      begin: (name) => {
        gpu.setOwner(name);
        gpu.takeError(name);
      },
      takeError: gpu.takeError,
    },
  });
  return rows.map((row) => withRemark(row, started));
};
