// Which words are taken from when to when. A tree over time, each node with unions of ranges of words: what is taken in
// a span of time is the union of few of them, and what lies next to each other in memory counts as one range.

/** Words from `start` up to `end`, which is not among them. */
export type Range = { readonly start: number; readonly end: number };

export type TakenWords = {
  readonly take: (first: number, last: number, range: Range) => void;
  /** What is taken at some time from `first` to `last`, by start; ranges may overlap. */
  readonly during: (first: number, last: number) => readonly Range[];
};

/** `own`: taken all the time of the node, `all`: taken at some time of it. Ranges are apart, in order. */
type Node = {
  readonly from: number;
  readonly to: number;
  readonly own: Range[];
  readonly all: Range[];
  readonly halves: readonly Node[];
};

const createNode = (from: number, to: number): Node => {
  const middle = Math.floor((from + to) / 2);
  const halves = from === to ? [] : [createNode(from, middle), createNode(middle + 1, to)];
  return { from, to, own: [], all: [], halves };
};

/** Nodes that lie in a span of time, largest first and none inside another; `part`: those around them. */
const visit = (
  node: Node,
  first: number,
  last: number,
  whole: (node: Node) => void,
  part: (node: Node) => void,
): void => {
  if (last < node.from || node.to < first) return;
  if (first <= node.from && node.to <= last) return whole(node);
  part(node);
  for (const half of node.halves) visit(half, first, last, whole, part);
};

/** Times run from `from` to `to`. */
export const createTakenWords = (from: number, to: number): TakenWords => {
  const root = createNode(from, to);
  return {
    take: (first, last, range) => {
      const everywhere = (node: Node): void => {
        include(node.own, range);
        include(node.all, range);
      };
      visit(root, first, last, everywhere, (node) => include(node.all, range));
    },
    during: (first, last) => {
      const found: Range[] = [];
      const add = (ranges: readonly Range[]): void => void found.push(...ranges);
      visit(
        root,
        first,
        last,
        (node) => add(node.all),
        (node) => add(node.own),
      );
      return found.sort((a, b) => a.start - b.start);
    },
  };
};

/** Adds a range to those that are apart, as one with all that it touches. */
const include = (ranges: Range[], { start, end }: Range): void => {
  const at = firstIndex(ranges, (range) => range.end >= start);
  const after = firstIndex(ranges, (range) => range.start > end);
  const touched = after > at;
  ranges.splice(at, after - at, {
    start: touched ? Math.min(start, ranges[at]!.start) : start,
    end: touched ? Math.max(end, ranges[after - 1]!.end) : end,
  });
};

/** The first position from which on all items fit; those that do come last. */
export const firstIndex = <T>(items: readonly T[], fits: (item: T) => boolean): number => {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(items[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
};
