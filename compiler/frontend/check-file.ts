// The declarations of one file through the check of names, and its imports through the check of use.

import type { Decl, ImportDecl, Name, Param, TrainDecl, TrainItem } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import {
  bindName,
  walkConfig,
  walkExpr,
  walkInputs,
  walkLet,
  walkResult,
  walkStatements,
} from "./check-names.ts";
import type { Place } from "./check-names.ts";
import type { Context } from "./context.ts";
import type { LoadedFile } from "./load.ts";
import { outerFrame } from "./model.ts";
import { paramsOf } from "./declare.ts";
import type { FileScope, Named } from "./declare.ts";
import { linkToDecl } from "./name-links.ts";
import { createNameUse } from "./name-use.ts";
import { find } from "./scope.ts";
import type { Scope } from "./scope.ts";

export const checkFile = (ctx: Context, { file, declared, unresolved }: LoadedFile): void => {
  const read = new Set<string>();
  const scope = watch(declared.scope, read);
  for (const decl of file.decls)
    if (decl.kind === "import") linkImport(ctx, decl, declared);
    // What is left of a broken declaration is worth a look only to say what its names mean.
    else if (!decl.broken) checkDecl(ctx, decl, scope);
    else if (ctx.link !== undefined) checkDecl({ ...ctx, report: () => {} }, decl, declared.scope);
  if (file.broken) return;
  for (const decl of file.decls)
    if (decl.kind === "import" && !unresolved.has(decl)) checkUse(ctx, decl, read);
};

const linkImport = ({ link }: Context, { items }: ImportDecl, declared: FileScope): void => {
  if (link === undefined) return;
  for (const { name, alias } of items) {
    const decl = declared.importedAs((alias ?? name).text);
    if (decl === null) continue;
    link(linkToDecl(name, decl));
    if (alias !== null) link(linkToDecl(alias, decl));
  }
};

/** The same scope; tells which names were found in it. */
const watch = (scope: Scope, read: Set<string>): Scope => ({
  ...scope,
  lookup: (name) => {
    const found = scope.lookup(name);
    if (found !== null) read.add(name);
    return found;
  },
});

const checkUse = (ctx: Context, decl: ImportDecl, read: ReadonlySet<string>): void => {
  for (const { name, alias } of decl.items) {
    const local = alias ?? name;
    if (local.text !== "" && !read.has(local.text))
      ctx.report(diagnostic("DLM0907", local.span, { name: local.text }));
  }
};

/** Parameters of one declaration share one set of names. */
const checkParams = (ctx: Context, params: readonly Param[]): void => {
  const seen = new Map<string, Name>();
  for (const { name } of params) {
    const first = seen.get(name.text);
    if (first === undefined || name.text === "") {
      seen.set(name.text, name);
      continue;
    }
    const labels = [{ span: first.span, text: "first declared here" }];
    ctx.report(diagnostic("DLM0207", name.span, { name: name.text }, { labels }));
  }
};

/** What a declaration is given, by its callers or as data. */
const givenTo = (decl: Named): readonly Param[] =>
  decl.kind === "train"
    ? [
        ...paramsOf(decl),
        ...decl.items.flatMap((item) => (item.kind === "data" ? item.fields : [])),
      ]
    : paramsOf(decl);

const checkDecl = (ctx: Context, decl: Exclude<Decl, ImportDecl>, scope: Scope): void => {
  checkParams(ctx, givenTo(decl));
  ctx.link?.(linkToDecl(decl.name, decl));
  const use = createNameUse(ctx.link);
  const start: Place = { ctx, use, frame: outerFrame(scope) };
  switch (decl.kind) {
    case "net": {
      const place = walkInputs(walkConfig(start, decl.config), decl.data);
      const after = walkStatements(place, decl.body);
      // An input without a type binds no sizes, which is an error of its own.
      if (decl.data.every((param) => param.type !== null)) walkResult(after, decl.result);
      break;
    }
    case "fn": {
      const typed = decl.params.filter((param) => param.type !== null);
      const untyped = decl.params.filter((param) => param.type === null);
      const sizes = walkInputs(bindAll(start, untyped), typed);
      for (const param of untyped) if (param.value !== null) walkExpr(sizes, param.value);
      if ("kind" in decl.body) {
        walkExpr(sizes, decl.body);
        walkResult(sizes, decl.result);
      } else walkResult(walkStatements(sizes, decl.body), decl.result);
      break;
    }
    case "optimizer": {
      const place = bindAll(walkConfig(start, decl.config), decl.data);
      walkStatements(place, decl.body);
      break;
    }
    case "train":
      checkTrain(walkConfig(start, decl.config), decl);
      break;
    case "const":
      walkExpr(start, decl.value);
      break;
  }
  use.warnings().forEach(ctx.report);
};

const bindAll = (
  place: Place,
  params: readonly { readonly name: Parameters<typeof bindName>[1] }[],
): Place => params.reduce((inner, { name }) => bindName(inner, name, "data"), place);

/** Fields first: a recipe's items may stand in any order around its `data`. */
const checkTrain = (start: Place, { items }: TrainDecl): void => {
  let place = start;
  for (const item of items) if (item.kind === "data") place = walkInputs(place, item.fields);
  for (const item of items) place = checkTrainItem(place, item);
};

const checkTrainItem = (place: Place, item: TrainItem): Place => {
  switch (item.kind) {
    case "data":
      return place;
    case "let":
    case "draw":
    case "multi-let":
    case "index-let":
      return walkLet(place, item);
    case "minimize":
      walkExpr(place, item.loss);
      for (const { over, using, clip } of item.targets) {
        for (const { names } of over) {
          const [first] = names;
          if (first !== undefined) markPath(place, first);
        }
        walkExpr(place, using);
        if (clip !== null) walkExpr(place, clip);
      }
      return place;
    case "metric": {
      const { scope } = place.frame;
      const penalty = { text: "penalty", span: item.name.span };
      walkExpr(
        scope.lookup("penalty") === null ? bindName(place, penalty, "data") : place,
        item.value,
      );
      return place;
    }
    case "require":
      walkExpr(place, item.condition);
      return place;
    case "setting":
      linkSize(place, item.name);
      walkExpr(place, item.value);
      return place;
    case "step":
      if (item.repeat !== null) walkExpr(place, item.repeat);
      item.items.reduce<Place>(checkTrainItem, place);
      return place;
    default:
      return item satisfies never;
  }
};

/** `T: 64` fixes a size of the data. */
const linkSize = ({ ctx, frame }: Place, name: Name): void => {
  const size = frame.scope.lookup(name.text) === null ? find(frame.scope, name.text) : null;
  if (size?.item.kind === "size") ctx.link?.({ ...name, target: size.span, kind: "size" });
};

/** `over D`: whether the path exists is for the recipe to say; here it counts as a use. */
const markPath = ({ frame, use }: Place, name: Name): void => {
  const binding = find(frame.scope, name.text);
  if (binding !== null) use.read(name, binding);
};
