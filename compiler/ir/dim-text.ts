// Sizes to text and back: `2*B*T+floor((T+1)/2)-1`.

import {
  add,
  ceilDiv,
  dimKey,
  floorDiv,
  maxDim,
  minDim,
  mod,
  mul,
  neg,
  sub,
  symbol,
} from "./dim.ts";
import type { Dim } from "./dim.ts";

/** The normal form as text. Equal dims print equally. */
export function printDim(dim: Dim): string {
  return dimKey(dim);
}

/** Reads what `printDim` writes, and any sum, product, power, floor, ceil, mod, min or max of sizes. */
export function parseDim(text: string): Dim {
  const tokens = text.match(/[A-Za-z_][\w.]*|\d+|\S/g) ?? [];
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`not a size: "${text}" (at "${tokens[at] ?? "its end"}")`);
  };
  const accept = (token: string): boolean => tokens[at] === token && ++at > 0;
  const expect = (token: string): void => void (accept(token) || fail());

  const sum = (): Dim => {
    let left = accept("-") ? neg(term()) : term();
    for (;;) {
      if (accept("+")) left = add(left, term());
      else if (accept("-")) left = sub(left, term());
      else return left;
    }
  };
  const term = (): Dim => {
    let left = power();
    while (accept("*")) left = mul(left, power());
    return left;
  };
  const power = (): Dim => {
    const base = primary();
    if (!accept("^")) return base;
    const count = Number(tokens[at++]);
    if (!Number.isInteger(count)) fail();
    return Array.from({ length: count }).reduce<Dim>((p) => mul(p, base), 1);
  };
  const primary = (): Dim => {
    const token = tokens[at++] ?? fail();
    if (/^\d/.test(token)) return Number(token);
    if (token === "(") return closed(sum());
    if (!/^[A-Za-z_]/.test(token)) {
      at--;
      return fail();
    }
    return accept("(") ? call(token) : symbol(token);
  };
  const call = (name: string): Dim => {
    const of = sum();
    const [separator, fn] = functions[name] ?? fail();
    expect(separator);
    return closed(fn(of, separator === "/" ? term() : sum()));
  };
  const closed = (dim: Dim): Dim => {
    expect(")");
    return dim;
  };

  const dim = sum();
  return at === tokens.length ? dim : fail();
}

const functions: { readonly [name: string]: readonly [string, (a: Dim, b: Dim) => Dim] } = {
  floor: ["/", floorDiv],
  ceil: ["/", ceilDiv],
  mod: [",", mod],
  min: [",", minDim],
  max: [",", maxDim],
};
