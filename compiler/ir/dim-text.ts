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
  product,
  sub,
  symbol,
} from "./dim.ts";
import type { Dim } from "./dim.ts";
import { createTextReader } from "./text-reader.ts";
import type { TextReader } from "./text-reader.ts";

/** The normal form as text. Equal dims print equally. */
export function printDim(dim: Dim): string {
  return dimKey(dim);
}

/** Reads what `printDim` writes, and any sum, product, power, floor, ceil, mod, min or max of sizes. */
export function parseDim(text: string): Dim {
  const r = createTextReader(text);
  const dim = readDim(r);
  return r.atEnd() ? dim : r.fail("expected the end of the size");
}

/** Sum = [ "-" ] Term { ( "+" | "-" ) Term } */
export function readDim(r: TextReader): Dim {
  let left = r.accept("-") ? neg(readTerm(r)) : readTerm(r);
  for (;;) {
    if (r.accept("+")) left = add(left, readTerm(r));
    else if (r.accept("-")) left = sub(left, readTerm(r));
    else return left;
  }
}

/** Term = Power { "*" Power } */
function readTerm(r: TextReader): Dim {
  let left = readPower(r);
  while (r.accept("*")) left = mul(left, readPower(r));
  return left;
}

/** Power = Primary [ "^" integer ] */
function readPower(r: TextReader): Dim {
  const base = readPrimary(r);
  if (!r.accept("^")) return base;
  const exponent = Number(r.need(/\d+/, "an exponent"));
  return product(Array.from({ length: exponent }, () => base));
}

/** Primary = integer | name | "(" Sum ")" | function "(" Sum separator Sum ")" */
function readPrimary(r: TextReader): Dim {
  if (r.accept("(")) return closed(r, readDim(r));
  const digits = r.take(/\d+/);
  if (digits !== null) return Number(digits);
  const name = r.need(/[A-Za-z_][\w.]*/, "a size");
  if (!r.accept("(")) return symbol(name);
  const [separator, fn] = functions[name] ?? r.fail(`no function of sizes is called ${name}`);
  const of = readDim(r);
  r.expect(separator);
  return closed(r, fn(of, separator === "/" ? readTerm(r) : readDim(r)));
}

function closed(r: TextReader, dim: Dim): Dim {
  r.expect(")");
  return dim;
}

const functions: { readonly [name: string]: readonly [string, (a: Dim, b: Dim) => Dim] } = {
  floor: ["/", floorDiv],
  ceil: ["/", ceilDiv],
  mod: [",", mod],
  min: [",", minDim],
  max: [",", maxDim],
};
