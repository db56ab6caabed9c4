// The record of the product-and-sum over axes named by letters: matrix product, convolution, attention scores.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Dim } from "../ir/dim.ts";
import { equalDims } from "../ir/dim.ts";
import type { TensorType } from "../ir/type.ts";
import { printType } from "../ir/type.ts";
import { axis, call, over, reduce } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { textAttr } from "./attrs.ts";
import { contractedLetters, parseSpec, printSpec } from "./contract-spec.ts";
import type { OpDef } from "./define.ts";

/** Size of every letter; throws when two axes of one letter differ. */
const letterSizes = (text: string, operands: readonly TensorType[]): ReadonlyMap<string, Dim> => {
  const spec = parseSpec(text);
  const refuse = (): never => {
    throw new CompilerBug(`contract "${text}" cannot take (${operands.map(printType).join(", ")})`);
  };
  const sizes = new Map<string, Dim>();
  [spec.a, spec.b].forEach((letters, side) => {
    const { dtype, shape } = operands[side]!;
    if (dtype === "bool" || dtype !== operands[0]!.dtype || letters.length !== shape.length)
      refuse();
    [...letters].forEach((letter, position) => {
      const dim = shape[position]!;
      if (!equalDims(sizes.get(letter) ?? dim, dim)) refuse();
      sizes.set(letter, dim);
    });
  });
  return sizes;
};

export const contract: OpDef = {
  doc: 'Sum of products over named axes, {spec} "bd,dn->bn": letters not in the result are summed.',
  arity: 2,
  infer: (operands, attrs) => {
    const text = textAttr(attrs, "spec");
    const sizes = letterSizes(text, operands);
    return [
      {
        dtype: operands[0]!.dtype,
        shape: [...parseSpec(text).out].map((letter) => sizes.get(letter)!),
      },
    ];
  },
  meaning: (types, attrs) => ({
    kind: "expr",
    at: ([a, b], index, fresh) => {
      const text = textAttr(attrs, "spec");
      const spec = parseSpec(text);
      const sizes = letterSizes(text, types);
      const loops = contractedLetters(spec).map((letter) => ({
        letter,
        name: fresh(letter),
        extent: sizes.get(letter)!,
      }));
      const at = (letter: string): Expr => {
        const loop = loops.find((candidate) => candidate.letter === letter);
        return loop === undefined ? index[spec.out.indexOf(letter)]! : axis(loop.name);
      };
      const term = call("mul", a!.at([...spec.a].map(at)), b!.at([...spec.b].map(at)));
      return loops.length === 0
        ? term
        : reduce(
            "add",
            loops.map(({ name, extent }) => over(name, extent)),
            term,
          );
    },
  }),
  vjp: (b, ct, [left, right], _y, attrs) => {
    const spec = parseSpec(textAttr(attrs, "spec"));
    return [
      b.op("contract", [ct, right!], { spec: printSpec({ a: spec.out, b: spec.b, out: spec.a }) }),
      b.op("contract", [left!, ct], { spec: printSpec({ a: spec.a, b: spec.out, out: spec.b }) }),
    ];
  },
  samples: [
    { operands: [{ shape: [3, 5] }, { shape: [5, 7] }], attrs: { spec: "bd,dn->bn" } },
    { operands: [{ shape: [2, 3, 5] }, { shape: [2, 7, 5] }], attrs: { spec: "btd,bud->btu" } },
    { operands: [{ shape: [5] }, { shape: [5] }], attrs: { spec: "i,i->" } },
    { operands: [{ shape: [1, 3] }, { shape: [7] }], attrs: { spec: "ab,c->cba" } },
    {
      operands: [{ shape: [2, 3, 1, 5] }, { shape: [3, 1, 5, 7] }],
      attrs: { spec: "hiwc,iwco->ho" },
    },
  ],
};
