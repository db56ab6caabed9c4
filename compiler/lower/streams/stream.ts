// Values that are made row by row in one kernel, so that what has an element for each pair of positions is never stored.

import type { Op, Value } from "../../ir/graph.ts";
import type { Uses } from "../../recognise/finding.ts";

export type Stream = {
  /** All that its kernel computes. */
  readonly members: ReadonlySet<Value>;
  /** Those of the members that are read afterwards and end it. */
  readonly sums: readonly Value[];
  /** Which axes of a member are those of rows, outer rows first; axes of size 1 are left out and not counted. */
  readonly rowAxesOf: (member: Value) => readonly number[];
};

/** Streams of which something is made that goes into them again, so that they cannot be one kernel each. */
export const loopingIn = (
  streams: readonly Stream[],
  { usersOf }: Uses,
  orderOf: ReadonlyMap<Op, number>,
): readonly Stream[] => {
  const streamOf = new Map(
    streams.flatMap((stream) => [...stream.members].map((member) => [member, stream] as const)),
  );
  const readersOf = ({ members }: Stream): readonly Op[] =>
    [...members].flatMap(usersOf).filter((op) => !members.has(op.results[0]!));
  return streams.filter((stream) => {
    const last = Math.max(...[...stream.members].map((value) => positionOf(value, orderOf)));
    const seen = new Set(readersOf(stream));
    for (const op of seen) {
      const other = streamOf.get(op.results[0]!);
      if (other === stream) return true;
      if (orderOf.get(op)! >= last) continue;
      const next = other === undefined ? op.results.flatMap(usersOf) : readersOf(other);
      for (const reader of next) seen.add(reader);
    }
    return false;
  });
};

const positionOf = ({ def }: Value, orderOf: ReadonlyMap<Op, number>): number =>
  def.kind === "result" ? orderOf.get(def.op)! : -1;
