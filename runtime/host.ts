// The runtime's side of a target: it owns the heap and runs programs on it.
import type { EntryProgram, Heap, SizeValues } from "./abi.ts";

/** A target is one file that makes one of these. */
export type Host = {
  /** Replaced when it grows. */
  readonly heap: Heap;
  /** Makes room for `words`; the first `storedWords` keep their values, the arena need not. */
  reserve(words: number): void;
  /** Runs every kernel of the entry. */
  run(entry: EntryProgram, offsets: readonly number[], sizes: SizeValues): void;
  /** Releases the memory. */
  dispose(): void;
};

/** Opens a host whose heap holds `storedWords` words. */
export type OpenHost = (storedWords: number) => Host;
