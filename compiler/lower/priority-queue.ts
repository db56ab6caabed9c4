// A binary heap: gives what comes first, whatever the order it was put in.

export type PriorityQueue<T> = {
  readonly push: (item: T) => void;
  readonly pop: () => T | null;
  /** As `pop`, if what comes first fits. */
  readonly popIf: (fits: (item: T) => boolean) => T | null;
};

/** `isBefore` orders any two items. */
export const createPriorityQueue = <T>(isBefore: (a: T, b: T) => boolean): PriorityQueue<T> => {
  const heap: T[] = [];
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  const rise = (at: number): void => {
    const parent = (at - 1) >> 1;
    if (at === 0 || !isBefore(heap[at]!, heap[parent]!)) return;
    swap(at, parent);
    rise(parent);
  };
  const sink = (at: number): void => {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    if (left >= heap.length) return;
    const least = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
    if (!isBefore(heap[least]!, heap[at]!)) return;
    swap(at, least);
    sink(least);
  };
  const popIf = (fits: (item: T) => boolean): T | null => {
    const first = heap[0];
    if (first === undefined || !fits(first)) return null;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      sink(0);
    }
    return first;
  };
  return {
    push: (item) => {
      heap.push(item);
      rise(heap.length - 1);
    },
    pop: () => popIf(() => true),
    popIf,
  };
};
