// A word nobody knows into the known word it was probably meant to be.

/** Edits between two words: insert, delete, change a letter, or swap two neighbours (Damerau-Levenshtein). */
export const editDistance = (a: string, b: string): number => {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          last[column]! + 1,
          current[column - 1]! + 1,
          last[column - 1]! + (same ? 0 : 1),
          swapped ? beforeLast[column - 2]! + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
};

/** Longer words are never compared: nobody mistypes a name of this length by accident. */
const maxLength = 80;

/** The candidate closest to `word`, near enough to be offered; null when none is. */
export const nearest = (word: string, candidates: readonly string[]): string | null => {
  if (word.length > maxLength) return null;
  const lower = word.toLowerCase();
  const sameLetters = candidates.find((one) => one !== word && one.toLowerCase() === lower);
  if (sameLetters !== undefined) return sameLetters;
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly text: string; readonly distance: number } | null = null;
  for (const text of candidates) {
    if (text === word || Math.abs(text.length - word.length) > limit) continue;
    const distance = editDistance(lower, text.toLowerCase());
    if (distance <= limit && (best === null || distance < best.distance)) best = { text, distance };
  }
  return best === null ? null : best.text;
};

/** Like `nearest`, but a lone candidate is always offered. */
export const suggest = (word: string, candidates: readonly string[]): string | null => {
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined && only !== word) return only;
  return nearest(word, candidates);
};
