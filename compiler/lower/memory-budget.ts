// Holds the entries of a recipe to its memory budget.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import { evaluateDim } from "../ir/dim.ts";
import { peakBytes } from "./plan.ts";
import type { EntryPlan, Plan } from "./plan.ts";

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9 };

/** Bytes of `"64MB"`; units are powers of ten. */
export const parseBytes = (text: string): number => {
  const [, amount, unit] = /^([\d.]+)\s*(\w+)$/.exec(text) ?? [];
  return Number(amount) * (units[unit ?? ""] ?? Number.NaN);
};

/** `48.5 kB`, three digits. */
export const printBytes = (bytes: number): string => {
  const [unit, size] =
    Object.entries(units)
      .reverse()
      .find(([name, one]) => name !== "KB" && bytes >= one) ?? (["B", 1] as const);
  return `${Number((bytes / size).toPrecision(3))} ${unit}`;
};

/** Sizes at their bounds; one that has none counts as 1. */
export const boundsOf = ({ entry }: EntryPlan): ReadonlyMap<string, number> =>
  new Map(
    entry.graph.sizes.map(({ name, max }) => [
      name,
      max === null ? 1 : evaluateDim(max, new Map()),
    ]),
  );

/** The buffers that take most, largest first. */
const largestSlots = (plan: EntryPlan, sizes: ReadonlyMap<string, number>): readonly string[] =>
  plan.slots
    .map(({ name, words }) => ({ name, bytes: 4 * evaluateDim(words, sizes) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map(({ name, bytes }) => `${name} ${printBytes(bytes)}`);

/** A report when the entry that needs most is over the budget, with its largest buffers. */
export const budgetReports = (plan: Plan): readonly Diagnostic[] => {
  const { train } = plan.module;
  if (train === null || train.settings.memory === null || train.budget === null) return [];
  const budget = train.settings.memory;
  const needs = plan.entries.map((entry) => {
    const sizes = boundsOf(entry);
    return { entry, sizes, bytes: peakBytes(entry, sizes) };
  });
  const most = needs.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  if (most.bytes <= parseBytes(budget)) return [];
  const { entry, sizes, bytes } = most;
  const stored = printBytes(4 * entry.base);
  return [
    diagnostic(
      "DLM0803",
      train.budget,
      { step: `\`${entry.entry.name}\``, needed: printBytes(bytes), budget },
      {
        notes: [
          `weights and optimizer state take ${stored}`,
          `largest buffers: ${largestSlots(entry, sizes).join(", ")}`,
        ],
        helps: [{ text: "a smaller `batch` needs less" }],
      },
    ),
  ];
};
