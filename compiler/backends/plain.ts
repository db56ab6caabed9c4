// Writes a plan as plain JavaScript whose only export makes the program: for running in memory.

import type { Plan } from "../lower/plan.ts";
import { panelMemoryText } from "./backend.ts";
import type { Backend, EmittedFunction } from "./backend.ts";
import { commentText } from "./identifiers.ts";
import type { Places } from "./places.ts";
import { programText } from "./program-text.ts";

/** Non-null assertions are the only annotation inside bodies. */
export const withoutTypes = (text: string): string => text.replaceAll("]!", "]");

const functionText = (fn: EmittedFunction): string => {
  const params = fn.params.map((p) => p.name).join(", ");
  const doc = fn.doc.map((line) => `// ${commentText(line)}\n`).join("");
  return `${doc}function ${fn.name}(${params}) {\n${fn.lines.join("\n")}\n}`;
};

/** `export const create = (runtime) => ({ program })`: what it needs of the runtime is passed in. */
export const emitPlain = (plan: Plan, backend: Backend, places: Places): string => {
  const { functions, imports, panelWords, constants } = programText(plan, backend, places);
  const body = [
    ...panelMemoryText(panelWords, functions),
    ...functions.map(functionText),
    ...constants.map(({ name, text }) => `const ${name} = ${text};`),
  ];
  const last = constants.at(-1)!.name;
  return withoutTypes(
    `export const create = ({ ${imports.join(", ")} }) => {\n${body.join("\n")}\nreturn { program: ${last} };\n};\n//# sourceURL=${plan.module.name}.dlm.js\n`,
  );
};
