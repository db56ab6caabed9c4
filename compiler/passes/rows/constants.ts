// The rule that computes with lists of numbers while compiling.

import type { Attrs, Value } from "../../ir/graph.ts";
import { createBuilder } from "../../ops/builder.ts";
import { ops } from "../../ops/index.ts";
import type { OpName } from "../../ops/index.ts";
import { interpretGraph } from "../../ops/interpret.ts";
import type { Rewriter, Row } from "../rewrite.ts";
import { wordsOf } from "../step-kinds.ts";

/** Lists of more numbers are not computed with: code grows with them. */
const longest = 1024;
/** What is made of lists may be longer than these up to here. */
const mostMade = 64;

/** Generators stay as short as they are, and what is looked at while a program runs is reported then. */
const left: readonly string[] =
  "constant iota random broadcast stopGradient scan grad gather scatterAdd mod".split(" ");

const isLeft = (name: string): boolean => left.includes(name);

/** Numbers a constant lists, or one that fills it; null for other values, sizes and long lists. */
const attrsOf = (r: Rewriter, value: Value): Attrs | null => {
  const attrs = r.opOf(value, "constant")?.attrs ?? null;
  const numbers = attrs?.["value"];
  const isKnown = typeof numbers === "number" || Array.isArray(numbers);
  const isNumber = value.type.shape.every((size) => typeof size === "number");
  return isKnown && isNumber && wordsOf(value) <= longest ? attrs : null;
};

const isList = (attrs: Attrs): boolean => Array.isArray(attrs["value"]);

export const constantRows: readonly Row[] = [
  {
    rule: "f(list of numbers, …) -> list of numbers, where that is not much longer",
    roots: (Object.keys(ops) as readonly OpName[]).filter((name) => !isLeft(name)),
    apply: (r, operands, attrs, name) => {
      const constants = operands.map((value) => attrsOf(r, value));
      const known = constants.filter((one) => one !== null);
      if (known.length < operands.length || !known.some(isList)) return null;
      const b = createBuilder();
      const made = b.op(
        name,
        known.map((one) => b.op("constant", [], one)),
        attrs,
      );
      if (wordsOf(made) > Math.max(mostMade, ...operands.map(wordsOf))) return null;
      const [tensor] = interpretGraph(b.finish(name, [], [], [made]), []);
      const numbers = [...tensor!.data];
      if (numbers.length === 0 || numbers.some(Number.isNaN)) return null;
      const { dtype, shape } = made.type;
      if (numbers.every((number) => Object.is(number, numbers[0])))
        return r.constant(numbers[0]!, made.type);
      return r.op("constant", [], { value: numbers, shape, dtype });
    },
  },
];
