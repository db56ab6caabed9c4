// Builds the graph of one position from a forward graph, value by value; finds out what has to be remembered.

import type { Graph, Value } from "../../ir/graph.ts";
import { createBuilder } from "../../ops/builder.ts";
import { broadcastAlong, axesOf, positionsAlong, reshapeTo } from "../../ops/compose.ts";
import { opNameOf } from "../../ops/to-kernel.ts";
import { dependents } from "../gradient-path.ts";
import { besides } from "../rebuild.ts";
import { attrMentions, axesAlong, mentions } from "./axes.ts";
import { createBeyond } from "./beyond.ts";
import { refuse } from "./not-causal.ts";
import { rules } from "./rules.ts";
import type { Reaches, State, Stepper } from "./stepper.ts";

export type Walk = {
  readonly stepper: Stepper;
  readonly states: () => readonly State[];
};

/** `isData`: arrays that the caller passes. `bound`: the greatest value of the size, null where there is none. */
export const createStepper = (
  graph: Graph,
  size: string,
  bound: number | null,
  isData: (input: Value) => boolean,
): Walk => {
  const b = createBuilder();
  const position = b.input("%", "position", { dtype: "i32", shape: [] });
  const sized = reachedFrom(graph, (value) => alongSize(value, size));
  const given = reachedFrom(graph, isData);
  const made = new Map<string, Value>();
  const onceMade = new Map<object, readonly Value[]>();
  const states: { name: string; before: Value; next: Value | null; first: State["first"] }[] = [];

  const memo = (key: string, make: () => Value): Value => {
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  };
  /** Runs with the span of a value's op, for what is built meanwhile. */
  const under = (value: Value, build: () => Value): Value => {
    const outer = b.span();
    if (value.def.kind === "result") b.at(value.def.op.span);
    const result = build();
    b.at(outer);
    return result;
  };

  const value = (old: Value, reaches: Reaches): Value => {
    if (!sized.has(old)) return whole(old);
    const along = axesAlong(old, size);
    const key = `${old.id}:${along.map((axis) => reaches[axis]).join()}`;
    return memo(key, () => under(old, () => build(old, along, reaches)));
  };
  const build = (old: Value, along: readonly number[], reaches: Reaches): Value => {
    const here = along.filter((axis) => reaches[axis] === "here");
    const op = old.def.kind === "result" ? old.def.op : null;
    if (along.length > 1 && here.length !== 1)
      refuse(`needs every position of ${size} for every other`, op);
    const isHistory = along.length === 1 && here.length === 0;
    if (isHistory && (op === null || !isRecomputed(old))) return history(old, along[0]!);
    if (op === null) return atPosition(old, along);
    const index = op.results.indexOf(old);
    return rules[opNameOf(op)](stepper, op, reaches, index);
  };
  /** Values at all positions that cost less to compute, or to look at another way, than to remember. */
  const isRecomputed = (old: Value): boolean => {
    if (old.def.kind === "input") return false;
    const { name, operands } = old.def.op;
    const isAlone = operands.every((operand) => axesAlong(operand, size).length <= 1);
    return views.has(name) || (!given.has(old) && !loops.has(name) && isAlone);
  };
  const atPosition = (input: Value, along: readonly number[]): Value => {
    if (input.def.kind !== "input" || along.length !== 1)
      return refuse(`takes an array with ${size} more than once`, null);
    const shape = input.type.shape.filter((_, axis) => !along.includes(axis));
    const taken = b.input("%", input.def.name, { ...input.type, shape });
    return reshapeTo(b, taken, input.type.shape.with(along[0]!, 1));
  };
  /** All elements so far of a value with one axis along the size: this one is put to those before. */
  const history = (old: Value, axis: number): Value => {
    const op = old.def.kind === "result" ? old.def.op : null;
    const now = value(
      old,
      old.type.shape.map(() => "here"),
    );
    const shape = now.type.shape.with(axis, stepper.bound(op));
    const before = stepper.remember({ ...now.type, shape }, 0);
    const at = broadcastAlong(b, position, shape, axesOf(shape));
    const isHere = b.op("eq", [positionsAlong(b, shape, axis), at]);
    const row = reshapeTo(b, now, now.type.shape.toSpliced(axis, 1));
    const next = b.op("select", [isHere, broadcastAlong(b, row, shape, [axis]), before]);
    stepper.follow(before, next);
    return next;
  };

  const whole = (old: Value): Value =>
    memo(`${old.id}`, () =>
      under(old, () => {
        if (old.def.kind === "input") {
          if (given.has(old)) return stepper.remember(old.type, old);
          return b.input(old.def.sigil, old.def.name, old.type);
        }
        const { op } = old.def;
        if (given.has(old) && !views.has(op.name)) return stepper.remember(old.type, old);
        const operands = op.operands.map(whole);
        const first = b.op(opNameOf(op), operands, op.attrs);
        return old.def.index === 0 ? first : besides(first)[old.def.index]!;
      }),
    );

  const stepper: Stepper = {
    size,
    b,
    position,
    value,
    whole,
    dependsOnSize: (old) => sized.has(old),
    beyond: createBeyond(),
    bound: (op) => bound ?? refuse(`needs all of ${size}, which has no upper bound`, op),
    remember: (type, first) => {
      const name = `state:${states.length}`;
      const before = b.input("%", name, type);
      states.push({ name, before, next: null, first });
      return before;
    },
    follow: (before, next) => {
      states.find((state) => state.before === before)!.next = next;
    },
    once: (op, make) => {
      const known = onceMade.get(op) ?? make();
      onceMade.set(op, known);
      return known;
    },
  };
  return { stepper, states: () => states };
};

const views: ReadonlySet<string> = new Set(["broadcast", "reshape", "transpose"]);
/** Ops whose value at one position comes from those at others. */
const loops: ReadonlySet<string> = new Set(["scan", "window", "concat", "pad", "cumSum"]);

const alongSize = ({ def, type }: Value, size: string): boolean =>
  type.shape.some((dim) => mentions(dim, size)) ||
  (def.kind === "result" && Object.values(def.op.attrs).some((attr) => attrMentions(attr, size)));

/** Values that satisfy a predicate, all that their op gives with them, and all that is computed from them. */
const reachedFrom = (graph: Graph, isRoot: (value: Value) => boolean): ReadonlySet<Value> => {
  const made = graph.ops.filter(({ results }) => results.some(isRoot));
  const roots = [...graph.inputs.filter(isRoot), ...made.flatMap(({ results }) => results)];
  return dependents(graph.ops, roots, () => true);
};
