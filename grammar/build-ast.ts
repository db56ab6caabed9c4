// The concrete syntax tree into the syntax tree of ast.ts: declarations, statements and recipes. What
// recovery left out becomes a hole; nothing here throws.

import type * as ast from "./ast.ts";
import {
  buildBinary,
  buildExpr,
  buildName,
  buildPostfix,
  buildString,
  hole,
  nodeSpan,
} from "./build-expression.ts";
import type { BuildContext } from "./build-expression.ts";
import type * as cst from "./cst.gen.ts";
import { diagnostic } from "./report.ts";
import type { Span } from "./span.ts";

/** What surrounds the tree: documentation by position, and where the parser had to recover. */
export type Surroundings = BuildContext & {
  /** The `///` text right above the declaration that starts at an offset. */
  readonly docBefore: (offset: number) => string;
  /** Did the parser recover within this range? */
  readonly recovered: (start: number, end: number) => boolean;
  /** The range from the keyword of the declaration around an offset to the next such keyword. */
  readonly declAt: (offset: number) => { readonly start: number; readonly end: number };
  readonly length: number;
};

export const buildFile = (context: Surroundings, node: cst.FileCstNode): ast.File => {
  const nodes = (node.children.decl ?? []).filter(
    (decl) => !Number.isNaN(decl.location?.startOffset ?? Number.NaN),
  );
  const decls = nodes.flatMap((decl, index) => {
    const following = nodes[index + 1];
    const end = following === undefined ? context.length + 1 : nodeSpan(context, following).start;
    return buildDecl(context, decl, end) ?? [];
  });
  return {
    kind: "file",
    span: { file: context.file, start: 0, end: context.length },
    decls,
    broken: context.recovered(0, context.length + 1),
  };
};

type DeclParts = { readonly span: Span; readonly doc: string; readonly broken: boolean };

const buildDecl = (context: Surroundings, node: cst.DeclCstNode, end: number): ast.Decl | null => {
  const span = nodeSpan(context, node);
  const parts: DeclParts = {
    span,
    doc: context.docBefore(span.start),
    broken: recoveredIn(context, node, span, end),
  };
  const { importDecl, netDecl, fnDecl, trainDecl, optimizerDecl, letStmt } = node.children;
  if (importDecl?.[0]) return buildImport(context, importDecl[0]);
  if (netDecl?.[0]) return buildNet(context, netDecl[0], parts);
  if (fnDecl?.[0]) return buildFn(context, fnDecl[0], parts);
  if (trainDecl?.[0]) return buildTrain(context, trainDecl[0], parts);
  if (optimizerDecl?.[0]) return buildOptimizer(context, optimizerDecl[0], parts);
  if (letStmt?.[0]) return buildConst(context, letStmt[0], parts);
  return null;
};

/** A top-level `let` is in doubt together with the declaration before it, which may have ended too soon. */
const recoveredIn = (
  context: Surroundings,
  node: cst.DeclCstNode,
  span: Span,
  end: number,
): boolean => {
  const range = node.children.letStmt === undefined ? null : context.declAt(span.start);
  return context.recovered(range?.start ?? span.start, range?.end ?? end);
};

const buildImport = (context: BuildContext, node: cst.ImportDeclCstNode): ast.ImportDecl => {
  const span = nodeSpan(context, node);
  const items = (node.children.importItem ?? []).map((item) => {
    const [name, alias] = item.children.Name ?? [];
    return {
      name: buildName(context, name, nodeSpan(context, item)),
      alias: alias === undefined ? null : buildName(context, alias, span),
    };
  });
  return {
    kind: "import",
    span,
    items,
    from: buildString(context, node.children.String?.[0], span),
  };
};

