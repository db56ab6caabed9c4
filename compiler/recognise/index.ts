// Patterns that are worth a kernel or a name of their own: what was found where, and what was not and why.

import type { Graph, Op, Value } from "../ir/graph.ts";
import type { Module } from "../ir/module.ts";
import { scanAttrs } from "../ops/scan.ts";
import { attentions } from "./attention.ts";
import { usesOf } from "./finding.ts";
import type { Finding, Recogniser } from "./finding.ts";
import { norms } from "./norms.ts";
import { poolings } from "./pooling.ts";
import { products } from "./products.ts";
import { recurrences } from "./recurrences.ts";
import { softmaxes } from "./softmax.ts";

const recognisers: readonly Recogniser[] = [
  products,
  softmaxes,
  attentions,
  norms,
  poolings,
  recurrences,
];

/** What all recognisers say of a graph and of the loops in it, in the order of the values. */
export const recognise = (graph: Graph): readonly Finding[] => {
  const uses = usesOf(graph.ops);
  const own = recognisers.flatMap((one) => one(uses));
  const at = new Map<Value, number>();
  for (const [k, op] of graph.ops.entries()) for (const result of op.results) at.set(result, k);
  const inner = graph.ops.filter((op) => op.name === "scan").flatMap((op) => recognise(bodyOf(op)));
  return [...own.toSorted((a, b) => at.get(a.value)! - at.get(b.value)!), ...inner];
};

const bodyOf = (op: Op): Graph => scanAttrs(op.attrs).body;

/** One line for each finding of every entry. */
export const printFindings = ({ entries }: Module): string =>
  entries
    .map(({ name, graph }) =>
      [`recognise @${name} {`, ...recognise(graph).map((one) => `  ${lineOf(one)}`), "}\n"].join(
        "\n",
      ),
    )
    .join("\n");

const lineOf = ({ pattern, value, matched, text }: Finding): string =>
  `${matched ? "" : "no "}${pattern} %${value.hint ?? value.id}: ${text}`;
