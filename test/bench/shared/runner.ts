// What is timed: an execution of a work by one library, as many times as wanted.

export type Runner = {
  /** Milliseconds that so many executions take, queued one after the other and waited for once. */
  readonly sample: (count: number) => Promise<number>;
  /** What queueing them takes of that. */
  readonly encode?: (count: number) => Promise<number>;
  /** What one execution gives, as dlm lays it out; null where it computes on numbers of its own. */
  readonly outputs: (() => Promise<readonly Float32Array[]>) | null;
  /** What is wrong after all samples, or null. */
  readonly check?: () => Promise<string | null>;
  readonly dispose: () => void | Promise<void>;
  /** More about it, for its row. */
  readonly note?: string;
};

/** A runner, or why there is none. */
export type Opening = (() => Promise<Runner>) | string;

/** What to have at some positions of one output. */
export type Expected = { readonly at: readonly number[]; readonly values: readonly number[] };

export type Started<Name extends string> = {
  /** Of each output, computed in doubles; null where what dlm gives is what others are compared with. */
  readonly expected: readonly Expected[] | null;
  /** Of the largest magnitude that is expected in an output. */
  readonly tolerance: number;
  readonly open: Readonly<Partial<Record<Name, Opening>>>;
};

/** Executions are queued by `body` and waited for once. */
export const queued = (
  body: () => void | Promise<void>,
  wait: () => Promise<unknown>,
): Required<Pick<Runner, "sample" | "encode">> => {
  const queue = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const running = body();
      if (running !== undefined) await running;
    }
  };
  return {
    sample: async (count) => {
      const begun = performance.now();
      await queue(count);
      await wait();
      return performance.now() - begun;
    },
    encode: async (count) => {
      const begun = performance.now();
      await queue(count);
      const ms = performance.now() - begun;
      await wait();
      return ms;
    },
  };
};

/** Where every call waits for itself. */
export const called = (body: () => Promise<unknown>): Pick<Runner, "sample"> =>
  queued(
    async () => {
      await body();
    },
    async () => {},
  );

/** Where there is nothing to wait for. */
export const calledAtOnce = (body: () => unknown): Pick<Runner, "sample"> => ({
  sample: async (count) => {
    const begun = performance.now();
    for (let n = 0; n < count; n++) body();
    return performance.now() - begun;
  },
});
