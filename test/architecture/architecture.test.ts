// House rules that a machine can hold: who may import whom, no cycles, no `any`, no long files.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Project, SyntaxKind } from "ts-morph";
import type { SourceFile } from "ts-morph";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const project = new Project({
  tsConfigFilePath: join(root, "tsconfig.json"),
  skipAddingFilesFromTsConfig: true,
});
project.addSourceFilesAtPaths(
  ["grammar", "compiler", "runtime"].map((folder) => join(root, folder, "**/*.ts")),
);
const files = project.getSourceFiles();
const pathOf = (file: SourceFile): string =>
  relative(root, file.getFilePath()).split(sep).join("/");
const generated = (path: string): boolean => path.endsWith(".gen.ts");

/** From the lowest layer to the highest: a file may import its own layer and the ones before it. */
const layers = [
  "grammar/",
  "runtime/",
  "compiler/ir/",
  "compiler/kernel/",
  "compiler/costs/",
  "compiler/ops/",
  "compiler/passes/",
  "compiler/recognise/",
  "compiler/std/",
  "compiler/frontend/",
  "compiler/lower/",
  "compiler/schedule/",
  "compiler/backends/",
  "compiler/",
  "compiler/lsp/",
  "compiler/plugin/",
  "compiler/cli/",
];
/** What compiler code may take from the runtime besides types: pure functions both sides must agree on. */
const sharedRuntime = ["runtime/abi.ts", "runtime/random.ts", "runtime/init.ts", "runtime/math.ts"];
/** Front ends of the compiler that run what it emits. */
const hosts = ["compiler/cli/", "compiler/plugin/", "compiler/backends/", "compiler/load.ts"];

const layerOf = (path: string): number => {
  let best = -1;
  for (const [index, prefix] of layers.entries())
    if (path.startsWith(prefix) && (best < 0 || prefix.length > layers[best]!.length)) best = index;
  return best;
};

const importsOf = (file: SourceFile): { path: string; typeOnly: boolean }[] =>
  [...file.getImportDeclarations(), ...file.getExportDeclarations()].flatMap((declaration) => {
    const target = declaration.getModuleSpecifierSourceFile();
    return target === undefined || target.isInNodeModules()
      ? []
      : [{ path: pathOf(target), typeOnly: declaration.isTypeOnly() }];
  });

test("every file belongs to a layer", () => {
  expect(files.map(pathOf).filter((path) => layerOf(path) < 0)).toEqual([]);
});

test("no layer imports a higher one", () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => layerOf(target.path) > layerOf(pathOf(file)))
      .map((target) => `${pathOf(file)} -> ${target.path}`),
  );
  expect(wrong).toEqual([]);
});

test("grammar and runtime know nothing of each other", () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter(
        ({ path }) =>
          (pathOf(file).startsWith("runtime/") && !path.startsWith("runtime/")) ||
          (pathOf(file).startsWith("grammar/") && !path.startsWith("grammar/")),
      )
      .map(({ path }) => `${pathOf(file)} -> ${path}`),
  );
  expect(wrong).toEqual([]);
});

test("the compiler takes only the contract and shared arithmetic from the runtime", () => {
  const wrong = files.flatMap((file) => {
    const from = pathOf(file);
    if (!from.startsWith("compiler/") || hosts.some((host) => from.startsWith(host))) return [];
    return importsOf(file)
      .filter(({ path, typeOnly }) => path.startsWith("runtime/") && !typeOnly)
      .filter(({ path }) => !sharedRuntime.includes(path))
      .map(({ path }) => `${from} -> ${path}`);
  });
  expect(wrong).toEqual([]);
});

test("the compiler core and the shipped runtime do no IO", () => {
  const wrong = files.flatMap((file) => {
    const path = pathOf(file);
    const mayDoIo =
      path.startsWith("compiler/cli/") ||
      path.startsWith("compiler/plugin/") ||
      path.startsWith("runtime/node/") ||
      path.endsWith("/generate.ts");
    return mayDoIo
      ? []
      : file
          .getImportDeclarations()
          .map((declaration) => declaration.getModuleSpecifierValue())
          .filter((specifier) => specifier.startsWith("node:"))
          .map((specifier) => `${path} -> ${specifier}`);
  });
  expect(wrong).toEqual([]);
});

test("what the language server stands on is loaded by it alone", () => {
  const server = (path: string): boolean => /^compiler\/(lsp\/|cli\/commands\/lsp\.ts$)/.test(path);
  const wrong = files.flatMap((file) =>
    server(pathOf(file))
      ? []
      : file
          .getImportDeclarations()
          .filter((declaration) => {
            const target = declaration.getModuleSpecifierSourceFile();
            return (
              declaration.getModuleSpecifierValue().startsWith("vscode-") ||
              (target !== undefined && server(pathOf(target)))
            );
          })
          .map((declaration) => `${pathOf(file)} -> ${declaration.getModuleSpecifierValue()}`),
  );
  expect(wrong).toEqual([]);
});

test("there are no import cycles between files at run time", () => {
  const graph = new Map(
    files.map((file) => [
      pathOf(file),
      importsOf(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ path }) => path),
    ]),
  );
  const cycles: string[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    state.set(path, "open");
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, "done");
  };
  for (const path of graph.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});

test("nothing is typed any, exported as default, or an enum", () => {
  const wrong = files.flatMap((file) => {
    const path = pathOf(file);
    if (generated(path)) return [];
    return [
      ...file.getDescendantsOfKind(SyntaxKind.AnyKeyword).map(() => `${path}: any`),
      ...file.getEnums().map(() => `${path}: enum`),
      ...(file.getDefaultExportSymbol() === undefined ? [] : [`${path}: default export`]),
    ];
  });
  expect(wrong).toEqual([]);
});

const listed = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === "node_modules" || name === "dist" || name === "cases") return [];
    return statSync(path).isDirectory() ? listed(path) : [path];
  });
const handwritten = ["grammar", "compiler", "runtime", "test", "examples"]
  .flatMap((folder) => listed(join(root, folder)))
  .filter((path) => /\.(ts|mjs|dlm)$/.test(path) && !generated(path));
const lengthOf = (path: string): number => readFileSync(path, "utf8").split("\n").length - 1;

test("no file written by hand is longer than 500 lines, and the median is under 150", () => {
  const long = handwritten
    .filter((path) => lengthOf(path) > 500)
    .map((path) => `${relative(root, path)}: ${lengthOf(path)}`);
  expect(long).toEqual([]);
  const lengths = handwritten.map(lengthOf).sort((a, b) => a - b);
  expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(150);
});

test("every file says in its first line what it is", () => {
  const silent = handwritten.filter(
    (path) =>
      path.endsWith(".ts") &&
      !path.endsWith(".test.ts") &&
      !readFileSync(path, "utf8").startsWith("//"),
  );
  expect(silent.map((path) => relative(root, path))).toEqual([]);
});

test("no file is a drawer of unrelated helpers", () => {
  expect(handwritten.filter((path) => /(utils?|helpers?|misc|common)\.ts$/.test(path))).toEqual([]);
});

test("the top level holds what it should and nothing else", () => {
  const allowed = [
    "LICENSE",
    "README.md",
    "compiler",
    "dist",
    "examples",
    "grammar",
    "node_modules",
    "package-lock.json",
    "package.json",
    // What the examples write; git ignores it.
    "runs",
    "runtime",
    "test",
    "tsconfig.json",
  ];
  const extra = readdirSync(root).filter(
    (name) => !name.startsWith(".") && !allowed.includes(name),
  );
  expect(extra).toEqual([]);
});
