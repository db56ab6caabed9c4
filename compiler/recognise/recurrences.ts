// Time loops: whether every product left in a step needs what the step before gave.

import { printDim } from "../ir/dim-text.ts";
import type { Op, Value } from "../ir/graph.ts";
import { scanAttrs } from "../ops/scan.ts";
import { matched, missed } from "./finding.ts";
import type { Finding, Recogniser } from "./finding.ts";

export const recurrences: Recogniser = ({ ops }) =>
  ops.filter((op) => op.name === "scan").map(recurrence);

const recurrence = (op: Op): Finding => {
  const { body, carries, length, reverse } = scanAttrs(op.attrs);
  const varying = new Set<Value>(body.inputs.slice(0, carries));
  const free: Op[] = [];
  let inner = 0;
  for (const each of body.ops) {
    const needsCarry = each.operands.some((operand) => varying.has(operand));
    if (needsCarry) each.results.forEach((result) => varying.add(result));
    if (each.name !== "contract") continue;
    if (needsCarry) inner++;
    else free.push(each);
  }
  const steps = `${printDim(length)} steps${reverse ? " backwards" : ""}`;
  if (free.length > 0)
    return missed(
      "recurrence",
      op.results[0]!,
      `${steps}: ${count(free.length, "product")} in it needs no carry`,
    );
  return matched(
    "recurrence",
    op.results[0]!,
    `${steps}: ${count(carries, "carry", "carries")}, ${count(inner, "product")} a step`,
  );
};

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
