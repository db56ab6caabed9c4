// Rules that make contractions out of sums of products, and move views and sums into them.

import type { Dim } from "../../ir/dim.ts";
import { evaluateDim, product, symbolsOf } from "../../ir/dim.ts";
import { numbersAttr, textAttr } from "../../ops/attrs.ts";
import { parseSpec } from "../../ops/contract-spec.ts";
import { filledWith } from "../../ops/mask.ts";
import type { Rewriter, Row } from "../rewrite.ts";
import {
  absorbViews,
  alphabet,
  arrange,
  inOrder,
  multiplySum,
  normalFactor,
  repeatedSum,
  rolesOf,
  scaled,
  sizesOf,
  sumLetters,
  union,
} from "./letters.ts";
import type { Factor, LetterSizes } from "./letters.ts";

/** Factors of a product, and the plain number that stands before them. */
type Product = { readonly scale: number; readonly factors: readonly Factor[] };

const one: Product = { scale: 1, factors: [] };

/** Multiplies out products, signs and constants; the value of a product that others read stays whole. */
const factorsOf = (r: Rewriter, factor: Factor, isRoot: boolean): Product => {
  const { value, letters } = absorbViews(r, factor);
  const number = filledWith(value);
  if (number !== null && Number.isFinite(number)) return { scale: number, factors: [] };
  const shared = !isRoot && r.uses(value) > 1;
  const negated = r.opOf(value, "neg");
  const multiplied = r.opOf(value, "mul");
  if (!shared && negated !== null) {
    const inner = factorsOf(r, { value: negated.operands[0]!, letters }, false);
    return { ...inner, scale: -inner.scale };
  }
  if (shared || multiplied === null) return { scale: 1, factors: [{ value, letters }] };
  return multiplied.operands
    .map((operand) => factorsOf(r, { value: operand, letters }, false))
    .reduce(
      (all, part) => ({
        scale: all.scale * part.scale,
        factors: [...all.factors, ...part.factors],
      }),
      one,
    );
};

/** A number to compare costs by: symbols count as 64. */
const estimate = (letters: string, sizes: LetterSizes): number => {
  const dim: Dim = product([...letters].map((letter) => sizes.get(letter)!));
  return evaluateDim(dim, new Map(symbolsOf(dim).map((name) => [name, 64])));
};

/** Which two factors to multiply next, and what is left of their letters. */
type Join = { readonly i: number; readonly j: number; readonly letters: string };

/** Cheapest pair first. `worth`: some step sums over fewer elements than the whole product has. */
const planJoins = (
  letters: readonly string[],
  out: string,
  sizes: LetterSizes,
): { readonly joins: readonly Join[]; readonly worth: boolean } => {
  const left = [...letters];
  const joins: Join[] = [];
  let worth = false;
  while (left.length > 1) {
    let best: Join | null = null;
    let least = Infinity;
    for (let i = 0; i < left.length; i++) {
      for (let j = i + 1; j < left.length; j++) {
        const cost = estimate(union(left[i]!, left[j]!), sizes);
        if (cost >= least) continue;
        const needed = out + left.filter((_, k) => k !== i && k !== j).join("");
        const kept = [...union(left[i]!, left[j]!)].filter((letter) => needed.includes(letter));
        [best, least] = [{ i, j, letters: kept.join("") }, cost];
      }
    }
    if (best === null) break;
    const roles = rolesOf(left[best.i]!, left[best.j]!, best.letters);
    worth ||= roles.alone.length > 0;
    worth ||= roles.contracted.length > 0 && roles.left.length + roles.right.length > 0;
    joins.push(best);
    left.splice(best.j, 1);
    left[best.i] = best.letters;
  }
  return { joins, worth };
};

