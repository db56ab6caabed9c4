import { describe, expect, test } from "vitest";
import { parseGraph } from "../../compiler/ir/graph-parse.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { gradientPath } from "../../compiler/passes/gradient-path.ts";
import type { Value } from "../../compiler/ir/graph.ts";

/** Outputs of a graph of vectors of length n after its markers are expanded. */
const run = (text: string, ...inputs: readonly (readonly number[])[]): readonly number[][] => {
  const graph = differentiate(parseGraph(text));
  expect(graph.ops.filter((op) => op.name === "grad")).toEqual([]);
  const tensors = inputs.map((data) => tensor("f32", [data.length], data));
  return interpretGraph(graph, tensors).map((t) => [...t.data]);
};

/** The gradient of sum(body) at the points of %x, where %r is the last value of the body. */
const slope = (points: readonly number[], body: string): readonly number[] => {
  const n = points.length;
  const text = `graph @f(%x: tensor<${n}xf32>) {
    %zero = constant() {value=0, shape=[${n}], dtype="f32"} : tensor<${n}xf32>
    %positive = lt(%zero, %x) : tensor<${n}xbool>
    ${body.replaceAll("T", `tensor<${n}xf32>`).replaceAll("M", `tensor<${n}xbool>`)}
    %y = reduceSum(%r) {axes=[0]} : tensor<f32>
    %g = grad(%y, %x) : tensor<${n}xf32>
    return %g
  }`;
  return run(text, points)[0]!;
};

describe("the side of a select that is not taken has a gradient of exactly 0", () => {
  test("through a square root at 0 and below", () => {
    const body = `%s = sqrt(%x) : T
      %r = select(%positive, %s, %zero) : T`;
    expect(slope([0, -1, 4], body)).toEqual([0, 0, 0.25]);
  });

  test("through a chain of log and division", () => {
    const body = `%l = log(%x) : T
      %d = div(%l, %x) : T
      %r = select(%positive, %d, %zero) : T`;
    expect(slope([0, -1, 1], body)).toEqual([0, 0, 1]);
  });

  test("through a power with a fractional exponent", () => {
    const body = `%half = constant() {value=0.5, shape=[3], dtype="f32"} : T
      %p = pow(%x, %half) : T
      %r = select(%positive, %p, %zero) : T`;
    expect(slope([0, -1, 4], body)).toEqual([0, 0, 0.25]);
  });

  test("when the chain is used twice on its side", () => {
    const body = `%s = sqrt(%x) : T
      %t = mul(%s, %s) : T
      %u = add(%t, %s) : T
      %r = select(%positive, %u, %zero) : T`;
    expect(slope([0, -1, 4], body)).toEqual([0, 0, 1.25]);
  });

  test("when two selects with different conditions share the chain", () => {
    const body = `%s = sqrt(%x) : T
      %one = constant() {value=1, shape=[3], dtype="f32"} : T
      %above = lt(%one, %x) : M
      %a = select(%above, %s, %zero) : T
      %b = select(%positive, %s, %a) : T
      %c = select(%above, %b, %zero) : T
      %r = add(%b, %c) : T`;
    expect(slope([0, -1, 4], body)).toEqual([0, 0, 0.5]);
  });

  test("when both sides use the value", () => {
    const body = `%n = neg(%x) : T
      %r = select(%positive, %x, %n) : T`;
    expect(slope([0, -1, 4], body)).toEqual([-1, -1, 1]);
  });
});

describe("at kinks", () => {
  test("abs has slope 0 at 0", () => {
    expect(slope([0, -2, 3], "%r = abs(%x) : T")).toEqual([0, -1, 1]);
  });

  test("equal operands of max share the gradient, half each", () => {
    expect(slope([0, -2, 3], "%r = max(%x, %zero) : T")).toEqual([0.5, 0, 1]);
  });

  test("sqrt has an infinite slope at 0", () => {
    expect(slope([0, 4, 1], "%r = sqrt(%x) : T")).toEqual([Infinity, 0.25, 0.5]);
  });

  test("x^0 has slope 0 at 0, x^2 has slope 2x below 0", () => {
    expect(slope([0, -2, 3], "%r = pow(%x, %zero) : T").map(Math.abs)).toEqual([0, 0, 0]);
    const square = `%two = constant() {value=2, shape=[3], dtype="f32"} : T
      %r = pow(%x, %two) : T`;
    expect(slope([0, -2, 3], square).map((v) => v + 0)).toEqual([0, -4, 6]);
  });

  test("the first maximum takes the gradient", () => {
    const text = `graph @f(%x: tensor<4xf32>) {
      %y = reduceMax(%x) {axes=[0]} : tensor<f32>
      %g = grad(%y, %x) : tensor<4xf32>
      return %g
    }`;
    expect(run(text, [1, 3, 3, 2])[0]).toEqual([0, 1, 0, 0]);
  });

  test("sigmoid and tanh have finite slopes far out", () => {
    expect(slope([1e4, -1e4, 0], "%r = sigmoid(%x) : T")).toEqual([0, 0, 0.25]);
    expect(slope([1e4, -1e4, 0], "%r = tanh(%x) : T")).toEqual([0, 0, 1]);
  });
});

