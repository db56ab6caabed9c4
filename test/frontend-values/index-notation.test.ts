// Index notation in numbers: products, convolutions, gathers, masks, normalisers, against loops written out.

import { expect, test } from "vitest";
import { fill, indices, numbers, range, read, runModel, sum } from "./run-model.ts";
import type { Given } from "./run-model.ts";

const close = (got: readonly number[], wanted: readonly number[]): void => {
  expect(got.length).toBe(wanted.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 9));
};

const expectModel = (
  text: string,
  given: Readonly<Record<string, Given>>,
  shape: readonly number[],
  at: (index: readonly number[]) => number,
): void => {
  const [result] = runModel(text, given);
  expect(result!.shape).toEqual(shape);
  close(result!.data, fill(shape, at));
};

test("a product under sum contracts the letter that only it binds", () => {
  const [a, b] = [numbers([3, 5]), numbers([5, 7], 2)];
  const text = `model M(a: [I, K], b: [K, J]) -> [I, J] {
    let y[i, j] = sum[k](a[i, k] * b[k, j])
    return y
  }`;
  expectModel(text, { a, b }, [3, 7], ([i, j]) =>
    sum(range(5).map((k) => read(a, i!, k) * read(b, k, j!))),
  );
});

test("the letters on the left say the order of the axes", () => {
  const a = numbers([3, 5]);
  const text = `model M(a: [I, K]) -> [K, I] { let y[k, i] = 2 * a[i, k]  return y }`;
  expectModel(text, { a }, [5, 3], ([k, i]) => 2 * read(a, i!, k!));
});

test("a strided and dilated convolution reads through windows", () => {
  const [x, K] = [numbers([2, 9, 11, 3]), numbers([3, 2, 3, 5], 2)];
  const text = `model M(x: [B, 9, 11, 3], K: [3, 2, 3, 5]) -> [B, 3, 8, 5] {
    let y[n, h < 3, w < 8, o] = sum[i, j, c](x[n, h * 2 + i * 2, w + j * 3, c] * K[i, j, c, o])
    return y
  }`;
  expectModel(text, { x, K }, [2, 3, 8, 5], ([n, h, w, o]) =>
    sum(
      range(3).flatMap((i) =>
        range(2).flatMap((j) =>
          range(3).map((c) => read(x, n!, h! * 2 + i * 2, w! + j * 3, c) * read(K, i, j, c, o!)),
        ),
      ),
    ),
  );
});

test("negative coefficients read backwards", () => {
  const [x, k] = [numbers([7]), numbers([3], 2)];
  const flipped = `model M(x: [7]) -> [7] { let y[i < 7] = x[6 - i]  return y }`;
  expectModel(flipped, { x }, [7], ([i]) => read(x, 6 - i!));
  const convolved = `model M(x: [7], k: [3]) -> [5] {
    let y[t < 5] = sum[i](x[t + 2 - i] * k[i])
    return y
  }`;
  expectModel(convolved, { x, k }, [5], ([t]) =>
    sum(range(3).map((i) => read(x, t! + 2 - i) * read(k, i))),
  );
});

test("three letters in one subscript are windows of windows", () => {
  const x = numbers([20]);
  const text = `model M(x: [20]) -> [3, 2, 4] {
    let y[a < 3, b < 2, c < 4] = x[a * 5 + b * 3 + c + 1]
    return y
  }`;
  expectModel(text, { x }, [3, 2, 4], ([a, b, c]) => read(x, a! * 5 + b! * 3 + c! + 1));
});

test("a letter on two axes takes the diagonal, with symbolic sizes too", () => {
  const x = numbers([4, 4, 3]);
  for (const N of ["4", "N"]) {
    const text = `model M(x: [${N}, ${N}, 3]) -> [${N}, 3] { let y[i, c] = x[i, i, c]  return y }`;
    expectModel(text, { x }, [4, 3], ([i, c]) => read(x, i!, i!, c!));
  }
});

test("causal attention masks by comparing letters", () => {
  const [B, T, H, D] = [2, 5, 3, 7];
  const qkv = numbers([B, T, 3, H, D]);
  const text = `model M(qkv: [B, T, 3, 3, 7]) -> [B, T, 3, 7] {
    let s[b, h, t, u] = sum[d](qkv[b, t, 0, h, d] * qkv[b, u, 1, h, d]) / sqrt(7)
    let a[b, h, t, u] = softmax[u](if u <= t then s[b, h, t, u] else -inf)
    let y[b, t, h, d] = sum[u](a[b, h, t, u] * qkv[b, u, 2, h, d])
    return y
  }`;
  expectModel(text, { qkv }, [B, T, H, D], ([b, t, h, d]) => {
    const e = range(t! + 1).map((u) =>
      Math.exp(
        sum(range(D).map((k) => read(qkv, b!, t!, 0, h!, k) * read(qkv, b!, u, 1, h!, k))) /
          Math.sqrt(D),
      ),
    );
    return sum(e.map((w, u) => (w / sum(e)) * read(qkv, b!, u, 2, h!, d!)));
  });
});

test("int tensors as subscripts gather, with batch letters and without", () => {
  const [B, T, D, F, E] = [2, 5, 3, 7, 4];
  const [x, W, p, k] = [
    numbers([B, T, D]),
    numbers([E, D, F], 2),
    numbers([B, T, E], 3),
    indices([B, T], E),
  ];
  const text = `model M(x: [B, T, 3], W: [4, 3, 7], p: [B, T, 4], k: int[B, T]) -> [B, T, 7] {
    let h[b, t, f] = p[b, t, k[b, t]] * sum[d](x[b, t, d] * W[k[b, t], d, f])
    return h
  }`;
  expectModel(text, { x, W, p, k }, [B, T, F], ([b, t, f]) => {
    const e = read(k, b!, t!);
    return read(p, b!, t!, e) * sum(range(D).map((d) => read(x, b!, t!, d) * read(W, e, d, f!)));
  });
});

