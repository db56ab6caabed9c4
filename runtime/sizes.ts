// Array lengths → values of the symbolic sizes of an entry point, checked against its bounds.
import type { EntryProgram, SizeSpec, SizeValues } from "./abi.ts";
import { DlmError } from "./errors.ts";

/** An array whose length tells something about the sizes. */
export type SizedArray = {
  readonly name: string;
  readonly shape: readonly SizeSpec[];
  readonly count: (sizes: SizeValues) => number;
  /** `file.dlm:line:col`, or "" where it is not known. */
  readonly at: string;
};

/** Sizes said by the caller, by name. */
export type GivenSizes = Readonly<Record<string, number>>;

type Sizes = Pick<EntryProgram, "name" | "sizes" | "limits" | "checks">;

/** Sizes that give every array its length; `lengths[i]` belongs to `arrays[i]`. */
export const solveSizes = (
  entry: Sizes,
  arrays: readonly SizedArray[],
  lengths: readonly number[],
  given: GivenSizes = {},
): SizeValues => {
  const values = entry.sizes.map((name) => (Object.hasOwn(given, name) ? given[name]! : 0));
  checkGiven(entry, given);
  for (let solved = true; solved;) {
    solved = false;
    arrays.forEach((array, i) => {
      const unknown = unknownsOf(entry, array, values);
      if (unknown.length !== 1) return;
      values[unknown[0]!] = solveOne(entry, array, lengths[i]!, values, unknown[0]!);
      solved = true;
    });
  }
  const open = entry.sizes.filter((_, i) => values[i] === 0);
  if (open.length > 0) {
    const names = open.join(", ");
    const known = arrays.length === 0 ? "nothing tells" : "the array lengths do not tell";
    throw new DlmError("ambiguous-size", `${known} ${names}: pass \`sizes: { ${names} }\``);
  }
  arrays.forEach((array, i) => {
    const count = array.count(values);
    if (count !== lengths[i]) {
      const sizes = entry.sizes.map((name, s) => `${name} = ${values[s]}`).join(", ");
      const where = sizes === "" ? "" : ` with ${sizes}`;
      throw wrongLength(array, lengths[i]!, `it needs ${count}${where}`);
    }
  });
  checkBounds(entry, arrays, values);
  return values;
};

/** `x: [B, 784]` */
export const describeArray = (array: Pick<SizedArray, "name" | "shape">): string =>
  `\`${array.name}: [${array.shape.join(", ")}]\``;

/** ` (mnist.dlm:1:9)` */
export const place = (at: string): string => (at === "" ? "" : ` (${at})`);

const wrongLength = (array: SizedArray, length: number, why: string): DlmError =>
  new DlmError(
    "wrong-length",
    `${describeArray(array)} was given ${length} elements, ${why}${place(array.at)}`,
  );

const checkGiven = (entry: Sizes, given: GivenSizes): void => {
  for (const [name, value] of Object.entries(given)) {
    if (!entry.sizes.includes(name)) {
      const known = entry.sizes.length === 0 ? "none" : entry.sizes.join(", ");
      throw new DlmError("bad-size", `\`${entry.name}\` has no size \`${name}\` (it has ${known})`);
    }
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new DlmError(
        "bad-size",
        `size \`${name}\` must be a whole number from 1, got ${value}`,
      );
    }
  }
};

/** Positions of the sizes in the array's shape that have no value yet (0). */
const unknownsOf = (entry: Sizes, array: SizedArray, values: SizeValues): readonly number[] => {
  const mentioned = new Set(
    array.shape.flatMap((size) => String(size).match(/[\p{L}_]\w*/gu) ?? []),
  );
  return entry.sizes.flatMap((name, i) => (values[i] === 0 && mentioned.has(name) ? [i] : []));
};

/** Counts never fall when a size grows, so the size is found by bisection. */
const solveOne = (
  entry: Sizes,
  array: SizedArray,
  length: number,
  values: SizeValues,
  unknown: number,
): number => {
  const countAt = (value: number): number =>
    array.count(values.map((v, i) => (i === unknown ? value : v)));
  let high = 1;
  while (countAt(high) < length && high < 2 ** 32) high *= 2;
  let low = 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (countAt(middle) < length) low = middle + 1;
    else high = middle;
  }
  const name = entry.sizes[unknown]!;
  if (countAt(low) !== length) throw wrongLength(array, length, `which fits no ${name}`);
  if (countAt(low + 1) === length) {
    throw new DlmError(
      "ambiguous-size",
      `the length of ${describeArray(array)} does not tell ${name}: pass \`sizes: { ${name} }\``,
    );
  }
  return low;
};

const checkBounds = (entry: Sizes, arrays: readonly SizedArray[], values: SizeValues): void => {
  entry.sizes.forEach((name, i) => {
    const limit = entry.limits[i] ?? null;
    if (limit === null || values[i]! <= limit) return;
    const source = arrays.find((array) => array.shape.includes(name));
    throw new DlmError(
      "DLM0411",
      `${name} is at most ${limit}, got ${values[i]}` +
        (source === undefined ? "" : ` from ${describeArray(source)}${place(source.at)}`),
    );
  });
  for (const check of entry.checks) {
    if (!check.holds(values)) throw new DlmError("bad-size", check.message);
  }
};
