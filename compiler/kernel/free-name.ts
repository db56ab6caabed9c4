// Names that nothing has yet.

/** The hint itself, or with the first number behind it that makes a name that is not taken: `h`, `h1`; `i1`, `i1_1`. */
export const freeName = (hint: string, isTaken: (name: string) => boolean, first = 1): string => {
  const stem = /\d$/.test(hint) ? `${hint}_` : hint;
  let name = hint;
  for (let n = first; isTaken(name); n++) name = `${stem}${n}`;
  return name;
};

/** Makes names of hints, each another one than all before and than those in `taken`, to which it is added. */
export const createNaming =
  (taken: Set<string>, first = 1): ((hint: string) => string) =>
  (hint) => {
    const name = freeName(hint, (one) => taken.has(one), first);
    taken.add(name);
    return name;
  };
