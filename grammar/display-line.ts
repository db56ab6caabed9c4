// One source line into what a terminal shows: tabs as spaces, control characters made visible, and the
// column at which each character stands.

export type DisplayLine = {
  readonly text: string;
  /** Cells left of the character at an index of the source line (its length gives the line's width). */
  readonly cell: (index: number) => number;
};

const tabWidth = 4;
/** A longer line is shown in part, around the place that matters. */
const maxCharacters = 240;
const contextBefore = 60;

// Combining marks, joiners and variation selectors take no cell of their own.
const zeroWidth = /^[\p{Mn}\p{Me}\u200B-\u200D\uFE00-\uFE0F\u2060]$/u;
// East Asian wide and full-width characters, and emoji, take two.
const doubleWidth =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]$/u;
const control = /^[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]$/u;

/** `focus` is the index of the first character that must be seen. */
export const displayLine = (line: string, focus: number): DisplayLine => {
  const cut = line.length > maxCharacters;
  const from = cut ? Math.max(0, focus - contextBefore) : 0;
  const to = cut ? Math.min(line.length, from + maxCharacters) : line.length;
  const cells: number[] = [];
  let text = from > 0 ? "…" : "";
  let width = text.length;
  for (const character of line.slice(from, to)) {
    const shown = showCharacter(character, width);
    for (let unit = 0; unit < character.length; unit += 1) cells.push(width);
    text += shown.text;
    width += shown.width;
  }
  cells.push(width);
  if (to < line.length) text += "…";
  return { text, cell: (index) => cells[Math.min(Math.max(index - from, 0), to - from)] ?? width };
};

const showCharacter = (character: string, column: number): { text: string; width: number } => {
  if (character === "\t") {
    const width = tabWidth - (column % tabWidth);
    return { text: " ".repeat(width), width };
  }
  if (control.test(character)) return { text: "\uFFFD", width: 1 };
  if (zeroWidth.test(character)) return { text: character, width: 0 };
  return { text: character, width: doubleWidth.test(character) ? 2 : 1 };
};
