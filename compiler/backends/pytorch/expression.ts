// `bias_ih_l0.part(0, 3) + bias_hh_l0.part(0, 3)`: how a weight is made of a file's tensors, read and evaluated.

import { add, flatten, join, part, permute, refuse, unflatten } from "./numbers.ts";
import type { Numbers } from "./numbers.ts";

/** `{ to }` is a size of the weight that is made. */
type Argument = number | { readonly to: number };
export type Expression =
  | { readonly kind: "tensor"; readonly name: string }
  | { readonly kind: "add"; readonly a: Expression; readonly b: Expression }
  | { readonly kind: "join"; readonly parts: readonly Expression[] }
  | {
      readonly kind: "view";
      readonly of: Expression;
      readonly view: View;
      readonly args: readonly Argument[];
    };

type Rearrange = (x: Numbers, args: readonly number[]) => Numbers;
const views = {
  T: (x) => permute(x, x.shape.map((_, axis) => axis).reverse()),
  permute,
  part: (x, [i = 0, n = 1]) => part(x, i, n),
  flatten: (x, [from = 0]) => flatten(x, from),
  unflatten: (x, [axis = 0, inner = 1]) => unflatten(x, axis, inner),
} as const satisfies Readonly<Record<string, Rearrange>>;
type View = keyof typeof views;
const isView = (word: string): word is View => Object.hasOwn(views, word);

/** Sum = Viewed { "+" Viewed } */
export const parseExpression = (text: string): Expression => {
  const words = text.match(/[^\s.,+()]+|[.,+()]/g) ?? [];
  let at = 0;
  const peek = (): string => words[at] ?? "";
  const accept = (word: string): boolean => peek() === word && at++ >= 0;
  const expect = (word: string): void => {
    if (!accept(word))
      refuse(`\`${text}\`: expected \`${word}\` at \`${words.slice(at).join("")}\``);
  };
  const list = <T>(item: () => T): readonly T[] => {
    expect("(");
    const items = [item()];
    while (accept(",")) items.push(item());
    expect(")");
    return items;
  };
  const argument = (): Argument => {
    const word = words[at++] ?? "";
    if (word === "to") return { to: list(argument)[0] as number };
    return /^\d+$/.test(word) ? Number(word) : refuse(`\`${text}\`: \`${word}\` is not a number`);
  };
  const sum = (): Expression => {
    const first = viewed();
    return accept("+") ? { kind: "add", a: first, b: sum() } : first;
  };
  /** Viewed = ( "join" "(" Sum { "," Sum } ")" | name ) { "." view [ "(" numbers ")" ] } */
  const viewed = (): Expression => {
    let value: Expression =
      peek() === "join" && words[at + 1] === "("
        ? (at++, { kind: "join", parts: list(sum) })
        : { kind: "tensor", name: name() };
    while (accept(".")) {
      const view = words[at++] ?? "";
      if (!isView(view)) return refuse(`\`${text}\`: there is no view \`${view}\``);
      value = { kind: "view", of: value, view, args: peek() === "(" ? list(argument) : [] };
    }
    return value;
  };
  /** Names hold dots: one ends before the first view. */
  const name = (): string => {
    const parts = [words[at++] ?? ""];
    if (/^[.,+()]?$/.test(parts[0]!)) refuse(`\`${text}\`: expected the name of a tensor`);
    while (peek() === "." && !isView(words[at + 1] ?? "")) {
      at++;
      parts.push(words[at++] ?? "");
    }
    return parts.join(".");
  };
  const expression = sum();
  if (at < words.length) refuse(`\`${text}\`: unexpected \`${peek()}\``);
  return expression;
};

/** Every name replaced. */
export const rename = (e: Expression, to: (name: string) => string): Expression => {
  switch (e.kind) {
    case "tensor":
      return { ...e, name: to(e.name) };
    case "add":
      return { ...e, a: rename(e.a, to), b: rename(e.b, to) };
    case "join":
      return { ...e, parts: e.parts.map((one) => rename(one, to)) };
    case "view":
      return { ...e, of: rename(e.of, to) };
  }
};

export const namesIn = (e: Expression): readonly string[] => {
  const names: string[] = [];
  rename(e, (name) => (names.push(name), name));
  return names;
};

export const printExpression = (e: Expression): string => {
  switch (e.kind) {
    case "tensor":
      return e.name;
    case "add":
      return `${printExpression(e.a)} + ${printExpression(e.b)}`;
    case "join":
      return `join(${e.parts.map(printExpression).join(", ")})`;
    case "view": {
      const args = e.args.map((arg) => (typeof arg === "number" ? arg : `to(${arg.to})`));
      return `${printExpression(e.of)}.${e.view}${args.length === 0 ? "" : `(${args.join(", ")})`}`;
    }
  }
};

/** `target`: the shape of the weight that is made. `sum`: what `+` does, if not adding. */
export const evaluate = (
  e: Expression,
  read: (name: string) => Numbers,
  target: readonly number[],
  sum: (a: Numbers, b: Numbers) => Numbers = add,
): Numbers => {
  const of = (part: Expression): Numbers => evaluate(part, read, target, sum);
  switch (e.kind) {
    case "tensor":
      return read(e.name);
    case "add":
      return sum(of(e.a), of(e.b));
    case "join":
      return join(e.parts.map(of));
    case "view": {
      const args = e.args.map((arg) => (typeof arg === "number" ? arg : (target[arg.to] ?? NaN)));
      return views[e.view](of(e.of), args);
    }
  }
};