const buildNet = (
  context: BuildContext,
  node: cst.NetDeclCstNode,
  parts: DeclParts,
): ast.NetDecl => {
  const { Model, Block, Name, params, result, body } = node.children;
  const lists = (params ?? []).map((list) => buildParams(context, list));
  return {
    kind: "net",
    ...parts,
    name: buildName(context, Name?.[0], parts.span),
    net: Model !== undefined ? "model" : Block !== undefined ? "block" : "cell",
    config: lists.length > 1 ? lists[0]! : null,
    data: lists.at(-1) ?? [],
    result: buildResult(context, result?.[0]),
    body: buildBody(context, body?.[0]),
  };
};

const buildFn = (context: BuildContext, node: cst.FnDeclCstNode, parts: DeclParts): ast.FnDecl => {
  const { Name, params, result, body, expr } = node.children;
  return {
    kind: "fn",
    ...parts,
    name: buildName(context, Name?.[0], parts.span),
    params: buildParams(context, params?.[0]),
    result: buildResult(context, result?.[0]),
    body:
      body === undefined ? buildExpr(context, expr?.[0], parts.span) : buildBody(context, body[0]),
  };
};

const buildTrain = (
  context: BuildContext,
  node: cst.TrainDeclCstNode,
  parts: DeclParts,
): ast.TrainDecl => {
  const { Name, params, trainItem } = node.children;
  return {
    kind: "train",
    ...parts,
    name: buildName(context, Name?.[0], parts.span),
    config: params === undefined ? null : buildParams(context, params[0]),
    items: (trainItem ?? []).flatMap((item) => buildTrainItem(context, item) ?? []),
  };
};

const buildOptimizer = (
  context: BuildContext,
  node: cst.OptimizerDeclCstNode,
  parts: DeclParts,
): ast.OptimizerDecl => {
  const { Name, params, body } = node.children;
  return {
    kind: "optimizer",
    ...parts,
    name: buildName(context, Name?.[0], parts.span),
    config: buildParams(context, params?.[0]),
    data: buildParams(context, params?.[1]),
    body: buildBody(context, body?.[0]),
  };
};

/** At top level only `let name = value` means something. */
const buildConst = (
  context: BuildContext,
  node: cst.LetStmtCstNode,
  parts: DeclParts,
): ast.ConstDecl => {
  const statement = buildLet(context, node);
  const plain = statement.kind === "let" && statement.type === null;
  if (!plain && !parts.broken) {
    const form =
      statement.kind === "index-let"
        ? "an index definition belongs"
        : statement.kind === "multi-let"
          ? "several names belong"
          : statement.kind === "draw"
            ? "a random draw belongs"
            : "a type belongs";
    context.report(diagnostic("DLM0117", statement.span, {}, { label: `${form} in a body` }));
  }
  const name = statement.kind === "multi-let" ? statement.names[0] : statement.name;
  return {
    kind: "const",
    ...parts,
    broken: parts.broken || !plain,
    name: name ?? buildName(context, undefined, parts.span),
    value: statement.value,
  };
};

const buildParams = (
  context: BuildContext,
  node: cst.ParamsCstNode | undefined,
): readonly ast.Param[] => (node?.children.param ?? []).map((param) => buildParam(context, param));

const buildParam = (context: BuildContext, node: cst.ParamCstNode): ast.Param => {
  const span = nodeSpan(context, node);
  const { Name, type, Equals, expr } = node.children;
  return {
    kind: "param",
    span,
    name: buildName(context, Name?.[0], span),
    type: buildType(context, type?.[0]),
    value: Equals === undefined ? null : buildExpr(context, expr?.[0], span),
  };
};

const buildResult = (
  context: BuildContext,
  node: cst.ResultCstNode | undefined,
): ast.Result | null => {
  if (node === undefined) return null;
  const span = nodeSpan(context, node);
  if (node.children.params !== undefined) {
    return { kind: "named", span, items: buildParams(context, node.children.params[0]) };
  }
  const type = buildType(context, node.children.type?.[0]);
  return type === null ? null : { kind: "single", span, type };
};

