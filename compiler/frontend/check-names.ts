// Every declaration of a file, whether used or not: names that mean nothing, wrong argument names, what is never used.

import type {
  Arg,
  CallExpr,
  Dim as DimNode,
  Expr,
  FnDecl,
  LetStmt,
  Name,
  NameExpr,
  NetDecl,
  OptimizerDecl,
  Param,
  Result,
  Stage,
  Stmt,
  Type,
} from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { checkArgumentNames } from "./arguments.ts";
import type { Context, Frame } from "./context.ts";
import { paramsOf } from "./declare.ts";
import { builtInNames, lookUpName, reportUnknown } from "./name.ts";
import type { NameUse } from "./name-use.ts";
import { find } from "./scope.ts";
import type { Binding } from "./scope.ts";
import { reportUnknownSize } from "./types.ts";
import { unknown } from "./value.ts";

/** Where names are looked up while walking: a frame in which every local name is bound to an unknown value. */
export type Place = { readonly ctx: Context; readonly frame: Frame; readonly use: NameUse };

const reads = ({ ctx, frame, use }: Place, name: Name): Binding | null => {
  const letter = frame.letters.get(name.text);
  if (letter !== undefined) {
    use.letter(name, letter.span);
    return null;
  }
  const binding = find(frame.scope, name.text);
  if (binding !== null) use.read(name, binding);
  else if (builtInNames.includes(name.text))
    ctx.link?.({ ...name, target: null, kind: "built-in" });
  return binding;
};

const nameOf = ({ name, span }: NameExpr): Name => ({ text: name, span });

const isKnown = ({ ctx, frame, use }: Place, name: string): boolean => {
  if (name === "" || name.startsWith("fan_") || lookUpName(ctx, frame, name) !== null) return true;
  use.miss();
  return false;
};

export const walkExpr = (place: Place, expr: Expr): void => {
  const walk = (inner: Expr): void => walkExpr(place, inner);
  switch (expr.kind) {
    case "name":
      reads(place, nameOf(expr));
      if (!isKnown(place, expr.name)) reportUnknown(place.ctx, place.frame, expr, "DLM0209");
      return;
    case "list":
      for (const item of expr.items) {
        if (item.kind === "spread") walkDim(place, item);
        else walk(item);
      }
      return;
    case "tuple":
      return expr.items.forEach(walk);
    case "unary":
      return walk(expr.operand);
    case "binary":
      return [expr.left, expr.right].forEach(walk);
    case "if":
      return [expr.condition, expr.then, expr.else].forEach(walk);
    case "pipe":
      walk(expr.head);
      return expr.stages.forEach((stage) => walkStage(place, stage));
    case "call":
      return walkCall(place, expr);
    case "index":
      walk(expr.base);
      for (const at of expr.subscripts) {
        if (at.kind === "at") walk(at.value);
        else [at.from, at.to].forEach((end) => end !== null && walk(end));
      }
      return;
    case "member":
      return walk(expr.base);
    case "next":
      reads(place, expr.name);
      return;
    case "number":
    case "string":
    case "bool":
    case "hole":
      return;
    default:
      expr satisfies never;
  }
};

const walkStage = (place: Place, stage: Stage): void => {
  switch (stage.kind) {
    case "apply":
      if (stage.target.kind === "call") walkCall(place, stage.target);
      else walkCallee(place, stage.target);
      return;
    case "repeat": {
      walkExpr(place, stage.over);
      const inner = stage.index === null ? place : bindName(place, stage.index, "index");
      return stage.stages.forEach((each) => walkStage(inner, each));
    }
    case "scan":
      if (stage.mask !== null) walkExpr(place, stage.mask);
      if (stage.from !== null) walkExpr(place, stage.from);
      reads(place, stage.axis);
      return stage.stages.forEach((each) => walkStage(place, each));
  }
};

const walkCallee = (place: Place, callee: Expr): void => {
  if (callee.kind !== "name") return walkExpr(place, callee);
  reads(place, nameOf(callee));
  if (!isKnown(place, callee.name)) reportUnknown(place.ctx, place.frame, callee, "DLM0201");
};

const walkCall = (place: Place, { callee, args }: CallExpr): void => {
  if (callee.kind === "index" && isReducer(place, callee.base)) {
    walkCallee(place, callee.base);
    let inner = place;
    for (const at of callee.subscripts) {
      if (at.kind !== "at") continue;
      const bound = at.value.kind === "binary" && at.value.op === "<" ? at.value : null;
      const letter = bound === null ? at.value : bound.left;
      if (bound !== null) walkExpr(inner, bound.right);
      if (letter.kind === "name")
        inner = addLetter(inner, { text: letter.name, span: letter.span });
    }
    return args.forEach((arg) => walkArg(inner, arg));
  }
  walkCallee(place, callee);
  args.forEach((arg) => walkArg(place, arg));
  if (callee.kind !== "name") return;
  const item = lookUpName(place.ctx, place.frame, callee.name);
  if (item?.kind === "fn" || item?.kind === "block") checkArgumentNames(place.ctx, item.decl, args);
  if (item?.kind === "fn" || item?.kind === "block" || item?.kind === "optimizer")
    linkArguments(place.ctx, item.decl, args);
};

const linkArguments = (
  { link }: Context,
  decl: FnDecl | NetDecl | OptimizerDecl,
  args: readonly Arg[],
): void => {
  if (link === undefined) return;
  const params = paramsOf(decl);
  for (const { name } of args) {
    const param = params.find((one) => one.name.text === name?.text);
    if (name !== null && param !== undefined)
      link({ ...name, target: param.name.span, kind: "argument", decl });
  }
};