const sumOfProduct: Row = {
  rule: "reduceSum(x * y * c) -> contract(x, y) * c, cheapest pair first; reduceSum(broadcast x) -> x * n",
  roots: ["reduceSum"],
  apply: (r, [x], attrs) => {
    const all = alphabet.slice(0, x!.type.shape.length);
    const axes = numbersAttr(attrs, "axes");
    const out = [...all].filter((_, axis) => !axes.includes(axis)).join("");
    const sizes = sizesOf([{ value: x!, letters: all }]);
    const { scale, factors } = factorsOf(r, { value: x!, letters: all }, true);
    const normal = factors.map((factor) => normalFactor(r, factor));
    const used = normal.map(({ letters }) => letters).join("");
    const absent = [...all].filter((l) => !out.includes(l) && !used.includes(l));
    const count = product(absent.map((letter) => sizes.get(letter)!));
    const plan = planJoins(
      normal.map(({ letters }) => letters),
      out,
      sizes,
    );
    const isPlain = scale === 1 && count === 1;
    if (normal.length > 1 ? !plan.worth : isPlain && normal[0]?.value === x) return null;

    const done = [...normal];
    for (const { i, j, letters } of plan.joins) {
      done[i] = multiplySum(r, done[i]!, done[j]!, inOrder(letters, all), sizes);
      done.splice(j, 1);
    }
    const single = done[0];
    const value =
      single === undefined
        ? r.constant(1, { dtype: x!.type.dtype, shape: [] })
        : sumLetters(r, single, out).value;
    const letters = single === undefined ? "" : inOrderOf(single, out);
    const total = repeatedSum(r, scaled(r, value, scale), count);
    return arrange(r, { value: total, letters }, out, sizes);
  },
};

/** Letters of a factor that the sum keeps, in the factor's order. */
const inOrderOf = (factor: Factor, out: string): string =>
  [...factor.letters].filter((letter) => out.includes(letter)).join("");

const contractOfViews: Row = {
  rule: "contract(transpose x, broadcast y) -> contract(x, y); axes of size 1 go; without rows or columns it is a sum of products",
  roots: ["contract"],
  apply: (r, [x, y], attrs) => {
    const spec = parseSpec(textAttr(attrs, "spec"));
    const [a, b] = [
      { value: x!, letters: spec.a },
      { value: y!, letters: spec.b },
    ];
    const [left, right] = [normalFactor(r, a), normalFactor(r, b)];
    const roles = rolesOf(spec.a, spec.b, spec.out);
    const sided = roles.left.length + roles.right.length > 0;
    const kept =
      (roles.left.length > 0 && roles.right.length > 0) || (roles.contracted.length > 0 && sided);
    if (left.value === x && right.value === y && kept) return null;
    const sizes = sizesOf([a, b]);
    return arrange(r, multiplySum(r, a, b, spec.out, sizes), spec.out, sizes);
  },
};

const sumOfContract: Row = {
  rule: "reduceSum(contract(x, y)) -> contract with fewer letters",
  roots: ["reduceSum"],
  apply: (r, [x], attrs) => {
    const from = r.opOf(x!, "contract");
    if (from === null || r.uses(x!) > 1) return null;
    const spec = parseSpec(textAttr(from.attrs, "spec"));
    const axes = numbersAttr(attrs, "axes");
    const out = [...spec.out].filter((_, axis) => !axes.includes(axis)).join("");
    const factors = from.operands.map((value, side) => ({
      value,
      letters: side === 0 ? spec.a : spec.b,
    }));
    const sizes = sizesOf(factors);
    return arrange(r, multiplySum(r, factors[0]!, factors[1]!, out, sizes), out, sizes);
  },
};

const transposeOfContract: Row = {
  rule: "transpose(contract(x, y)) -> contract with its letters in that order",
  roots: ["transpose"],
  apply: (r, [x], attrs) => {
    const from = r.opOf(x!, "contract");
    if (from === null || r.uses(x!) > 1) return null;
    const { a, b, out } = parseSpec(textAttr(from.attrs, "spec"));
    const moved = numbersAttr(attrs, "perm").map((axis) => out[axis]!);
    return r.op("contract", from.operands, { spec: `${a},${b}->${moved.join("")}` });
  },
};

export const contractRows: readonly Row[] = [
  sumOfProduct,
  contractOfViews,
  sumOfContract,
  transposeOfContract,
];
