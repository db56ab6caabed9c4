// Tokens into the place where nesting passes what a recursive reader can hold, if there is one.

import type { IToken } from "chevrotain";

/** Brackets and `if`s inside each other. */
export const maxNesting = 100;
/** Operators and suffixes of one expression: a chain of `+` is a tree this deep. */
export const maxChain = 1000;

type Frame = {
  /** Brackets and `if`s that hold this frame, itself included. */
  readonly depth: number;
  /** Operators of the enclosing frames. */
  readonly outer: number;
  /** Operators since the last separator, on top of the deepest bracket closed since. */
  chain: number;
  ifs: number;
};

const openers = new Set(["(", "[", "{"]);
const closers = new Set([")", "]", "}"]);
const deepens = new Set("or and == != < <= > >= + - * / % @ ^ . -> not if ( [".split(" "));
const separates = new Set(
  ", = : let param next return require penalty state buffer metric minimize data step model block cell fn train optimizer import".split(
    " ",
  ),
);

/** The first token that nests too deeply, null when none does. */
export const findTooDeep = (
  tokens: readonly IToken[],
): { readonly token: IToken; readonly limit: number } | null => {
  const stack: Frame[] = [{ depth: 0, outer: 0, chain: 0, ifs: 0 }];
  for (const token of tokens) {
    const word = token.image;
    let frame = stack.at(-1)!;
    if (closers.has(word) && stack.length > 1) {
      stack.pop();
      const parent = stack.at(-1)!;
      parent.chain = Math.max(parent.chain, frame.chain);
      continue;
    }
    if (separates.has(word)) {
      frame.chain = 0;
      frame.ifs = 0;
    }
    if (deepens.has(word)) frame.chain += 1;
    if (word === "if") frame.ifs += 1;
    if (openers.has(word)) {
      frame = {
        depth: frame.depth + frame.ifs + 1,
        outer: frame.outer + frame.chain,
        chain: 0,
        ifs: 0,
      };
      stack.push(frame);
    }
    if (frame.depth + frame.ifs > maxNesting) return { token, limit: maxNesting };
    if (frame.outer + frame.chain > maxChain) return { token, limit: maxChain };
  }
  return null;
};