describe("products with a zero factor", () => {
  const text = `graph @f(%x: tensor<3xf32>) {
    %y = reduceProd(%x) {axes=[0]} : tensor<f32>
    %g = grad(%y, %x) : tensor<3xf32>
    return %g
  }`;
  test("one zero gets the product of the others", () => {
    expect(run(text, [2, 0, 3])[0]).toEqual([0, 6, 0]);
  });
  test("two zeros leave nothing", () => {
    expect(run(text, [0, 0, 3])[0]).toEqual([0, 0, 0]);
  });
});

describe("gradients of gradients", () => {
  test("the second derivative of sin is -sin", () => {
    const text = `graph @f(%x: tensor<3xf32>) {
      %s = sin(%x) : tensor<3xf32>
      %y = reduceSum(%s) {axes=[0]} : tensor<f32>
      %g = grad(%y, %x) : tensor<3xf32>
      %z = reduceSum(%g) {axes=[0]} : tensor<f32>
      %h = grad(%z, %x) : tensor<3xf32>
      return %g, %h
    }`;
    const points = [0.3, -1, 2];
    const [g, h] = run(text, points);
    points.forEach((x, i) => {
      expect(g![i]).toBeCloseTo(Math.cos(x), 14);
      expect(h![i]).toBeCloseTo(-Math.sin(x), 14);
    });
  });

  test("a penalty on a gradient reaches the weights", () => {
    // f = sum(w * x^2), g = df/dx = 2 w x, penalty = sum(g^2) = 4 w^2 x^2, by w: 8 w x^2.
    const text = `graph @f(%x: tensor<2xf32>, @w: tensor<2xf32>) {
      %q = mul(%x, %x) : tensor<2xf32>
      %p = mul(@w, %q) : tensor<2xf32>
      %y = reduceSum(%p) {axes=[0]} : tensor<f32>
      %g = grad(%y, %x) : tensor<2xf32>
      %s = mul(%g, %g) : tensor<2xf32>
      %z = reduceSum(%s) {axes=[0]} : tensor<f32>
      %h = grad(%z, @w) : tensor<2xf32>
      return %h
    }`;
    expect(run(text, [3, -0.5], [2, 5])[0]).toEqual([144, 10]);
  });

  test("markers of one y share the sweep, and a value in the middle has a gradient", () => {
    const text = `graph @f(%a: tensor<2xf32>) {
      %m = exp(%a) : tensor<2xf32>
      %q = mul(%m, %m) : tensor<2xf32>
      %y = reduceSum(%q) {axes=[0]} : tensor<f32>
      %gm = grad(%y, %m) : tensor<2xf32>
      %ga = grad(%y, %a) : tensor<2xf32>
      return %m, %gm, %ga
    }`;
    const [m, gm, ga] = run(text, [0, 1]);
    m!.forEach((value, i) => {
      expect(gm![i]).toBeCloseTo(2 * value, 14);
      expect(ga![i]).toBeCloseTo(2 * value * value, 12);
    });
  });

  test("no path gives zeros", () => {
    const text = `graph @f(%a: tensor<2xf32>, %b: tensor<3xf32>) {
      %y = reduceSum(%a) {axes=[0]} : tensor<f32>
      %g = grad(%y, %b) : tensor<3xf32>
      return %g
    }`;
    expect(run(text, [1, 2], [3, 4, 5])[0]).toEqual([0, 0, 0]);
  });
});

describe("gradientPath", () => {
  const pathOf = (body: string) => {
    const graph = parseGraph(`graph @f(%x: tensor<2xf32>, %other: tensor<2xf32>) {
      ${body.replaceAll("T", "tensor<2xf32>")}
      return %y
    }`);
    return gradientPath(graph.outputs[0] as Value, graph.inputs[0] as Value);
  };

  test("is smooth along ops with gradients", () => {
    expect(pathOf("%s = sin(%x) : T\n%y = mul(%s, %other) : T").kind).toBe("smooth");
  });

  test("is none where y does not depend on x", () => {
    expect(pathOf("%y = sin(%other) : T").kind).toBe("none");
  });

  test("names the op that stops the gradient", () => {
    const path = pathOf("%e = exp(%x) : T\n%s = floor(%e) : T\n%y = mul(%s, %other) : T");
    expect(path.kind === "flat" && path.at.name).toBe("floor");
    const stopped = pathOf("%s = stopGradient(%x) : T\n%y = mul(%s, %other) : T");
    expect(stopped.kind === "flat" && stopped.at.name).toBe("stopGradient");
  });

  test("is smooth when one of two paths is", () => {
    expect(pathOf("%s = floor(%x) : T\n%y = mul(%s, %x) : T").kind).toBe("smooth");
  });

  test("meets the cast of a comparison", () => {
    const path = pathOf(`%c = lt(%x, %other) : tensor<2xbool>\n%y = cast(%c) {dtype="f32"} : T`);
    expect(path.kind === "flat" && path.at.name).toBe("lt");
  });
});
