// Sizes along an axis: integers, or polynomials over size names in one normal form.

import { CompilerBug } from "../../grammar/bug.ts";

/** An integer, or a symbolic size. Two dims are equal exactly when `dimKey` of both is equal. */
export type Dim = number | Poly;

/** Sum of terms in sorted order, never a plain integer. `key` is the printed normal form. */
export type Poly = { readonly kind: "poly"; readonly key: string; readonly terms: readonly Term[] };
/** `coefficient * factors[0] * factors[1] …`; factors sorted, repeated for powers, empty for the constant term. */
export type Term = { readonly coefficient: number; readonly factors: readonly Atom[] };
/**
 * What a polynomial is over. `floor` is floor(of / by), `mod` the non-negative remainder.
 * The normal form writes every remainder as `of - by * floor(of / by)`, so it holds no `mod`.
 */
export type Atom =
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "floor" | "mod" | "min" | "max"; readonly of: Dim; readonly by: Dim };

/** Stands for a size without a bound where costs are compared. */
export const representativeSize = 64;

/** A size left the range of exact integers (2^53). */
export class DimOverflow extends Error {
  override readonly name = "DimOverflow";
}

/** A size was divided by zero. */
export class DimZeroDivisor extends Error {
  override readonly name = "DimZeroDivisor";
}

export function symbol(name: string): Dim {
  return fromTerms([{ coefficient: 1, factors: [{ kind: "symbol", name }] }]);
}

export function dimKey(dim: Dim): string {
  return typeof dim === "number" ? String(dim) : dim.key;
}

export function equalDims(a: Dim, b: Dim): boolean {
  return dimKey(a) === dimKey(b);
}

export function add(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return exact(a + b);
  if (a === 0) return b;
  return b === 0 ? a : fromSorted(mergedTerms(termsOf(a), termsOf(b)));
}

export function neg(a: Dim): Dim {
  return mul(-1, a);
}

export function sub(a: Dim, b: Dim): Dim {
  return add(a, neg(b));
}

export function mul(a: Dim, b: Dim): Dim {
  if (typeof a === "number") return typeof b === "number" ? exact(a * b) : scaled(b, a);
  if (typeof b === "number") return scaled(a, b);
  return fromTerms(
    termsOf(a).flatMap((s) =>
      termsOf(b).map((t) => ({
        coefficient: exact(s.coefficient * t.coefficient),
        factors: [...s.factors, ...t.factors],
      })),
    ),
  );
}

export function product(dims: readonly Dim[]): Dim {
  return dims.reduce(mul, 1);
}

/** floor(a / b), rounding toward minus infinity. */
export function floorDiv(a: Dim, b: Dim): Dim {
  if (typeof b === "number") return floorByNumber(a, b);
  const whole = exactDiv(a, b);
  if (whole !== null) return whole;
  const [by] = b.terms;
  if (b.terms.length === 1 && by !== undefined && by.factors.every(isSymbol)) {
    return floorByMonomial(a, by);
  }
  return fromAtom({ kind: "floor", of: a, by: b });
}

/** No less than `dim`: of `c · floor(n / by)`, where c is a multiple of `by`, all of n in place of whole tiles of it. */
export function withoutTiles(dim: Dim): Dim {
  return termsOf(dim).reduce<Dim>((sum, term) => {
    const [floor, ...others] = term.factors;
    if (floor?.kind !== "floor" || others.length > 0 || typeof floor.by !== "number")
      return add(sum, fromTerms([term]));
    const times = term.coefficient / floor.by;
    const isWhole = floor.by > 0 && times > 0 && Number.isInteger(times);
    return add(sum, isWhole ? mul(times, floor.of) : fromTerms([term]));
  }, 0);
}

/** ceil(a / b), as floor((a + b - 1) / b) where b is known to be positive. */
export function ceilDiv(a: Dim, b: Dim): Dim {
  if (typeof b === "number" && b < 0) return ceilDiv(neg(a), -b);
  const positive = termsOf(b).every((t) => t.coefficient > 0 && t.factors.every(isSymbol));
  return positive ? floorDiv(sub(add(a, b), 1), b) : neg(floorDiv(neg(a), b));
}

/** a - b * floor(a / b): has the sign of b. */
export function mod(a: Dim, b: Dim): Dim {
  return sub(a, mul(b, floorDiv(a, b)));
}

export function minDim(a: Dim, b: Dim): Dim {
  return extremum("min", a, b);
}

