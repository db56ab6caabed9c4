// What a rule needs to build the value of an op at one position.

import type { Dim } from "../../ir/dim.ts";
import type { Op, Value } from "../../ir/graph.ts";
import type { TensorType } from "../../ir/type.ts";
import type { GraphBuilder } from "../../ops/builder.ts";
import type { Beyond } from "./beyond.ts";
import { axesAlong, isSize, mentions } from "./axes.ts";
import { NotCausal } from "./not-causal.ts";

/**
 * How much of an axis along the size is there. `here`: the position alone, so the axis has size 1. `all`: every position
 * up to the bound of the size, of which those after the current one hold nothing of meaning.
 */
export type Reach = "here" | "all";
/** For every axis of a value; what stands at axes that do not run along the size is not looked at. */
export type Reaches = readonly Reach[];

/** What is kept from one position to the next. */
export type State = {
  readonly name: string;
  /** In the new graph. */
  readonly before: Value;
  /** Null where it stays as it was. */
  readonly next: Value | null;
  /** What it is before the first position: a number, or a value of the forward graph. */
  readonly first: number | Value;
};

export type Stepper = {
  readonly size: string;
  readonly b: GraphBuilder;
  /** The current position: i32[]. */
  readonly position: Value;
  /** A value of the forward graph in the new one. */
  readonly value: (value: Value, reaches: Reaches) => Value;
  /** One that does not depend on the size. */
  readonly whole: (value: Value) => Value;
  readonly dependsOnSize: (value: Value) => boolean;
  readonly beyond: Beyond;
  /** The number that the size never exceeds. */
  readonly bound: (op: Op | null) => number;
  /** A state of a type, as it is before this position. Without `follow` it stays. */
  readonly remember: (type: TensorType, first: State["first"]) => Value;
  /** Says what a state is after this position. */
  readonly follow: (state: Value, next: Value) => void;
  /** What an op makes once, however often it is asked. */
  readonly once: (op: Op, make: () => readonly Value[]) => readonly Value[];
};

/** A result of an op in the new graph, for the reaches of its axes. */
export type Rule = (s: Stepper, op: Op, reaches: Reaches, index: number) => Value;

/** A shape with its axes along the size as long as they reach. */
export const reached = (
  s: Stepper,
  op: Op | null,
  shape: readonly Dim[],
  reaches: Reaches,
): readonly Dim[] =>
  shape.map((dim, axis) => {
    if (isSize(dim, s.size)) return reaches[axis] === "here" ? 1 : s.bound(op);
    if (mentions(dim, s.size)) throw new NotCausal(`makes an axis that is no longer ${s.size}`, op);
    return dim;
  });

/** The reach of an operand's axes from those of the result that they become. */
export const reachesOf = (
  operand: Value,
  reaches: Reaches,
  axisOf: (axis: number) => number,
): Reaches => operand.type.shape.map((_, axis) => reaches[axisOf(axis)] ?? "all");

/** The axis whose position is the current one. */
export const hereOf = (s: Stepper, value: Value, reaches: Reaches): number =>
  axesAlong(value, s.size).find((axis) => reaches[axis] === "here") ?? -1;
