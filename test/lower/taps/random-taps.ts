// Sums at random in which an operand is read through the guards of padding, strides and dilation.

import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import type { Random } from "../../ir/random.ts";

/** One of two axes of a convolution in gather form: which conditions there are, and where it reads. */
type Side = {
  /** Positions of the result, of the sum, and of what is read. */
  readonly out: number;
  readonly taps: number;
  readonly source: number;
  readonly conditions: readonly string[];
  readonly index: string;
  readonly weight: string;
};

const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]!;

const plus = (text: string, n: number): string => (n === 0 ? text : `add(${text}, ${n})`);
const times = (text: string, n: number): string => (n === 1 ? text : `mul(${text}, ${n})`);

/** `stride · (position read) = a · (of the result) + b · (of the sum) + shift`, whatever the signs of a and b. */
const side = (random: Random, out: string, tap: string): Side => {
  const [outs, taps, source] = [1 + random.below(7), 1 + random.below(6), 1 + random.below(6)];
  const stride = pick(random, [1, 1, 2, 2, 3, 4]);
  const sum = `add(${times(out, pick(random, [1, 1, 2, 3, -1]))}, ${times(tap, pick(random, [1, 1, -1, 2, -2, 3]))})`;
  const shift = random.below(11) - 5;
  const at = plus(sum, shift);
  const near = plus(sum, shift + random.below(2 * stride));
  const read = stride === 1 ? at : plus(`div(${near}, ${stride})`, random.below(5) - 2);
  const multiple = pick(random, [`eq(mod(${at}, ${stride}), 0)`, `lt(mod(${at}, ${stride}), 1)`]);
  const last = pick(random, [`lt(${read}, ${source})`, `le(${read}, ${source - 1})`]);
  return {
    out: outs,
    taps,
    source,
    conditions: [`le(0, ${read})`, last, ...(stride === 1 ? [] : [multiple])],
    index: read,
    weight: pick(random, [tap, `sub(${taps - 1}, ${tap})`]),
  };
};

/** A kernel with a sum over taps along two axes and along channels. */
export const randomTaps = (random: Random): Kernel => {
  const [h, w] = [side(random, "h", "i"), side(random, "w", "j")];
  const [outs, channels] = [1 + random.below(6), 1 + random.below(4)];
  const all = [...h.conditions, ...w.conditions].toSorted(() => random.below(3) - 1);
  const guard = all.reduce((a, b) => `${pick(random, ["and", "min"])}(${a}, ${b})`);
  const x = `x[n, ${h.index}, ${w.index}, c]`;
  const k = `k[${h.weight}, ${w.weight}, c, o]`;
  const read = `select(${guard}, ${x}, 0.0)`;
  const nested = all.reduceRight((inner, one) => `select(${one}, ${inner}, 0.0)`, x);
  const body = pick(random, [
    `mul(${read}, ${k})`,
    `mul(${k}, ${nested})`,
    `select(${guard}, mul(${x}, ${k}), 0.0)`,
    `div(neg(${read}), add(2.0, mul(${k}, ${k})))`,
    `sub(mul(${read}, ${k}), ${read})`,
    `select(lt(${k}, 0.0), ${read}, mul(${nested}, ${k}))`,
    `mul(${read}, select(lt(n, 2), ${k}, 0.0))`,
    `add(mul(${read}, ${k}), ${k})`,
  ]);
  const axes = [`i in 0..${h.taps}`, `j in 0..${w.taps}`, `c in 0..${channels}`];
  const sum = `reduce add ${axes.toSorted(() => random.below(3) - 1).join(", ")} (${body})`;
  const weights = sum.replace(body, k);
  const value = pick(random, [
    sum,
    `select(lt(0.0, ${sum}), ${sum}, mul(0.2, ${sum}))`,
    `add(${sum}, ${weights})`,
  ]);
  return parseKernel(
    `kernel @taps(x: f32[B, ${h.source}, ${w.source}, ${channels}], k: f32[${h.taps}, ${w.taps}, ${channels}, ${outs}]) -> y: f32[B, ${h.out}, ${w.out}, ${outs}] sizes(B) {
  for n in 0..B, h in 0..${h.out}, w in 0..${w.out}, o in 0..${outs} spatial
    y[n, h, w, o] = ${value}
}`,
  );
};