export function maxDim(a: Dim, b: Dim): Dim {
  return extremum("max", a, b);
}

/** The polynomial q with q * b = a, or null where there is none. */
export function exactDiv(a: Dim, b: Dim): Dim | null {
  if (b === 0) throw new DimZeroDivisor(`${dimKey(a)} / 0`);
  const [lead] = termsOf(b);
  if (lead === undefined) throw new CompilerBug(`a size without terms: ${dimKey(b)}`);
  let quotient: Dim = 0;
  let rest = a;
  while (rest !== 0) {
    const [top] = termsOf(rest);
    const term = top === undefined ? null : divideTerm(top, lead);
    if (term === null) return null;
    quotient = add(quotient, term);
    rest = sub(rest, mul(term, b));
  }
  return quotient;
}

/** Names of the symbols in `dim`, sorted. */
export function symbolsOf(dim: Dim): readonly string[] {
  const names = new Set<string>();
  const visit = (d: Dim): void => {
    for (const atom of termsOf(d).flatMap((t) => t.factors)) {
      if (atom.kind === "symbol") names.add(atom.name);
      else [atom.of, atom.by].forEach(visit);
    }
  };
  visit(dim);
  return [...names].sort();
}

export function evaluateDim(dim: Dim, env: ReadonlyMap<string, number>): number {
  if (typeof dim === "number") return dim;
  const value = (atom: Atom): number => {
    if (atom.kind !== "symbol") {
      return evaluateAtom(atom.kind, evaluateDim(atom.of, env), evaluateDim(atom.by, env));
    }
    const bound = env.get(atom.name);
    if (bound === undefined) throw new CompilerBug(`size ${atom.name} has no value`);
    return bound;
  };
  return dim.terms.reduce(
    (sum, t) => exact(sum + t.factors.reduce((p, f) => exact(p * value(f)), t.coefficient)),
    0,
  );
}

/** Replaces symbols; those that `env` lacks stay. */
export function substitute(dim: Dim, env: ReadonlyMap<string, Dim>): Dim {
  return mapAtoms(dim, (atom) => {
    if (atom.kind === "symbol") return env.get(atom.name) ?? fromAtom(atom);
    return rebuild[atom.kind](substitute(atom.of, env), substitute(atom.by, env));
  });
}

/** `dim` with every factor replaced by what `f` gives for it. */
export function mapAtoms(dim: Dim, f: (atom: Atom) => Dim): Dim {
  return termsOf(dim).reduce<Dim>(
    (sum, t) => add(sum, product([t.coefficient, ...t.factors.map(f)])),
    0,
  );
}

export function termsOf(dim: Dim): readonly Term[] {
  if (typeof dim !== "number") return dim.terms;
  return dim === 0 ? [] : [{ coefficient: dim, factors: [] }];
}

export function fromAtom(atom: Atom): Dim {
  return fromTerms([{ coefficient: 1, factors: [atom] }]);
}

/** Text of an atom, which is also its identity: `T`, `floor((T+1)/2)`, `min(S,T)`. */
export function atomKey(atom: Atom): string {
  switch (atom.kind) {
    case "symbol":
      return atom.name;
    case "floor":
      return `floor(${dividend(atom.of)}/${divisor(atom.by)})`;
    case "mod":
    case "min":
    case "max":
      return `${atom.kind}(${dimKey(atom.of)},${dimKey(atom.by)})`;
  }
}

const rebuild = { floor: floorDiv, mod, min: minDim, max: maxDim } as const;

function evaluateAtom(kind: keyof typeof rebuild, of: number, by: number): number {
  return rebuild[kind](of, by) as number;
}

/** Sorts factors, merges equal monomials, drops zeros. */
function fromTerms(terms: readonly Term[]): Dim {
  const sorted = terms.map(({ coefficient, factors }): Term => ({
    coefficient,
    factors: factors.length < 2 ? factors : factors.toSorted(compareAtoms),
  }));
  if (sorted.length < 2) return fromSorted(sorted);
  sorted.sort((a, b) => compareMonomials(a.factors, b.factors));
  const merged: Term[] = [];
  for (const term of sorted) {
    const last = merged.at(-1);
    if (last === undefined || compareMonomials(last.factors, term.factors) !== 0) merged.push(term);
    else merged.push(sumOfTerms(merged.pop()!, term));
  }
  return fromSorted(merged);
}

