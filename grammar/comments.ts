// The comments of a file, handed out by place so that the formatter prints each exactly once.

import type { IToken } from "chevrotain";

export type Comment = { readonly text: string; readonly start: number; readonly end: number };

export type Comments = {
  /** Takes what is left in `[from, to)`. */
  readonly take: (from: number, to: number) => readonly Comment[];
  /** Takes the comment that follows `end` on its line, past commas where `pastComma`. */
  readonly takeTrailing: (end: number, pastComma: boolean) => Comment | null;
};

export const createComments = (text: string, tokens: readonly IToken[]): Comments => {
  const all = tokens
    .map(({ image, startOffset }) => ({
      text: image.trimEnd(),
      start: startOffset,
      end: startOffset + image.length,
    }))
    .sort((a, b) => a.start - b.start);
  const taken = new Set<Comment>();
  const firstFrom = (offset: number): number => {
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle]!.start < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    take: (from, to) => {
      const found: Comment[] = [];
      for (let index = firstFrom(from); index < all.length && all[index]!.start < to; index += 1) {
        const comment = all[index]!;
        if (!taken.has(comment)) found.push(comment);
        taken.add(comment);
      }
      return found;
    },
    takeTrailing: (end, pastComma) => {
      const comment = all[firstFrom(end)];
      if (comment === undefined || taken.has(comment)) return null;
      const between = text.slice(end, comment.start);
      if (!(pastComma ? /^[ \t,]*$/ : /^[ \t]*$/).test(between)) return null;
      taken.add(comment);
      return comment;
    },
  };
};
