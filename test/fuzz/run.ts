// Runs one generated program in every way there is and says where two of them part.

import { createPrelude, elaborate } from "../../compiler/frontend/index.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { distribute } from "../../compiler/passes/distribute.ts";
import { graphPasses, runGraphPasses } from "../../compiler/passes/index.ts";
import { initialValues } from "../programs/twin.ts";
import { dataOf, fixedSizesOf, inputsOf, sizesOf } from "./bind.ts";
import type { Sizes } from "./bind.ts";
import { differenceOf, firstOf } from "./compare.ts";
import type { Verdict } from "./compare.ts";
import { emit } from "./emitted.ts";
import type { Emit } from "./emitted.ts";
import { forwardVerdict } from "./forward.ts";
import { hasScans } from "./keeping.ts";
import { programText } from "./program.ts";
import type { Program } from "./program.ts";
import { slopeVerdict } from "./slope.ts";
import { trainingVerdict } from "./training.ts";

/** |a - b| for graphs in the interpreter, before and after passes. */
const tolerance = 1e-9;

const prelude = createPrelude();

type Refusal = { readonly errors: readonly Diagnostic[] };

const elaboratedWith = (program: Program, specialize: Partial<Sizes>): Module | Refusal => {
  const text = programText(program);
  const { modules, diagnostics } = elaborate({
    entry: "fuzz.dlm",
    read: (path) => (path === "fuzz.dlm" ? text : null),
    prelude,
    specialize,
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return errors.length > 0 ? { errors } : modules[0]!;
};

/** A loop over an axis that has the size of another: told by its symbol, not by a number. */
const ambiguousAxis = "DLM0407";

export const elaborated = (program: Program): Module | string => {
  const fixed = elaboratedWith(program, fixedSizesOf(program));
  const isAmbiguous = "errors" in fixed && fixed.errors.every(({ code }) => code === ambiguousAxis);
  const made = isAmbiguous ? elaboratedWith(program, {}) : fixed;
  if (!("errors" in made)) return made;
  return `refused: ${made.errors.map(({ code, message }) => `${code} ${message}`).join("; ")}`;
};

type Way = { readonly name: string; readonly graph: (graph: Graph) => Graph };

const singlePasses: readonly Way[] = graphPasses
  .filter(({ name }) => !name.endsWith("-gradients") && name !== "differentiate")
  .map(({ name, run }) => ({ name: `${name} alone`, graph: (g) => run(differentiate(g)) }));

const loopWays: readonly Way[] = [
  {
    name: "a loop for every cell",
    graph: (graph) => runGraphPasses(distribute(runGraphPasses(graph, "dead-code"), 1)),
  },
  { name: "keeping all", graph: (graph) => runGraphPasses(graph) },
  { name: "keeping carries", graph: (graph) => runGraphPasses(graph, null, "carries") },
  { name: "keeping segments", graph: (graph) => runGraphPasses(graph, null, "segments") },
];

/** Besides what is emitted: every pass alone in each eighth program, one more way to run loops where there are some. */
const waysOf = (program: Program): readonly Way[] => [
  ...(program.seed % 8 === 0 ? singlePasses : []),
  ...(hasScans(program) ? [loopWays[(program.seed >> 2) % loopWays.length]!] : []),
];

/** Each sixth program is trained, too, where its inputs can be data: their first axis is that of the batch. */
export const isTrained = ({ seed, inputs }: Program): boolean =>
  seed % 6 === 1 && inputs.every(({ shape }) => shape[0] === inputs[0]!.shape[0]);

export type Check = (program: Program) => Promise<Verdict>;

/** Interpreter against passes and the emitted code, values and gradients; slopes; memory laid out in several ways. */
const checkEverywhere: Check = async (program) => {
  const module = elaborated(program);
  if (typeof module === "string") return module;
  const entry = module.entries[0]!;
  const sizes = sizesOf(program);
  const env = new Map(Object.entries(sizes));
  const inputs = inputsOf(entry, dataOf(program), initialValues(module), sizes);
  const derived = differentiate(entry.graph);
  const truth = interpretGraph(derived, inputs, env);
  const names = entry.outputs.map((output) => (output.kind === "result" ? output.name : ""));
  const passVerdicts = function* (): Iterable<Verdict> {
    for (const way of waysOf(program)) {
      const values = interpretGraph(way.graph(entry.graph), inputs, env);
      for (const [i, { data }] of values.entries())
        yield differenceOf(`${way.name}: ${names[i]!}`, truth[i]!.data, data, tolerance);
    }
  };
  const ofPasses = firstOf(passVerdicts());
  if (ofPasses !== null) return ofPasses;
  // Twice, at different points: a slope measured across a kink is not the gradient's fault.
  const slopes = [0, 1].map(
    (n) => () => slopeVerdict(entry, derived, inputs, env, program.seed + n),
  );
  const slope = slopes[0]!();
  if (slope !== null && slopes[1]!() !== null) return slope;
  return emittedVerdict(program, module, emit);
};

/** Emitted code against the interpreter. */
export const emittedVerdict = async (
  program: Program,
  module: Module,
  emit: Emit,
): Promise<Verdict> => {
  const forward = await forwardVerdict(program, module, emit);
  return forward ?? (isTrained(program) ? trainingVerdict(program, emit) : null);
};

/** A verdict for what throws, too: a crash is a finding. */
export const verdictOf = async (
  program: Program,
  check: Check = checkEverywhere,
): Promise<Verdict> => {
  try {
    return await check(program);
  } catch (error) {
    return `crash: ${error instanceof Error ? error.message : String(error)}`;
  }
};
