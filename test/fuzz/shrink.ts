// Makes a failing program smaller while it still fails.

import { pruned } from "./program.ts";
import type { Program, Slot } from "./program.ts";

const sameType = (a: Slot, b: Slot): boolean =>
  a.kind === b.kind && a.shape.join() === b.shape.join();

/** Every program one step smaller: an earlier result, or a statement whose value an earlier one replaces. */
const smaller = (program: Program): readonly Program[] => {
  const earlier = program.statements
    .flatMap(({ defines }) => defines)
    .filter((slot) => slot.kind === "float" && slot.name !== program.result.name)
    .map((result) => pruned({ ...program, result }));
  const bypassed = program.statements.flatMap((statement, index) => {
    const [value, ...others] = statement.defines;
    if (value === undefined || others.length > 0) return [];
    const before = [
      ...program.inputs,
      ...program.statements.slice(0, index).flatMap(({ defines }) => defines),
    ];
    return before
      .filter((slot) => sameType(slot, value))
      .slice(0, 3)
      .map((slot) => substituted(program, value, slot));
  });
  return [...earlier, ...bypassed];
};

const substituted = (program: Program, from: Slot, to: Slot): Program => {
  const name = new RegExp(`\\b${from.name}\\b`, "g");
  return pruned({
    ...program,
    result: program.result.name === from.name ? to : program.result,
    statements: program.statements
      .filter(({ defines }) => !defines.includes(from))
      .map((statement) => ({
        ...statement,
        text: statement.text.replace(name, to.name),
        reads: statement.reads.map((read) => (read === from.name ? to.name : read)),
      })),
  });
};

/** The smallest program found for which `fails` holds; `fails(program)` must hold at the start. */
export const shrink = async (
  program: Program,
  fails: (program: Program) => Promise<boolean>,
): Promise<Program> => {
  let current = program;
  for (;;) {
    let next: Program | null = null;
    for (const candidate of smaller(current))
      if (candidate.statements.length < current.statements.length && (await fails(candidate))) {
        next = candidate;
        break;
      }
    if (next === null) return current;
    current = next;
  }
};
