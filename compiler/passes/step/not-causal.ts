// Why a model cannot run one position at a time: the op that mixes positions, and how.

import type { Op } from "../../ir/graph.ts";

/** Thrown where deriving the steps of a model gives up; who derives them makes it a value. */
export class NotCausal extends Error {
  override readonly name = "NotCausal";
  readonly op: Op | null;

  constructor(reason: string, op: Op | null) {
    super(reason);
    this.op = op;
  }
}

export const refuse = (reason: string, op: Op | null): never => {
  throw new NotCausal(reason, op);
};
