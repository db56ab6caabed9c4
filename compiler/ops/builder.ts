// Builds a graph op by op: types inferred from the records, equal ops made once, views that do nothing left out.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Span } from "../../grammar/span.ts";
import { createAssembler } from "../ir/graph-builder.ts";
import type { Attrs, Graph, InputDef, Origin, SizeDecl, Value } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import { equalShapes } from "../ir/type.ts";
import { dimsAttr, numbersAttr } from "./attrs.ts";
import type { Builder } from "./define.ts";
import { ops } from "./index.ts";
import type { OpName } from "./index.ts";
import { underMask } from "./mask.ts";

export type GraphBuilder = Builder & {
  /** The graph input of that name; "@" for what the module stores. Asking twice gives one value. */
  readonly input: (sigil: InputDef["sigil"], name: string, type: TensorType) => Value;
  /** Names a value for printing; the first name stays. */
  readonly name: (value: Value, hint: string) => Value;
  /** The span that ops built now carry. */
  readonly span: () => Origin | null;
  /** Every op so far that an output depends on, as a graph. */
  readonly finish: (
    name: string,
    sizes: readonly SizeDecl[],
    inputs: readonly Value[],
    outputs: readonly Value[],
  ) => Graph;
};

/** The operand itself where a view changes nothing. */
const withoutEffect = (name: OpName, operands: readonly Value[], attrs: Attrs): Value | null => {
  const x = operands[0];
  if (x === undefined) return null;
  switch (name) {
    case "reshape":
      return equalShapes(dimsAttr(attrs, "shape"), x.type.shape) ? x : null;
    case "transpose":
      return numbersAttr(attrs, "perm").every((axis, i) => axis === i) ? x : null;
    case "broadcast":
    case "reduceSum":
    case "reduceMax":
    case "reduceProd":
      return numbersAttr(attrs, "axes").length === 0 ? x : null;
    case "concat":
      return operands.length === 1 ? x : null;
    case "cast":
      return attrs["dtype"] === x.type.dtype ? x : null;
    default:
      return null;
  }
};

export const createBuilder = (): GraphBuilder => {
  const assembler = createAssembler();
  let span: Origin | null = null;

  const op = (name: OpName, operands: readonly Value[], attrs: Attrs = {}): Value => {
    const def = ops[name];
    if (def.arity !== "many" && def.arity !== operands.length)
      throw new CompilerBug(`${name} takes ${def.arity} operands, not ${operands.length}`, span);
    const types = infer(name, operands, attrs, span);
    const same = withoutEffect(name, operands, attrs);
    return same ?? assembler.op(name, operands, attrs, types, span)[0]!;
  };

  const builder: GraphBuilder = {
    op,
    constant: (value, type) => op("constant", [], { value, shape: type.shape, dtype: type.dtype }),
    size: (dim) => op("constant", [], { value: dim, shape: [], dtype: "i32" }),
    scaleCt: (ct, factor) => underMask(builder, ct, (live) => [op("mul", [live, factor])])[0]!,
    at: (next) => {
      span = next;
    },
    span: () => span,
    input: assembler.input,
    name: (value, hint) => {
      assembler.rename(value, hint);
      return value;
    },
    finish: assembler.finish,
  };
  return builder;
};

/** Types of an op's results; a refusal of the record gets the span being compiled. */
const infer = (
  name: OpName,
  operands: readonly Value[],
  attrs: Attrs,
  span: Span | null,
): readonly TensorType[] => {
  const types = operands.map((value) => value.type);
  try {
    return ops[name].infer(types, attrs);
  } catch (error) {
    if (error instanceof CompilerBug && error.span === null)
      throw new CompilerBug(`${name}: ${error.message}`, span);
    throw error;
  }
};