const buildType = (context: BuildContext, node: cst.TypeCstNode | undefined): ast.Type | null => {
  if (node === undefined) return null;
  const span = nodeSpan(context, node);
  const { Name, shape } = node.children;
  return {
    kind: "type",
    span,
    dtype: Name === undefined ? null : buildName(context, Name[0], span),
    shape: shape === undefined ? null : buildShape(context, shape[0]),
  };
};

const buildShape = (
  context: BuildContext,
  node: cst.ShapeCstNode | undefined,
): readonly ast.Dim[] =>
  (node?.children.dim ?? []).map((dim): ast.Dim => {
    const span = nodeSpan(context, dim);
    if (dim.children.Ellipsis === undefined) {
      return buildBinary(context, dim.children.binary?.[0], span);
    }
    const name = dim.children.Name?.[0];
    return {
      kind: "spread",
      span,
      name: name === undefined ? null : buildName(context, name, span),
    };
  });

const buildBody = (context: BuildContext, node: cst.BodyCstNode | undefined): readonly ast.Stmt[] =>
  (node?.children.stmt ?? []).flatMap((stmt) => buildStmt(context, stmt) ?? []);

const buildStmt = (context: BuildContext, node: cst.StmtCstNode): ast.Stmt | null => {
  const { letStmt, storeStmt, nextStmt, requireStmt, penaltyStmt, returnStmt } = node.children;
  if (letStmt?.[0]) return buildLet(context, letStmt[0]);
  if (storeStmt?.[0]) return buildStore(context, storeStmt[0]);
  if (nextStmt?.[0]) return buildNext(context, nextStmt[0]);
  if (requireStmt?.[0]) return buildRequire(context, requireStmt[0]);
  if (penaltyStmt?.[0]) {
    const span = nodeSpan(context, penaltyStmt[0]);
    const value = buildExpr(context, penaltyStmt[0].children.expr?.[0], span);
    return { kind: "penalty", span, value };
  }
  if (returnStmt?.[0]) {
    const span = nodeSpan(context, returnStmt[0]);
    const values = (returnStmt[0].children.expr ?? []).map((e) => buildExpr(context, e, span));
    return { kind: "return", span, values: values.length === 0 ? [hole(span)] : values };
  }
  return null;
};

const buildLet = (context: BuildContext, node: cst.LetStmtCstNode): ast.LetStmt => {
  const span = nodeSpan(context, node);
  const { Name, LBracket, binder, Comma, Tilde, type, expr } = node.children;
  const name = buildName(context, Name?.[0], span);
  const value = buildExpr(context, expr?.[0], span);
  if (LBracket !== undefined) {
    const binders = (binder ?? []).map((one) => buildBinder(context, one));
    return { kind: "index-let", span, name, binders, value };
  }
  if (Comma !== undefined) {
    const names = (Name ?? []).map((one) => buildName(context, one, span));
    return { kind: "multi-let", span, names, value };
  }
  const kind = Tilde === undefined ? "let" : "draw";
  return { kind, span, name, type: buildType(context, type?.[0]), value };
};

const buildBinder = (context: BuildContext, node: cst.BinderCstNode): ast.Binder => {
  const span = nodeSpan(context, node);
  const { Name, Less, binary } = node.children;
  return {
    kind: "binder",
    span,
    name: buildName(context, Name?.[0], span),
    bound: Less === undefined ? null : buildBinary(context, binary?.[0], span),
  };
};

const buildStore = (context: BuildContext, node: cst.StoreStmtCstNode): ast.StoreStmt => {
  const span = nodeSpan(context, node);
  const { Param, Buffer, Name, type, Tilde, expr } = node.children;
  return {
    kind: "store",
    span,
    storage: Param !== undefined ? "param" : Buffer !== undefined ? "buffer" : "state",
    name: buildName(context, Name?.[0], span),
    type: buildType(context, type?.[0]),
    draw: Tilde !== undefined,
    value: buildExpr(context, expr?.[0], span),
  };
};

