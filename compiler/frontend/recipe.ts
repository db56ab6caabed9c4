// What a recipe consists of, sorted out of its items and checked for form before anything is elaborated.

import type {
  DataStmt,
  LetStmt,
  MetricStmt,
  MinimizeStmt,
  Name,
  RequireStmt,
  Setting,
  StepDecl,
  TrainDecl,
} from "../../grammar/ast.ts";
import type { Detail, Diagnostic } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";

/** One step; a recipe with a `minimize` of its own is one step without a name. */
export type RecipeStep = {
  readonly name: string;
  readonly decl: StepDecl | null;
  readonly lets: readonly LetStmt[];
  readonly minimize: MinimizeStmt;
  readonly metrics: readonly MetricStmt[];
};

export type Recipe = {
  readonly fields: DataStmt["fields"];
  readonly settings: readonly Setting[];
  readonly lets: readonly LetStmt[];
  readonly requires: readonly RequireStmt[];
  readonly steps: readonly RecipeStep[];
};

const isLet = (item: { readonly kind: string }): item is LetStmt =>
  item.kind === "let" ||
  item.kind === "draw" ||
  item.kind === "multi-let" ||
  item.kind === "index-let";

const reportCount = (
  report: (diagnostic: Diagnostic) => void,
  where: string,
  name: Span,
  found: readonly MinimizeStmt[],
): void => {
  const [first, second] = found;
  const text =
    second === undefined
      ? "add `minimize … using Adam()`"
      : "add the losses, or give each a `step` of its own";
  const labels = first === undefined ? [] : [{ span: first.span, text: "the first is here" }];
  const holes = { where, count: found.length === 0 ? "none" : found.length };
  report(diagnostic("DLM0607", second?.span ?? name, holes, { labels, helps: [{ text }] }));
};

/** Logs have these beside the metrics of a step, and beside the steps. */
const ownMetrics: readonly string[] = ["loss", "penalty", "step", "epoch"];
const ownSteps: readonly string[] = ["step", "epoch"];

const reportDuplicates = (
  steps: readonly RecipeStep[],
  report: (diagnostic: Diagnostic) => void,
): void => {
  const check = (names: readonly Name[], own: readonly string[]): void => {
    const seen = new Map<string, Span>();
    for (const { text, span } of names) {
      const first = seen.get(text);
      const detail: Detail =
        first === undefined
          ? { label: `logs have a \`${text}\` of their own` }
          : { labels: [{ span: first, text: "first here" }] };
      if (first !== undefined || own.includes(text))
        report(diagnostic("DLM0207", span, { name: text }, detail));
      seen.set(text, span);
    }
  };
  check(
    steps.flatMap(({ decl }) => (decl === null ? [] : [decl.name])),
    ownSteps,
  );
  for (const { metrics } of steps)
    check(
      metrics.map(({ name }) => name),
      ownMetrics,
    );
};

/** Null when it is not clear what to minimise; that is reported. */
export const readRecipe = (
  decl: TrainDecl,
  report: (diagnostic: Diagnostic) => void,
): Recipe | null => {
  const { items } = decl;
  const only = <K extends TrainDecl["items"][number]["kind"]>(kind: K) =>
    items.filter(
      (item): item is Extract<TrainDecl["items"][number], { kind: K }> => item.kind === kind,
    );
  const steps = only("step");
  const own = only("minimize");
  const metrics = only("metric");
  const name = decl.name.text;
  if (steps.length > 0 && own.length > 0) {
    const labels = [{ span: steps[0]!.name.span, text: "this recipe has steps" }];
    const helps = [{ text: "put it into a `step` of its own" }];
    report(diagnostic("DLM0611", own[0]!.span, {}, { labels, helps }));
    return null;
  }
  const complete: RecipeStep[] = [];
  if (steps.length === 0) {
    const [minimize] = own;
    if (minimize === undefined || own.length > 1) {
      reportCount(report, `recipe \`${name}\``, decl.name.span, own);
      return null;
    }
    complete.push({ name: "", decl: null, lets: [], minimize, metrics });
  }
  for (const step of steps) {
    const losses = step.items.filter((item) => item.kind === "minimize");
    const [minimize] = losses;
    if (minimize === undefined || losses.length > 1) {
      const where = `step \`${step.name.text}\``;
      reportCount(report, where, step.name.span, losses);
      return null;
    }
    complete.push({
      name: step.name.text,
      decl: step,
      lets: step.items.filter(isLet),
      minimize,
      // Metrics of the recipe itself are computed in its last step.
      metrics: [
        ...step.items.filter((item) => item.kind === "metric"),
        ...(step === steps.at(-1) ? metrics : []),
      ],
    });
  }
  reportDuplicates(complete, report);
  return {
    fields: only("data").flatMap(({ fields }) => fields),
    settings: only("setting"),
    lets: items.filter(isLet),
    requires: only("require"),
    steps: complete,
  };
};
