// Faults in sums of which padding is skipped.

import type { Fault } from "./faults.ts";

export const inTaps: readonly Omit<Fault, "check">[] = [
  {
    name: "every second position begins at the other one",
    file: "compiler/lower/taps/positions.ts",
    from: "scaleLinear(rest, stride - inverse)",
    to: "scaleLinear(rest, inverse)",
  },
  {
    name: "a range ends one position early where it runs backwards",
    file: "compiler/lower/taps/positions.ts",
    from: "divI(sumOf(addLinear(rest, constant(by))), int(by))",
    to: "divI(sumOf(rest), int(by))",
  },
  {
    name: "a range begins before the first position that is inside",
    file: "compiler/lower/taps/positions.ts",
    from: "addLinear(scaleLinear(rest, -1), constant(by - 1))",
    to: "scaleLinear(rest, -1)",
  },
  {
    name: "a quotient one further away is the same one",
    file: "compiler/lower/taps/every-nth.ts",
    from: "size(floorDiv(constant, stride))",
    to: "int(0)",
  },
  {
    name: "phases with fewer positions run as long as the others",
    file: "compiler/lower/taps/every-nth.ts",
    from: "to: isWhole ? [] : [end],",
    to: "to: [],",
  },
  {
    name: "a condition of one of two addends hides both",
    file: "compiler/lower/taps/nonzero.ts",
    from: "return new Set([...nonzero(a)].filter((condition) => others.has(condition)));",
    to: "return new Set([...nonzero(a), ...others]);",
  },
  {
    name: "a sum over what is inside for one of two results",
    file: "compiler/lower/taps/shorten.ts",
    from: "others.every((set) => set.has(c))",
    to: "others.length >= 0",
  },
];
