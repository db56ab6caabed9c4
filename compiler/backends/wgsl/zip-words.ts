// Four values that are computed alike, as one: arithmetic of vectors where WGSL has it, else a vector made of four values.

import type { Expr, ScalarFn } from "../../kernel/expr.ts";
import type { Interner } from "../../lower/intern.ts";
import { childrenOf } from "../../lower/intern.ts";
import type { VectorFlat } from "./vectors.ts";

type Call = Extract<Expr, { kind: "call" }>;

/** Of vectors, or of vectors and numbers, as WGSL writes it of numbers. */
const arithmetic: ReadonlySet<ScalarFn> = new Set(["add", "sub", "mul", "div", "neg"]);
/** Where all operands have to be vectors. */
const ofVectors: ReadonlySet<ScalarFn> = new Set(["abs", "floor", "sqrt", "lt", "le"]);
const ofTruths: ReadonlySet<ScalarFn> = new Set(["and", "or", "not"]);

/** Gives a vector. `locals`: names of vectors whose words are locals `name.0` to `name.3`. */
export const createZip = (
  { flat, vectorOf, word, made, same }: VectorFlat,
  interner: Interner,
  locals: ReadonlySet<string>,
): ((words: readonly Expr[]) => Expr) => {
  const known = new Map<string, Expr>();
  /** Vectors, and those of them that are no list of four values. */
  const vectors = new Set<Expr>();
  const whole = new Set<Expr>();
  const asWhole = (e: Expr): Expr => {
    const interned = interner.intern(e);
    vectors.add(interned);
    whole.add(interned);
    return interned;
  };
  const listed = (words: readonly Expr[]): Expr => {
    const list = made(words);
    vectors.add(list);
    return list;
  };
  const spread = (e: Expr): Expr => (vectors.has(e) ? e : same(e));
  const safe = new Map<Expr, boolean>();
  const isSafe = (e: Expr): boolean => {
    const found =
      safe.get(e) ?? ((e.kind !== "load" || flat.isInside(e)) && childrenOf(e).every(isSafe));
    safe.set(e, found);
    return found;
  };

  const loadOf = (words: readonly Expr[]): Expr | null => {
    const vector = vectorOf(words);
    return vector === null ? null : asWhole(vector);
  };

  const localOf = (words: readonly Expr[]): Expr | null => {
    const [first] = words;
    if (first?.kind !== "local") return null;
    const name = [...locals].find((one) => first.name === `${one}.0`);
    const isAll = words.every((e, k) => e.kind === "local" && e.name === `${name}.${k}`);
    return name !== undefined && isAll ? asWhole({ ...first, name }) : null;
  };

  const callOf = (words: readonly Expr[]): Expr | null => {
    const calls = words.filter((e): e is Call => e.kind === "call");
    const [first] = calls;
    if (first === undefined || calls.length < words.length) return null;
    const isAlike = ({ fn, dtype, args }: Call): boolean =>
      fn === first.fn &&
      dtype === first.dtype &&
      args.every((arg, k) => arg.dtype === first.args[k]?.dtype);
    if (!calls.every(isAlike)) return null;
    const args = first.args.map((_, k) => zipped(calls.map((c) => c.args[k]!)));
    if (!args.some((arg) => whole.has(arg))) return null;
    const areAll = (dtype: string): boolean => args.every((arg) => arg.dtype === dtype);
    const isWhole = areAll("i32") && first.fn !== "div";
    if (arithmetic.has(first.fn) && (areAll("f32") || isWhole)) return asWhole({ ...first, args });
    if ((ofVectors.has(first.fn) && areAll("f32")) || (ofTruths.has(first.fn) && areAll("bool")))
      return asWhole({ ...first, args: args.map(spread) });
    if (first.fn === "cast" && first.dtype === "f32") return asWhole(same(args[0]!, "f32"));
    // Both sides are evaluated.
    if (first.fn === "select" && args.every(isSafe)) {
      const [condition, ...sides] = args;
      return asWhole({ ...first, args: [condition!, ...sides.map(spread)] });
    }
    const each = calls.map((c, k) =>
      interner.intern({
        ...c,
        args: c.args.map((arg, a) => (whole.has(args[a]!) ? word(args[a]!, k) : arg)),
      }),
    );
    return asWhole(made(each));
  };

  /** What is the same for all words stays a number. */
  const zipped = (words: readonly Expr[]): Expr => {
    if (words.every((e) => e === words[0])) return words[0]!;
    const key = words.map(interner.id).join();
    const found =
      known.get(key) ?? loadOf(words) ?? localOf(words) ?? callOf(words) ?? listed(words);
    known.set(key, found);
    return found;
  };

  return (words) => spread(zipped(words));
};
