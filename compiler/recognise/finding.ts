// What a recogniser says of a place in a graph.

import type { Op, Value } from "../ir/graph.ts";
import { append } from "../ir/list-map.ts";

export type Finding = {
  readonly pattern: string;
  /** What the pattern gives, or would give. */
  readonly value: Value;
  readonly matched: boolean;
  /** Sizes and parts where it matched, else what stands against it. */
  readonly text: string;
};

/** The ops of one graph, and those that read a value. */
export type Uses = {
  readonly ops: readonly Op[];
  readonly usersOf: (value: Value) => readonly Op[];
};

export type Recogniser = (uses: Uses) => readonly Finding[];

export const matched = (pattern: string, value: Value, text: string): Finding => ({
  pattern,
  value,
  matched: true,
  text,
});

export const missed = (pattern: string, value: Value, text: string): Finding => ({
  pattern,
  value,
  matched: false,
  text,
});

export const usesOf = (ops: readonly Op[]): Uses => {
  const users = new Map<Value, Op[]>();
  for (const op of ops) for (const operand of new Set(op.operands)) append(users, operand, op);
  return { ops, usersOf: (value) => users.get(value) ?? [] };
};
