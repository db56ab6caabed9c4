// Uniform draws as an expression: Threefry2x32-20 on whole numbers (`runtime/random.ts`).

import { call, cast, int, num } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";

const add = (a: Expr, b: Expr): Expr => call("add", a, b);
const xor = (a: Expr, b: Expr): Expr => call("bitXor", a, b);
const and = (a: Expr, b: Expr): Expr => call("bitAnd", a, b);

/** `shr` keeps the sign: the bits that it brings are taken away. */
const shiftRight = (x: Expr, by: number): Expr =>
  and(call("shr", x, int(by)), int(2 ** (32 - by) - 1));

const rotate = (x: Expr, by: number): Expr => xor(call("shl", x, int(by)), shiftRight(x, 32 - by));

const turns = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** In [0, 1), a multiple of 2^-24: element `element` of draw `draw`. */
export const threefryUniform = (key0: Expr, key1: Expr, draw: Expr, element: Expr): Expr => {
  let keys = [key0, key1, xor(xor(key0, key1), int(0x1bd11bda))] as const;
  let x = add(shiftRight(element, 1), key0);
  let y = add(draw, key1);
  for (let group = 1; group <= 5; group++) {
    for (const by of turns[(group - 1) % 2]!) {
      x = add(x, y);
      y = xor(rotate(y, by), x);
    }
    keys = [keys[1], keys[2], keys[0]];
    x = add(x, keys[0]);
    y = add(add(y, keys[1]), int(group));
  }
  const isSecond = call("eq", and(element, int(1)), int(1));
  const word = call("select", isSecond, y, x);
  return call("mul", cast("f32", shiftRight(word, 8)), num(2 ** -24));
};
