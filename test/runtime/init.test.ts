// Initial values: exact where they are exact, by their statistics where they are drawn.
import { describe, expect, test } from "vitest";
import type { Init } from "../../runtime/abi.ts";
import { initialise, initialValues } from "../../runtime/init.ts";
import { normalAt, streamKey, uniformAt } from "../../runtime/random.ts";

const spec = (init: Init, shape: readonly number[] = [211, 97], stream = "Dense_0/W") => ({
  init,
  shape,
  stream,
});

const statistics = (values: ArrayLike<number>) => {
  const list = Array.from(values);
  const mean = list.reduce((sum, v) => sum + v, 0) / list.length;
  const std = Math.sqrt(list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / list.length);
  return { mean, std, min: Math.min(...list), max: Math.max(...list) };
};

describe("initialise", () => {
  test("fills with a constant, also a scalar and an empty tensor", () => {
    expect([...initialise(spec({ kind: "constant", value: 0.25 }, [2, 3]), 0)]).toEqual(
      new Array(6).fill(0.25),
    );
    expect([...initialise(spec({ kind: "constant", value: -1 }, []), 0)]).toEqual([-1]);
    expect(initialise(spec({ kind: "normal", mean: 0, std: 1 }, [0, 4]), 0).length).toBe(0);
  });

  test("draws from the stream of the tensor, rounded once", () => {
    const [key0, key1] = streamKey("Dense_0/W", 3, 0);
    const uniform = initialise(spec({ kind: "uniform", lo: -0.1, hi: 0.3 }), 3);
    const normal = initialise(spec({ kind: "normal", mean: 2, std: 0.01 }), 3);
    for (const i of [0, 1, 57, 20466]) {
      expect(uniform[i]).toBe(Math.fround(-0.1 + (0.3 - -0.1) * uniformAt(key0, key1, 0, i)));
      expect(normal[i]).toBe(Math.fround(2 + 0.01 * normalAt(key0, key1, 0, i)));
    }
  });

  test("is the same for the same seed and differs by seed and stream", () => {
    const init: Init = { kind: "normal", mean: 0, std: 1 };
    expect(initialise(spec(init), 5)).toEqual(initialise(spec(init), 5));
    expect(initialise(spec(init), 5)).not.toEqual(initialise(spec(init), 6));
    expect(initialise(spec(init), 5)).not.toEqual(initialise(spec(init), 5 + 2 ** 32));
    expect(initialise(spec(init), 5)).not.toEqual(initialise(spec(init, [211, 97], "b"), 5));
  });

  test("uniform spreads over its range", () => {
    const { mean, std, min, max } = statistics(
      initialise(spec({ kind: "uniform", lo: -2, hi: 4 }), 0),
    );
    expect(Math.abs(mean - 1)).toBeLessThan(0.05);
    expect(Math.abs(std - 6 / Math.sqrt(12))).toBeLessThan(0.03);
    expect(min).toBeGreaterThanOrEqual(-2);
    expect(max).toBeLessThan(4);
  });

  test("normal has its mean and deviation", () => {
    const { mean, std } = statistics(initialise(spec({ kind: "normal", mean: -3, std: 0.5 }), 0));
    expect(Math.abs(mean + 3)).toBeLessThan(0.015);
    expect(Math.abs(std - 0.5)).toBeLessThan(0.01);
  });

  test("truncated stays within its cut, with the narrower deviation", () => {
    const init: Init = { kind: "truncated", mean: 1, std: 2, cut: 2 };
    const { mean, std, min, max } = statistics(initialise(spec(init), 0));
    expect(min).toBeGreaterThanOrEqual(-3);
    expect(max).toBeLessThanOrEqual(5);
    expect(max).toBeGreaterThan(4.5);
    expect(Math.abs(mean - 1)).toBeLessThan(0.05);
    // The standard normal cut at 2 has deviation 0.8796.
    expect(Math.abs(std - 2 * 0.8796)).toBeLessThan(0.04);
  });

  test("bernoulli is 1 with its probability", () => {
    const values = initialise(spec({ kind: "bernoulli", p: 0.3 }), 0);
    expect(new Set(values)).toEqual(new Set([0, 1]));
    expect(Math.abs(statistics(values).mean - 0.3)).toBeLessThan(0.015);
  });

  test("integers are whole, inside and equally likely", () => {
    const values = initialise(spec({ kind: "integers", lo: -2, hi: 5 }), 0);
    const counts = new Map<number, number>();
    for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3, 4]);
    const expected = values.length / 7;
    const chi2 = [...counts.values()].reduce((s, n) => s + (n - expected) ** 2 / expected, 0);
    expect(chi2).toBeLessThan(22.5); // 6 degrees of freedom, p = 0.001
  });
});

describe("initialise refuses", () => {
  test.each<Init>([
    { kind: "truncated", mean: 0, std: 1, cut: 0 },
    { kind: "integers", lo: 3, hi: 3 },
  ])("%j, which could never be drawn", (init) => {
    expect(() => initialise(spec(init), 0)).toThrow(expect.objectContaining({ code: "bad-init" }));
  });
});

describe("orthogonal", () => {
  const gram = (values: Float64Array, rows: number, columns: number, ofRows: boolean) => {
    const n = ofRows ? rows : columns;
    const depth = ofRows ? columns : rows;
    const at = (i: number, k: number): number =>
      values[ofRows ? i * columns + k : k * columns + i]!;
    return Array.from({ length: n * n }, (_, ij) => {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += at(Math.floor(ij / n), k) * at(ij % n, k);
      return sum;
    });
  };

  test.each([
    [7, 3],
    [3, 7],
    [5, 5],
    [1, 4],
    [4, 1],
  ])("%i x %i has orthonormal columns or rows times its gain", (rows, columns) => {
    const q = initialValues(spec({ kind: "orthogonal", gain: 1.5 }, [rows, columns]), 4);
    const products = gram(q, rows, columns, rows < columns);
    const n = Math.min(rows, columns);
    products.forEach((value, ij) => {
      expect(value).toBeCloseTo(Math.floor(ij / n) === ij % n ? 1.5 ** 2 : 0, 12);
    });
  });

  test("flattens all but the last axis", () => {
    const flat = initialValues(spec({ kind: "orthogonal", gain: 1 }, [6, 5]), 4);
    expect(initialValues(spec({ kind: "orthogonal", gain: 1 }, [2, 3, 5]), 4)).toEqual(flat);
  });

  test("is Q of the draw with a positive diagonal of R", () => {
    const [m, n] = [6, 4];
    const [key0, key1] = streamKey("Dense_0/W", 4, 0);
    const q = initialValues(spec({ kind: "orthogonal", gain: 1 }, [m, n]), 4);
    // R = transpose(Q) A must be upper triangular with a positive diagonal.
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let r = 0;
        for (let k = 0; k < m; k++) r += q[k * n + i]! * normalAt(key0, key1, 0, j * m + k);
        if (i === j) expect(r).toBeGreaterThan(0.01);
        else expect(r).toBeCloseTo(0, 12);
      }
    }
  });

  test("favours no direction", () => {
    let sum = 0;
    for (let seed = 0; seed < 2000; seed++) {
      sum += initialValues(spec({ kind: "orthogonal", gain: 1 }, [3, 3]), seed)[0]!;
    }
    expect(Math.abs(sum / 2000)).toBeLessThan(0.05);
  });
});
