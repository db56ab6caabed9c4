import { describe, expect, test } from "vitest";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { isOpName, ops } from "../../compiler/ops/index.ts";
import { buildSample, drawOperands } from "./draw-sample.ts";

const names = Object.keys(ops).filter(isOpName);
/** Expanded before anything runs, or made of a graph of its own: nothing to sample. */
const markers = ["grad", "scan"];

test("the table holds the records of the design and no other", () => {
  expect(names.sort()).toEqual(
    [
      ..."add sub mul div mod pow min max neg abs floor exp expm1 log log1p sqrt sin cos atan erf".split(
        " ",
      ),
      ..."tanh sigmoid eq lt le not select cast stopGradient".split(" "),
      ..."reduceSum reduceMax reduceProd argMax contract reshape transpose broadcast slice pad".split(
        " ",
      ),
      ..."concat window fold gather scatterAdd cumSum topK iota constant random grad scan".split(
        " ",
      ),
    ].sort(),
  );
});

describe.each(names)("%s", (name) => {
  const { doc, arity, samples, vjp } = ops[name];

  test("has a sentence of documentation", () => {
    expect(doc).toMatch(/^\S.{8,}\.$/);
  });

  test("has a gradient rule or the reason for none", () => {
    if (typeof vjp !== "function") expect(vjp.flat.length).toBeGreaterThan(10);
  });

  if (markers.includes(name)) return;

  test("has at least three samples of the right arity", () => {
    expect(samples.length).toBeGreaterThanOrEqual(3);
    if (arity === "many") return;
    for (const sample of samples) expect(sample.operands.length).toBe(arity);
  });

  test("gives results of the type it infers", () => {
    samples.forEach((sample) => {
      const { b, inputs, result } = buildSample(name, sample);
      const graph = b.finish("sample", [], inputs, [result]);
      const [found] = interpretGraph(graph, drawOperands(sample));
      expect(found!.dtype).toBe(result.type.dtype);
      expect(found!.shape).toEqual(result.type.shape.map((dim) => evaluateDim(dim, new Map())));
      expect(found!.data.every((value) => !Number.isNaN(value))).toBe(true);
    });
  });
});