/** Of terms with the same factors. */
function sumOfTerms({ coefficient, factors }: Term, other: Term): Term {
  return { coefficient: exact(coefficient + other.coefficient), factors };
}

/** The sum of two lists in sorted order. */
function mergedTerms(a: readonly Term[], b: readonly Term[]): readonly Term[] {
  const merged: Term[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [s, t] = [a[i]!, b[j]!];
    const order = compareMonomials(s.factors, t.factors);
    if (order === 0) merged.push(sumOfTerms(s, t));
    else merged.push(order < 0 ? s : t);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return [...merged, ...a.slice(i), ...b.slice(j)];
}

/** A polynomial times a number: its terms stay in their order. */
function scaled(a: Poly, by: number): Dim {
  if (by === 1) return a;
  return fromSorted(
    a.terms.map(({ coefficient, factors }) => ({ coefficient: exact(coefficient * by), factors })),
  );
}

/** Of terms that are sorted and merged; drops zeros. The only place that makes a `Poly`. */
function fromSorted(terms: readonly Term[]): Dim {
  for (const { coefficient } of terms) exact(coefficient);
  const kept = terms.filter(({ coefficient }) => coefficient !== 0);
  const [first] = kept;
  if (first === undefined) return 0;
  if (kept.length === 1 && first.factors.length === 0) return first.coefficient;
  const key = kept.map((term, i) => printTerm(term, i === 0)).join("");
  return { kind: "poly", key, terms: kept };
}

/** Graded lexicographic: higher degree first. It agrees with multiplication, which `exactDiv` needs. */
function compareMonomials(a: readonly Atom[], b: readonly Atom[]): number {
  if (a.length !== b.length) return b.length - a.length;
  for (let i = 0; i < a.length; i++) {
    const order = compareAtoms(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareAtoms(a: Atom, b: Atom): number {
  return a === b ? 0 : compareText(atomKey(a), atomKey(b));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function printTerm({ coefficient, factors }: Term, first: boolean): string {
  const sign = coefficient < 0 ? "-" : first ? "" : "+";
  const size = Math.abs(coefficient);
  const powers = size !== 1 || factors.length === 0 ? [String(size)] : [];
  for (let i = 0; i < factors.length;) {
    const name = atomKey(factors[i]!);
    const start = i;
    while (i < factors.length && atomKey(factors[i]!) === name) i++;
    powers.push(i - start === 1 ? name : `${name}^${i - start}`);
  }
  return sign + powers.join("*");
}

function dividend(dim: Dim): string {
  return termsOf(dim).length > 1 ? `(${dimKey(dim)})` : dimKey(dim);
}

function divisor(dim: Dim): string {
  const key = dimKey(dim);
  return /^\w+$/.test(key) ? key : `(${key})`;
}

/** floor((c·q + r) / c) = q + floor(r / c), with every coefficient of r in 0 .. c-1. */
function floorByNumber(a: Dim, c: number): Dim {
  if (c === 0) throw new DimZeroDivisor(`${dimKey(a)} / 0`);
  if (c < 0) return floorByNumber(neg(a), -c);
  const split = termsOf(a).map((t) => ({ t, rest: floorMod(t.coefficient, c) }));
  const whole = fromTerms(
    split.map(({ t, rest }) => ({ ...t, coefficient: (t.coefficient - rest) / c })),
  );
  const rest = fromTerms(split.map(({ t, rest: coefficient }) => ({ ...t, coefficient })));
  return typeof rest === "number" ? whole : add(whole, floorOfRest(rest, c));
}

function floorOfRest(rest: Poly, c: number): Dim {
  // floor((g·p + k) / (g·c)) = floor((p + floor(k / g)) / c)
  const g = rest.terms.reduce((d, t) => (t.factors.length === 0 ? d : gcd(d, t.coefficient)), c);
  if (g > 1) {
    const shrunk = rest.terms.map((t) => ({ ...t, coefficient: Math.floor(t.coefficient / g) }));
    return floorByNumber(fromTerms(shrunk), c / g);
  }
  // floor((floor(p / a) + s) / c) = floor((p + a·s) / (a·c)), when there is one such term
  const floors = rest.terms.filter((t) => t.coefficient === 1 && isLoneFloor(t));
  const inner = floors[0]?.factors[0];
  if (floors.length === 1 && inner?.kind === "floor" && typeof inner.by === "number") {
    const others = sub(rest, fromAtom(inner));
    return floorByNumber(add(inner.of, mul(inner.by, others)), exact(inner.by * c));
  }
  return fromAtom({ kind: "floor", of: rest, by: c });
}

function isLoneFloor(term: Term): boolean {
  const [atom] = term.factors;
  return term.factors.length === 1 && atom?.kind === "floor" && typeof atom.by === "number";
}

/** Divides by a product of symbols: takes out what divides, then cancels factors common to the rest. */
function floorByMonomial(a: Dim, by: Term): Dim {
  if (by.coefficient < 0) return floorByMonomial(neg(a), { ...by, coefficient: -by.coefficient });
  let whole: Dim = 0;
  let rest: Dim = 0;
  for (const term of termsOf(a)) {
    const keep = floorMod(term.coefficient, by.coefficient);
    const quotient = divideTerm({ ...term, coefficient: term.coefficient - keep }, by);
    whole = add(whole, quotient ?? 0);
    rest = add(rest, fromTerms([quotient === null ? term : { ...term, coefficient: keep }]));
  }
  if (rest === 0) return whole;
  let divide = by;
  for (const factor of by.factors) {
    const one = { coefficient: 1, factors: [factor] };
    const smaller = exactDiv(rest, fromTerms([one]));
    if (smaller === null) continue;
    rest = smaller;
    divide = { ...divide, factors: without(divide.factors, factor) ?? [] };
  }
  if (divide.factors.length < by.factors.length)
    return add(whole, floorDiv(rest, fromTerms([divide])));
  return add(whole, fromAtom({ kind: "floor", of: rest, by: fromTerms([by]) }));
}

/** `top / lead` as a monomial, or null. A coefficient of 0 divides to null. */
function divideTerm(top: Term, lead: Term): Dim | null {
  if (top.coefficient === 0 || top.coefficient % lead.coefficient !== 0) return null;
  let factors: readonly Atom[] | null = top.factors;
  for (const factor of lead.factors) {
    factors = without(factors, factor);
    if (factors === null) return null;
  }
  return fromTerms([{ coefficient: top.coefficient / lead.coefficient, factors }]);
}

function without(factors: readonly Atom[], drop: Atom): readonly Atom[] | null {
  const key = atomKey(drop);
  const at = factors.findIndex((f) => atomKey(f) === key);
  return at < 0 ? null : factors.filter((_, i) => i !== at);
}

/** min(a, b) = c + g·min(p, n) where a - b = g·(p - n), p and n without common terms. */
function extremum(kind: "min" | "max", a: Dim, b: Dim): Dim {
  const difference = termsOf(sub(a, b));
  const positive = difference.filter((t) => t.coefficient > 0);
  const negative = difference
    .filter((t) => t.coefficient < 0)
    .map((t) => ({ ...t, coefficient: -t.coefficient }));
  if (atLeastZero(positive, negative)) return kind === "min" ? b : a;
  if (atLeastZero(negative, positive)) return kind === "min" ? a : b;
  const g = difference.reduce((d, t) => gcd(d, t.coefficient), 0);
  const shrink = (terms: readonly Term[]): Dim =>
    fromTerms(terms.map((t) => ({ ...t, coefficient: t.coefficient / g })));
  const sides = [shrink(positive), shrink(negative)];
  const [of = 0, by = 0] = sides.sort((x, y) => compareText(dimKey(x), dimKey(y)));
  const common = sub(a, fromTerms(positive));
  return add(common, mul(g, fromAtom({ kind, of, by })));
}

/** Whether `positive - constant` is never negative, every symbol being at least 1. */
function atLeastZero(positive: readonly Term[], negative: readonly Term[]): boolean {
  const total = (terms: readonly Term[]): number => terms.reduce((s, t) => s + t.coefficient, 0);
  if (!negative.every((t) => t.factors.length === 0)) return false;
  return positive.every((t) => t.factors.every(isSymbol)) && total(positive) >= total(negative);
}

function isSymbol(atom: Atom): boolean {
  return atom.kind === "symbol";
}

function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b);
}

function floorMod(a: number, b: number): number {
  return ((a % b) + b) % b;
}

/** Refuses what a double cannot hold exactly; also turns -0 into 0. */
function exact(n: number): number {
  if (!Number.isSafeInteger(n)) throw new DimOverflow(`size ${n} is beyond 2^53`);
  return n + 0;
}
