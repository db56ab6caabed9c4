// Where lanes have to wait for each other: before one reads or writes what another may have written, or writes what it may read.

/** Of what the kernel stores to: what is read, and what is written. */
export type Uses = {
  readonly read: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
  /** What lies in workgroup memory. */
  readonly rows: ReadonlySet<string>;
};

export type Barriers = {
  /** Lines before something that has such uses. */
  readonly before: (uses: Uses) => readonly string[];
  /** All lanes have waited for what is in workgroup memory: whether they had to. */
  readonly passed: () => boolean;
};

const barrier = (isRow: boolean): string => (isRow ? "workgroupBarrier();" : "storageBarrier();");

/** Before each round of a loop with such uses. */
export const barriersBetween = ({ written, rows }: Uses): readonly string[] =>
  [true, false]
    .filter((isRow) => [...written].some((name) => rows.has(name) === isRow))
    .map(barrier);

export const createBarriers = (): Barriers => {
  const [read, written] = [new Set<string>(), new Set<string>()];
  let known: ReadonlySet<string> = new Set();
  const meets = ({ read: reads, written: writes }: Uses, isRow: boolean): boolean =>
    [...reads].some((name) => known.has(name) === isRow && written.has(name)) ||
    [...writes].some((name) => known.has(name) === isRow && (written.has(name) || read.has(name)));
  const clear = (isRow: boolean): boolean => {
    let hadAny = false;
    for (const names of [read, written])
      for (const name of names)
        if (known.has(name) === isRow) hadAny = names.delete(name) || hadAny;
    return hadAny;
  };
  return {
    before: (uses) => {
      known = uses.rows;
      const lines = [true, false].flatMap((isRow) => {
        if (!meets(uses, isRow)) return [];
        clear(isRow);
        return [barrier(isRow)];
      });
      uses.read.forEach((name) => read.add(name));
      uses.written.forEach((name) => written.add(name));
      return lines;
    },
    passed: () => clear(true),
  };
};