const walkArg = (place: Place, arg: Arg): void => walkExpr(place, arg.value);

/** `sum[k](…)`, as opposed to `layers[0](…)`. */
const isReducer = (place: Place, base: Expr): boolean => {
  if (base.kind !== "name") return false;
  const item = lookUpName(place.ctx, place.frame, base.name);
  return item === null || item.kind === "fn" || item.kind === "intrinsic";
};

/** A letter hides every other name in its statement. */
export const addLetter = (place: Place, name: Name): Place => {
  if (name.text === "") return place;
  const hidden = find(place.frame.scope, name.text);
  if (hidden !== null && hidden.span !== null && place.use.isValue(hidden))
    place.ctx.report(
      diagnostic(
        "DLM0912",
        name.span,
        { letter: name.text },
        {
          labels: [{ span: hidden.span, text: "the value" }],
        },
      ),
    );
  const letters = new Map(place.frame.letters);
  place.use.letter(name, name.span);
  letters.set(name.text, { key: name.text, extent: null, span: name.span });
  return { ...place, frame: { ...place.frame, letters } };
};

type Spread = Extract<DimNode, { readonly kind: "spread" }>;
const spreadName = ({ name, span }: Spread): Name => name ?? { text: "...", span };

const walkDim = (place: Place, node: DimNode): void => {
  if (node.kind !== "spread") return walkSize(place, node);
  const name = spreadName(node);
  if (reads(place, name) === null) {
    place.use.miss();
    reportUnknownSize(place.ctx, place.frame, name.text, name.span);
  }
};

/** In a size an unknown name is an unknown size. */
const walkSize = (place: Place, expr: Expr): void => {
  if (expr.kind === "name") {
    reads(place, nameOf(expr));
    if (!isKnown(place, expr.name)) reportUnknownSize(place.ctx, place.frame, expr.name, expr.span);
  } else if (expr.kind === "binary") [expr.left, expr.right].forEach((e) => walkSize(place, e));
  else if (expr.kind === "call" && expr.callee.kind === "name") {
    walkCallee(place, expr.callee);
    expr.args.forEach((arg) => walkSize(place, arg.value));
  } else walkExpr(place, expr);
};

export const walkType = (place: Place, type: Type | null): void =>
  type?.shape?.forEach((node) => walkDim(place, node));

export const bindName = (place: Place, name: Name, what: Parameters<NameUse["bind"]>[2]): Place =>
  name.text === "" ? place : { ...place, frame: place.use.bind(place.frame, name, what, unknown) };

/** Data parameters: their free sizes are bound, then their names; defaults may use what is before them. */
export const walkInputs = (place: Place, params: readonly Param[]): Place => {
  let inner = place;
  for (const { type } of params)
    for (const node of type?.shape ?? []) inner = bindSize(inner, node);
  for (const param of params) {
    walkType(inner, param.type);
    if (param.value !== null) walkExpr(inner, param.value);
    inner = bindName(inner, param.name, "data");
  }
  return inner;
};

const bindSize = (place: Place, node: DimNode): Place => {
  if (node.kind === "spread") {
    const name = spreadName(node);
    return place.frame.scope.lookup(name.text) === null ? bindName(place, name, "list") : place;
  }
  if (node.kind === "binary" && node.op === "<=") return bindSize(place, node.left);
  if (node.kind !== "name" || node.name === "") return place;
  const known = find(place.frame.scope, node.name);
  // Only names of this declaration and constants of the file are sizes; a function of that name is not.
  if (known !== null && (known.item.kind === "size" || known.item.kind === "unknown")) return place;
  const frame = place.use.bindSize(place.frame, { text: node.name, span: node.span });
  return { ...place, frame };
};

export const walkConfig = (place: Place, params: readonly Param[] | null): Place => {
  let inner = place;
  for (const param of params ?? []) {
    if (param.value !== null) walkExpr(inner, param.value);
    inner = { ...inner, frame: inner.use.bindConfig(inner.frame, param.name) };
  }
  return inner;
};

export const walkResult = (place: Place, result: Result | null): void => {
  if (result === null) return;
  if (result.kind === "single") walkType(place, result.type);
  else result.items.forEach((item) => walkType(place, item.type));
};

export const walkLet = (place: Place, statement: LetStmt): Place => {
  switch (statement.kind) {
    case "let":
    case "draw":
      walkType(place, statement.type);
      walkExpr(place, statement.value);
      return bindName(place, statement.name, "let");
    case "multi-let":
      walkExpr(place, statement.value);
      return statement.names.reduce((inner, name) => bindName(inner, name, "part"), place);
    case "index-let": {
      let inner = place;
      for (const { bound } of statement.binders) if (bound !== null) walkExpr(place, bound);
      for (const { name } of statement.binders) inner = addLetter(inner, name);
      walkExpr(inner, statement.value);
      return bindName(place, statement.name, "let");
    }
  }
};

export const walkStatements = (start: Place, statements: readonly Stmt[]): Place => {
  let place = start;
  for (const statement of statements) {
    switch (statement.kind) {
      case "let":
      case "draw":
      case "multi-let":
      case "index-let":
        place = walkLet(place, statement);
        break;
      case "store":
        walkType(place, statement.type);
        walkExpr(place, statement.value);
        place = bindName(place, statement.name, statement.storage);
        break;
      case "next-stmt":
        reads(place, statement.name);
        walkExpr(place, statement.value);
        break;
      case "require":
        walkExpr(place, statement.condition);
        break;
      case "penalty":
        walkExpr(place, statement.value);
        break;
      case "return":
        statement.values.forEach((value) => walkExpr(place, value));
        break;
      default:
        statement satisfies never;
    }
  }
  return place;
};