test("a table gathered in the middle keeps its other axes in place", () => {
  const [table, i] = [numbers([3, 5, 2]), indices([4], 5)];
  const text = `model M(table: [3, 5, 2], i: int[N]) -> [3, N, 2] { return table[:, i] }`;
  expectModel(text, { table, i }, [3, 4, 2], ([a, n, c]) => read(table, a!, read(i, n!), c!));
  const tokens = indices([2, 3], 5);
  const wte = numbers([5, 7], 4);
  const lookup = `model M(wte: [5, 7], tokens: int[B, T]) -> [B, T, 7] { return wte[tokens] }`;
  expectModel(lookup, { wte, tokens }, [2, 3, 7], ([b, t, c]) =>
    read(wte, read(tokens, b!, t!), c!),
  );
});

test("two int tensors in one subscript gather one element per combination", () => {
  const [x, a, b] = [numbers([3, 5, 2]), indices([7], 3), indices([7], 5, 2)];
  const text = `model M(x: [3, 5, 2], a: int[N], b: int[N]) -> [N, 2] {
    let y[n, c] = x[a[n], b[n], c]
    return y
  }`;
  expectModel(text, { x, a, b }, [7, 2], ([n, c]) => read(x, read(a, n!), read(b, n!), c!));
});

test("a batch letter may be shifted where the tensor is read", () => {
  const [x, k] = [numbers([6, 4]), indices([5], 4)];
  const text = `model M(x: [6, 4], k: int[5]) -> [5] { let y[b] = x[b + 1, k[b]]  return y }`;
  expectModel(text, { x, k }, [5], ([b]) => read(x, b! + 1, read(k, b!)));
});

test("letters wrapped by % gather", () => {
  const x = numbers([5]);
  const text = `model M(x: [5]) -> [5] { let y[i < 5] = x[(i - 2) % 5]  return y }`;
  expectModel(text, { x }, [5], ([i]) => read(x, (i! + 3) % 5));
});

test("letters are ints that compare, and bounds give them a range", () => {
  const k = indices([3, 5], 4);
  const text = `model M(k: int[B, T]) -> [4] {
    let load[e < 4] = mean[b, t](k[b, t] == e)
    return load
  }`;
  expectModel(text, { k }, [4], ([e]) => k.data.filter((each) => each === e).length / 15);
  const tri = `model M(x: [B]) -> [3, 4] { let y[i < 3, j < 4] = float(i * 2 - j + 1)  return y }`;
  expectModel(tri, { x: numbers([2]) }, [3, 4], ([i, j]) => i! * 2 - j! + 1);
});

test("max, min, any and user functions reduce by letters, normalisers keep them", () => {
  const x = numbers([2, 6, 5]);
  const pool = `model M(x: [B, 6, 5]) -> [B, 3, 5] {
    let y[b, h < 3, c] = max[i < 2](x[b, h * 2 + i, c])
    return y
  }`;
  expectModel(pool, { x }, [2, 3, 5], ([b, h, c]) =>
    Math.max(read(x, b!, h! * 2, c!), read(x, b!, h! * 2 + 1, c!)),
  );
  const own = `fn centre(x, over = -1) = x - mean(x, over = over, keepdim = true)
  model M(x: [B, 6, 5]) -> [B, 5, 6] { let y[b, c, t] = centre[t](x[b, t, c])  return y }`;
  expectModel(
    own,
    { x },
    [2, 5, 6],
    ([b, c, t]) => read(x, b!, t!, c!) - sum(range(6).map((u) => read(x, b!, u, c!))) / 6,
  );
  const running = `model M(x: [B, 6, 5]) -> [B, 6, 5] { let y[b, t, c] = cumsum[t](x[b, t, c])  return y }`;
  expectModel(running, { x }, [2, 6, 5], ([b, t, c]) =>
    sum(range(t! + 1).map((u) => read(x, b!, u, c!))),
  );
});

test("element-wise functions of the user work per combination of letters", () => {
  const x = numbers([3, 5]);
  const text = `fn squash(a, b = 2.0) = tanh(a) * b + a^2
  model M(x: [I, J]) -> [J] { let y[j] = sum[i](squash(x[i, j], b = 3) / (i + 1))  return y }`;
  expectModel(text, { x }, [5], ([j]) =>
    sum(range(3).map((i) => (Math.tanh(read(x, i, j!)) * 3 + read(x, i, j!) ** 2) / (i + 1))),
  );
});

test("a subexpression without letters is computed once, on whole arrays", () => {
  const q = numbers([3, 5]);
  const k = indices([3], 5);
  const text = `model M(q: [B, K], k: int[B]) -> [B] {
    let y[b] = softmax(q)[b, k[b]] - mean(q)
    return y
  }`;
  const e = (b: number, j: number): number => Math.exp(read(q, b, j));
  const mean = sum(q.data) / 15;
  expectModel(
    text,
    { q, k },
    [3],
    ([b]) => e(b!, read(k, b!)) / sum(range(5).map((j) => e(b!, j))) - mean,
  );
});

test("a sum without an index let is a plain value", () => {
  const [x, y] = [numbers([5]), numbers([5], 2)];
  const text = `model M(x: [5], y: [5]) -> float { return sum[i](x[i] * y[i]) }`;
  expectModel(text, { x, y }, [], () => sum(range(5).map((i) => read(x, i) * read(y, i))));
});
