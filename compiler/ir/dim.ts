// Sizes along an axis: integers, or polynomials over size names in one normal form.

/** An integer, or a symbolic size. Two dims are equal exactly when `dimKey` of both is equal. */
export type Dim = number | Poly;

/** Sum of terms in sorted order, never a plain integer. `key` is the printed normal form. */
export type Poly = { readonly kind: "poly"; readonly key: string; readonly terms: readonly Term[] };
/** `coefficient * factors[0] * factors[1] …`; factors sorted, repeated for powers, empty for the constant term. */
export type Term = { readonly coefficient: number; readonly factors: readonly Atom[] };
/** What a polynomial is over. `floor` is floor(of / by), `mod` the non-negative remainder. */
export type Atom =
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "floor" | "mod" | "min" | "max"; readonly of: Dim; readonly by: Dim };
