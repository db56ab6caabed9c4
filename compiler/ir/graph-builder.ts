// Assembles a graph op by op; equal ops become one value.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Attrs, Graph, InputDef, Op, Origin, SizeDecl, Value } from "./graph.ts";
import { attrsKey } from "./text.ts";
import { equalTypes, printType } from "./type.ts";
import type { TensorType } from "./type.ts";

/** Knows nothing of what ops mean: result types come from the caller. */
export type Assembler = {
  /** The graph input of that name; asking twice gives one value. */
  readonly input: (sigil: InputDef["sigil"], name: string, type: TensorType) => Value;
  /** Results of an op; those of an equal earlier op (name, operands, attrs) where there is one. */
  readonly op: (
    name: string,
    operands: readonly Value[],
    attrs: Attrs,
    resultTypes: readonly TensorType[],
    span: Origin | null,
  ) => readonly Value[];
  /** Names a result for printing. The first name stays; identity does not change. */
  readonly rename: (value: Value, hint: string) => void;
  /** Every op so far that an output depends on, in the order they were made. May be called more than once. */
  readonly finish: (
    name: string,
    sizes: readonly SizeDecl[],
    inputs: readonly Value[],
    outputs: readonly Value[],
  ) => Graph;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function createAssembler(): Assembler {
  const inputs = new Map<string, Value>();
  const ops: Op[] = [];
  const byKey = new Map<string, Op>();
  // Every value made here, by id: `rename` may write to these and to no others.
  const values: Mutable<Value>[] = [];

  const define = (type: TensorType, def: Value["def"]): Value => {
    const value = { id: values.length, type, hint: null, def };
    values.push(value);
    return value;
  };
  const own = (value: Value): Mutable<Value> => {
    const found = values[value.id];
    if (found !== value) throw new CompilerBug(`value ${value.id} belongs to another graph`);
    return found;
  };

  return {
    input: (sigil, name, type) => {
      const known = inputs.get(sigil + name);
      if (known === undefined) {
        const value = define(type, { kind: "input", sigil, name });
        inputs.set(sigil + name, value);
        return value;
      }
      if (!equalTypes(known.type, type)) {
        const both = `${printType(known.type)} and ${printType(type)}`;
        throw new CompilerBug(`input ${sigil}${name} is asked for as ${both}`);
      }
      return known;
    },

    op: (name, operands, attrs, resultTypes, span) => {
      const ids = operands.map((v) => own(v).id).join(",");
      const key = `${name}(${ids}){${attrsKey(attrs)}}`;
      const known = byKey.get(key);
      if (known !== undefined) return known.results;
      const results: Value[] = [];
      const op: Op = { name, operands: [...operands], attrs, results, span };
      resultTypes.forEach((type, index) => {
        results.push(define(type, { kind: "result", op, index }));
      });
      ops.push(op);
      byKey.set(key, op);
      return results;
    },

    rename: (value, hint) => {
      own(value).hint ??= hint;
    },

    finish: (name, sizes, graphInputs, outputs) => {
      const needed = reachable(outputs);
      const graph = { name, sizes, inputs: graphInputs, outputs };
      return { ...graph, ops: ops.filter((op) => needed.has(op)) };
    },
  };
}

/** Ops that the outputs depend on. A stack, not recursion: graphs are thousands of ops deep. */
function reachable(outputs: readonly Value[]): ReadonlySet<Op> {
  const seen = new Set<Op>();
  const stack = [...outputs];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (value.def.kind === "input" || seen.has(value.def.op)) continue;
    seen.add(value.def.op);
    stack.push(...value.def.op.operands);
  }
  return seen;
}