const buildNext = (context: BuildContext, node: cst.NextStmtCstNode): ast.NextStmt => {
  const span = nodeSpan(context, node);
  return {
    kind: "next-stmt",
    span,
    name: buildName(context, node.children.Name?.[0], span),
    value: buildExpr(context, node.children.expr?.[0], span),
  };
};

const buildRequire = (context: BuildContext, node: cst.RequireStmtCstNode): ast.RequireStmt => {
  const span = nodeSpan(context, node);
  const message = node.children.String?.[0];
  return {
    kind: "require",
    span,
    condition: buildExpr(context, node.children.expr?.[0], span),
    message: message === undefined ? null : buildString(context, message, span),
  };
};

const buildTrainItem = (
  context: BuildContext,
  node: cst.TrainItemCstNode,
): ast.TrainItem | null => {
  const { dataStmt, stepDecl, letStmt, minimizeStmt, metricStmt, requireStmt, setting } =
    node.children;
  if (dataStmt?.[0]) {
    const fields = (dataStmt[0].children.param ?? []).map((param) => buildParam(context, param));
    return { kind: "data", span: nodeSpan(context, dataStmt[0]), fields };
  }
  if (stepDecl?.[0]) return buildStep(context, stepDecl[0]);
  if (letStmt?.[0]) return buildLet(context, letStmt[0]);
  if (minimizeStmt?.[0]) return buildMinimize(context, minimizeStmt[0]);
  if (metricStmt?.[0]) return buildMetric(context, metricStmt[0]);
  if (requireStmt?.[0]) return buildRequire(context, requireStmt[0]);
  if (setting?.[0]) {
    const span = nodeSpan(context, setting[0]);
    const { Identifier, expr } = setting[0].children;
    return {
      kind: "setting",
      span,
      name: buildName(context, Identifier?.[0], span),
      value: buildExpr(context, expr?.[0], span),
    };
  }
  return null;
};

const buildStep = (context: BuildContext, node: cst.StepDeclCstNode): ast.StepDecl => {
  const span = nodeSpan(context, node);
  const { Name, Repeat, binary, stepItem } = node.children;
  return {
    kind: "step",
    span,
    name: buildName(context, Name?.[0], span),
    repeat: Repeat === undefined ? null : buildBinary(context, binary?.[0], span),
    items: (stepItem ?? []).flatMap(({ children }) => {
      if (children.letStmt?.[0]) return buildLet(context, children.letStmt[0]);
      if (children.minimizeStmt?.[0]) return buildMinimize(context, children.minimizeStmt[0]);
      if (children.metricStmt?.[0]) return buildMetric(context, children.metricStmt[0]);
      return [];
    }),
  };
};

const buildMinimize = (context: BuildContext, node: cst.MinimizeStmtCstNode): ast.MinimizeStmt => {
  const span = nodeSpan(context, node);
  return {
    kind: "minimize",
    span,
    loss: buildExpr(context, node.children.expr?.[0], span),
    targets: (node.children.target ?? []).map((target) => buildTarget(context, target)),
  };
};

const buildTarget = (context: BuildContext, node: cst.TargetCstNode): ast.Target => {
  const span = nodeSpan(context, node);
  const { path, postfix, Clip, binary } = node.children;
  return {
    kind: "target",
    span,
    over: (path ?? []).map((one) => ({
      kind: "path",
      span: nodeSpan(context, one),
      names: (one.children.Name ?? []).map((name) => buildName(context, name, span)),
    })),
    using: buildPostfix(context, postfix?.[0], span),
    clip: Clip === undefined ? null : buildBinary(context, binary?.[0], span),
  };
};

const buildMetric = (context: BuildContext, node: cst.MetricStmtCstNode): ast.MetricStmt => {
  const span = nodeSpan(context, node);
  return {
    kind: "metric",
    span,
    name: buildName(context, node.children.Name?.[0], span),
    value: buildExpr(context, node.children.expr?.[0], span),
  };
};
