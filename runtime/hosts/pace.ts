// Which of two ways to run the same thing is faster: both are tried, then the slower one again now and then.

export type Pace = {
  /** Whether to run it the first way. */
  first(): boolean;
  /** How long the last run took, of the way that was asked for, in any unit. */
  took(time: number): void;
};

/** Runs in turns before one way is chosen. */
const trials = 8;
/** One run of so many is that of the slower way. */
const often = 64;

export const createPace = (): Pace => {
  // Unknown until the second run of a way, since the first one warms up.
  const times = [Infinity, Infinity];
  let runs = 0;
  let way = 0;
  return {
    first() {
      const better = times[0]! <= times[1]! ? 0 : 1;
      const isTrial = runs < trials;
      way = isTrial ? runs % 2 : runs % often === 0 ? 1 - better : better;
      return way === 0;
    },
    took(time) {
      const before = times[way]!;
      // What is faster counts at once, what is slower may be somebody else's doing.
      if (runs >= 2) times[way] = time < before ? time : before + (time - before) / 4;
      runs++;
    },
  };
};
