// Writes the modules of one .dlm file as a TypeScript file: structure by ts-morph, format by Prettier.

import type { StatementStructures } from "ts-morph";
import type { Module } from "../ir/module.ts";
import { lower } from "../lower/lower.ts";
import { panelMemoryText, panelNames } from "./backend.ts";
import type { Backend, EmittedFunction } from "./backend.ts";
import { classText } from "./class-text.ts";
import type { ClassDeclaration, TypeDeclaration } from "./class-text.ts";
import { formatTypescript } from "./format-typescript.ts";
import { commentText, docText } from "./identifiers.ts";
import { indent } from "./indent.ts";
import { loadTsMorph } from "./load-ts-morph.ts";
import { createPlaces } from "./places.ts";
import { programText } from "./program-text.ts";
import type { ProgramText } from "./program-text.ts";
import { typescriptBackend } from "./typescript/index.ts";

export type EmitOptions = {
  readonly modules: readonly Module[];
  /** Text of each file that was read. */
  readonly textOf: (path: string) => string | null;
  readonly backend?: Backend;
  /** What the runtime is imported from. */
  readonly runtime?: string;
};

/** The functions stand where this line is once the rest is formatted: they are formatted as they are written. */
const functionsMarker = (program: number): string => `// functions of program ${program}`;

/** The text of a TypeScript module with one class per model and recipe. */
export const emitFile = async (options: EmitOptions): Promise<string> => {
  const { modules, textOf, backend = typescriptBackend, runtime = "dlm/runtime" } = options;
  const places = createPlaces(textOf);
  const classes = modules.map(classText);
  const declared = classes.flatMap((text) => [...text.types, ...text.classes]);
  const taken: Taken = {
    names: new Set([...panelNames, ...declared.map(({ name }) => name)]),
    functions: new Map(),
  };
  const programs = modules.map((module) => {
    const text = programText(lower(module, { target: backend.costs }), backend, places);
    return renamed(text, taken);
  });
  const skeleton = await structured(programs, classes, runtime);
  const formatted = await formatTypescript(skeleton);
  return programs.reduce(
    (text, program, k) =>
      text.replace(functionsMarker(k), () => program.functions.map(functionText).join("\n\n")),
    formatted,
  );
};

/** What the programs before have put into the file. */
type Taken = { readonly names: Set<string>; readonly functions: Map<string, string> };

/** Functions and constants under names of their own; a function that is there already is used again. */
const renamed = (program: ProgramText, taken: Taken): ProgramText => {
  const names = new Map<string, string>();
  const fresh = (name: string): string => {
    let free = name;
    for (let n = 1; taken.names.has(free); n++) free = `${name}_${n}`;
    taken.names.add(free);
    if (free !== name) names.set(name, free);
    return free;
  };
  const functions = program.functions.flatMap((fn) => {
    const body = JSON.stringify([fn.params, fn.lines]);
    const same = taken.functions.get(body);
    if (same !== undefined) names.set(fn.name, same);
    if (same !== undefined) return [];
    const name = fresh(fn.name);
    taken.functions.set(body, name);
    return [{ ...fn, name }];
  });
  const constants = program.constants.map((c) => ({ ...c, name: fresh(c.name) }));
  if (names.size === 0) return { ...program, functions, constants };
  const words = new RegExp(`\\b(${[...names.keys()].join("|")})(?=\\(|,\\n| \\}|,? ?\\])`, "g");
  const rename = (text: string): string => text.replace(words, (word) => names.get(word) ?? word);
  return {
    ...program,
    functions,
    constants: constants.map((c) => ({ ...c, text: rename(c.text) })),
  };
};

const functionText = (fn: EmittedFunction): string => {
  const params = fn.params.map((p) => `${p.name}: ${p.type}`);
  const head = `function ${fn.name}(${params.join(", ")}): ${fn.returns} {`;
  const broken = `function ${fn.name}(\n${params.map((p) => `  ${p},\n`).join("")}): ${fn.returns} {`;
  const lines = fn.doc.map(commentText);
  const doc =
    lines.length === 1 ? [`/** ${lines[0]} */`] : ["/**", ...lines.map((l) => ` * ${l}`), " */"];
  return [...doc, head.length <= 100 ? head : broken, ...indent(fn.lines, 1), "}"].join("\n");
};

