// The letters of a contraction, "bd,dn->bn", and the roles they play.

import { CompilerBug } from "../../grammar/bug.ts";

/** Letters of the axes of both operands and of the result. */
export type ContractSpec = { readonly a: string; readonly b: string; readonly out: string };

export const printSpec = ({ a, b, out }: ContractSpec): string => `${a},${b}->${out}`;

/**
 * Every letter stands in at least two of the three lists and at most once in each: a letter of one
 * operand alone is summed before, a diagonal is a slice before.
 */
export const parseSpec = (text: string): ContractSpec => {
  const match = /^([a-zA-Z]*),([a-zA-Z]*)->([a-zA-Z]*)$/.exec(text);
  if (match === null) throw new CompilerBug(`contract spec "${text}" does not read as "ab,bc->ac"`);
  const [, a, b, out] = match;
  const lists = [a!, b!, out!];
  for (const letter of lists.join("")) {
    const holding = lists.filter((list) => list.includes(letter));
    const isTwice = holding.some((list) => list.indexOf(letter) !== list.lastIndexOf(letter));
    if (isTwice || holding.length < 2)
      throw new CompilerBug(
        `contract spec "${text}": letter '${letter}' must be in two of three lists`,
      );
  }
  return { a: a!, b: b!, out: out! };
};

/** Letters that are summed, in the order of the first operand. */
export const contractedLetters = ({ a, b, out }: ContractSpec): readonly string[] =>
  [...a].filter((letter) => b.includes(letter) && !out.includes(letter));

/** Letters of both operands and the result. */
export const batchLetters = ({ a, b, out }: ContractSpec): readonly string[] =>
  [...out].filter((letter) => a.includes(letter) && b.includes(letter));

/** Letters of the first operand and the result only: the rows of the product. */
export const leftLetters = ({ a, b, out }: ContractSpec): readonly string[] =>
  [...out].filter((letter) => a.includes(letter) && !b.includes(letter));

/** Letters of the second operand and the result only: its columns. */
export const rightLetters = ({ a, b, out }: ContractSpec): readonly string[] =>
  [...out].filter((letter) => b.includes(letter) && !a.includes(letter));
