// Leaves out parentheses that precedence makes unnecessary: expressions are written with all of them.

const precedence: { readonly [op: string]: number } = {
  "*": 5,
  "/": 5,
  "+": 4,
  "-": 4,
  "<": 3,
  "<=": 3,
  "===": 2,
  "!==": 2,
};

/** Position of the parenthesis that closes the one at the start, or -1. */
const closing = (text: string): number => {
  let depth = 0;
  for (let k = 0; k < text.length; k++) {
    if (text[k] === "(") depth++;
    else if (text[k] === ")" && --depth === 0) return k;
  }
  return -1;
};

/** `(…)` as a whole without its parentheses. */
export const bare = (text: string): string =>
  text.startsWith("(") && closing(text) === text.length - 1 ? text.slice(1, -1) : text;

/** The operator between the two sides of `(a op b)`, the outermost and last one. */
const operatorOf = (text: string): string | null => {
  if (!text.startsWith("(") || closing(text) !== text.length - 1) return null;
  let depth = 0;
  let lowest: string | null = null;
  for (const word of text.slice(1, -1).split(" ")) {
    if (depth === 0 && word in precedence) {
      if (lowest === null || precedence[word]! <= precedence[lowest]!) lowest = word;
    } else if (depth === 0 && /^(\?|:|&&|\|\||%|\||-\S)/.test(word)) return null;
    for (const c of word) {
      if (c === "(" || c === "[") depth++;
      if (c === ")" || c === "]") depth--;
    }
  }
  return lowest;
};

/** `(a op b)`: parentheses of a side go where it binds at least as tightly (left) or more tightly (right). */
export const infixText = (op: string, a: string, b: string): string => {
  const own = precedence[op];
  if (own === undefined || own < 4) return `(${a} ${op} ${b})`;
  const [left, right] = [operatorOf(a), operatorOf(b)];
  const x = left !== null && precedence[left]! >= own ? bare(a) : a;
  const y = right !== null && precedence[right]! > own ? bare(b) : b;
  return `(${x} ${op} ${y})`;
};