/** Of what a host is opened with. */
const hostTypes: ReadonlySet<string> = new Set(["DeviceProgram", "WasmProgram"]);

type Classes = {
  readonly types: readonly TypeDeclaration[];
  readonly classes: readonly ClassDeclaration[];
};

/** Everything but the functions, unformatted. */
const structured = async (
  programs: readonly ProgramText[],
  declared: readonly Classes[],
  runtime: string,
): Promise<string> => {
  const { Project, StructureKind, VariableDeclarationKind } = await loadTsMorph();
  const types = declared.flatMap((d) => d.types);
  const classes = declared.flatMap((d) => d.classes);
  const extended = classes.map((c) => c.extends);
  const plain = extended.some((e) => e.startsWith("Model<"));
  const models = plain || extended.some((e) => e.startsWith("SteppedModel<"));
  const members = classes.flatMap((c) => c.properties.map(({ type }) => type ?? ""));
  const stepped = [...extended, ...members].some((e) => e.startsWith("SteppedModel<"));
  const trainers = extended.some((e) => e.startsWith("Trainer<"));
  const values = [
    ...(plain ? ["Model"] : []),
    ...(stepped ? ["SteppedModel"] : []),
    ...(models ? ["startModel"] : []),
    ...(trainers ? ["Trainer", "startTrainer"] : []),
    ...programs.flatMap((p) => p.imports),
  ];
  const fields = members.some((type) => type.startsWith("Model<"));
  const needed = [
    ...(fields && !plain ? ["Model"] : []),
    "EntryProgram",
    ...programs.flatMap(({ constants: list }) =>
      list.flatMap(({ type }) => (hostTypes.has(type) ? [type] : [])),
    ),
    ...programs.flatMap((p) => (p.functions.some((f) => f.returns === "Layout") ? ["Layout"] : [])),
    ...(models ? ["CreateOptions", "ModelProgram"] : []),
    ...(trainers ? ["TrainerOptions", "TrainProgram"] : []),
  ];
  const statements: StatementStructures[] = [
    {
      kind: StructureKind.ImportDeclaration,
      moduleSpecifier: runtime,
      namedImports: [...new Set(values)],
    },
    {
      kind: StructureKind.ImportDeclaration,
      moduleSpecifier: runtime,
      isTypeOnly: true,
      namedImports: [...new Set(needed)].sort(),
    },
    ...types.map(({ name, doc, type }): StatementStructures => ({
      kind: StructureKind.TypeAlias,
      isExported: true,
      name,
      type,
      docs: doc === "" ? [] : [doc],
    })),
  ];
  const constants = programs.map(({ constants: list }): StatementStructures[] =>
    list.map(({ name, type, text }) => ({
      kind: StructureKind.VariableStatement,
      declarationKind: VariableDeclarationKind.Const,
      isExported: type.endsWith("Program") && type !== "EntryProgram" && !hostTypes.has(type),
      declarations: [{ name, type, initializer: text }],
    })),
  );
  const made = classes.map((c): StatementStructures => ({
    kind: StructureKind.Class,
    isExported: true,
    name: c.name,
    extends: c.extends,
    docs: c.doc === "" ? [] : [docText(c.doc)],
    properties: c.properties.map((p) => ({
      name: p.name,
      isStatic: p.isStatic,
      isReadonly: true,
      ...(p.type === null ? {} : { type: p.type }),
      initializer: p.value,
      docs: p.doc === "" ? [] : [docText(p.doc)],
    })),
    methods: [
      {
        name: "create",
        isStatic: true,
        parameters: [{ name: "options", type: c.create.options, initializer: "{}" }],
        returnType: `Promise<${c.name}>`,
        statements: c.create.body,
      },
    ],
  }));
  // Not exported: V8 takes only what it finds in a scope for a constant.
  const panels = panelMemoryText(
    Math.max(0, ...programs.map((p) => p.panelWords)),
    programs.flatMap((p) => p.functions),
  );
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const file = project.createSourceFile("module.ts", {
    statements: [
      "// Generated by dlm. Changes are overwritten.",
      ...statements,
      ...panels,
      ...constants.flatMap((list, k) => [functionsMarker(k), ...list]),
      ...made,
    ],
  });
  return file.getFullText();
};
