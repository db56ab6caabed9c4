// Days as people write them, beside the same days by ISO 8601; generated, and the same in twin.py.

/** Characters that are read; a shorter date ends in spaces. */
export const sourceLength = 27;

/** Characters of `2026-11-27`. */
export const targetLength = 10;

/** A character's number is its place; the space, 0, also stands before the first that is written. */
export const alphabet = " ,-./0123456789abcdefghijklmnopqrstuvwxyz";

const months =
  "january february march april may june july august september october november december".split(
    " ",
  );
const weekdays = "sunday monday tuesday wednesday thursday friday saturday".split(" ");

type Day = {
  readonly year: number;
  readonly month: string;
  /** From 1. */
  readonly monthNumber: number;
  readonly day: number;
  readonly weekday: string;
};

const forms: readonly ((day: Day) => string)[] = [
  ({ year, month, day }) => `${day} ${month} ${year}`,
  ({ year, month, day }) => `${month} ${day}, ${year}`,
  ({ year, month, day }) => `${day} ${short(month)} ${year}`,
  ({ year, monthNumber, day }) => `${day}.${monthNumber}.${year}`,
  ({ year, monthNumber, day }) => `${monthNumber}/${day}/${year}`,
  ({ year, month, day, weekday }) => `${short(weekday)} ${day} ${month} ${year}`,
  ({ year, month, day, weekday }) => `${weekday}, ${short(month)} ${day} ${year}`,
  ({ year, month, day }) => `the ${day}${ordinal(day)} of ${month}, ${year}`,
];

const short = (name: string): string => name.slice(0, 3);

const ordinal = (day: number): string =>
  day >= 11 && day <= 13 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");

const twoDigits = (number: number): string => String(number).padStart(2, "0");

export type Pair = { readonly source: string; readonly target: string };

/** Days from 1900-01-01 to 2099-12-31 in random order, none twice, each in a random form. */
export const drawDates = (count: number): readonly Pair[] => {
  const below = generator(1);
  const serials = Array.from({ length: 73049 }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => {
    const at = i + below(serials.length - i);
    [serials[i], serials[at]] = [serials[at]!, serials[i]!];
    const date = new Date(Date.UTC(1900, 0, 1 + serials[i]!));
    const [year, monthNumber, day] = [
      date.getUTCFullYear(),
      date.getUTCMonth() + 1,
      date.getUTCDate(),
    ];
    const month = months[monthNumber - 1]!;
    const weekday = weekdays[date.getUTCDay()]!;
    const source = forms[below(forms.length)]!({ year, month, monthNumber, day, weekday });
    return { source, target: `${year}-${twoDigits(monthNumber)}-${twoDigits(day)}` };
  });
};

/** Whole numbers below a limit by a linear congruential generator, simple to write in any language. */
const generator = (seed: number): ((limit: number) => number) => {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
};
