// Broken programs: the checker never throws, and every text is checked in bounded time.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createPrelude, elaborate } from "../../compiler/frontend/index.ts";
import { createRandom, mutate } from "./mutate.ts";

const cases = new URL("../cases/", import.meta.url);
const prelude = createPrelude();

/** Small programs that use the whole language; the large samples are mutated less often. */
const small = readdirSync(new URL("diagnostics/", cases))
  .filter((name) => name.startsWith("dlm"))
  .map((name) => readFileSync(new URL(`diagnostics/${name}/input.dlm`, cases), "utf8"));
const samples = readdirSync(new URL("grammar/samples/", cases)).map((name) =>
  readFileSync(new URL(`grammar/samples/${name}`, cases), "utf8"),
);

/** What goes wrong over `count` mutated programs: the messages of everything thrown, the slowest in ms. */
const survive = (texts: readonly string[], count: number, seed: number) => {
  const random = createRandom(seed);
  const thrown: string[] = [];
  let slowest = 0;
  let rejected = 0;
  for (let i = 0; i < count; i++) {
    let text = texts[random(texts.length)] ?? "";
    for (let changes = 1 + random(3); changes > 0; changes--) text = mutate(text, random);
    const start = performance.now();
    try {
      const { diagnostics } = elaborate({
        entry: "p.dlm",
        read: (path) => (path === "p.dlm" ? text : null),
        prelude,
      });
      if (diagnostics.length > 0) rejected += 1;
    } catch (error) {
      thrown.push(`${String(error)}\n${text}`);
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  return { thrown, slowest, rejected };
};

describe("broken programs", () => {
  test("9,500 mutations of small programs give reports and never throw", () => {
    const { thrown, slowest, rejected } = survive(small, 9500, 20);
    expect(thrown).toEqual([]);
    expect(slowest).toBeLessThan(10_000);
    expect(rejected).toBeGreaterThan(5000);
  }, 600_000);

  test("500 mutations of the sample programs give reports and never throw", () => {
    const { thrown, slowest, rejected } = survive(samples, 500, 21);
    expect(thrown).toEqual([]);
    expect(slowest).toBeLessThan(10_000);
    expect(rejected).toBeGreaterThan(100);
  }, 600_000);

  test.each([
    [
      "a repeat without end",
      "model M(x: [B, 3]) -> [B, 3] { return x -> repeat 1000000000 { relu } }",
    ],
    [
      "nested repeats",
      "model M(x: [B, 3]) -> [B, 3] { return x -> repeat 9999 { repeat 9999 { Dense(3) } } }",
    ],
    [
      "functions that double",
      `${Array.from({ length: 40 }, (_, i) => `fn f${i + 1}(x) = f${i}(x) + f${i}(x)`).join("\n")}
       fn f0(x) = x * 2
       model M(x: [B, 3]) -> [B, 3] { return f40(x) }`,
    ],
    [
      "blocks that contain each other",
      `block P()(x: [B, D]) -> [B, D] { return x -> Q() }
       block Q()(x: [B, D]) -> [B, D] { return x -> P() }
       model M(x: [B, 3]) -> [B, 3] { return x -> P() }`,
    ],
    ["a list without end", "model M(x: [B, 3]) -> [B] { return sum(x) * len(range(1000000000)) }"],
    [
      "a size beyond 2^53",
      "model M(x: [9007199254740991, 3]) -> [B] { return reshape(x, [3 * 9007199254740991]) }",
    ],
    [
      "a list that doubles",
      `let A0 = [1, 2, 3]
       ${Array.from({ length: 40 }, (_, i) => `let A${i + 1} = [...A${i}, ...A${i}]`).join("\n")}
       model M(x: [B, 3]) -> [B, 3] { return x * len(A40) }`,
    ],
    [
      "a long chain of constants",
      `${Array.from({ length: 3000 }, (_, i) => `let A${3000 - i} = A${2999 - i} + 1`).join("\n")}
       let A0 = 1
       model M(x: [B, 3]) -> [B, 3] { return x * A3000 }`,
    ],
    [
      "a long chain of blocks",
      `${Array.from({ length: 300 }, (_, i) => `block P${i + 1}()(x: [B, D]) -> [B, D] { return x -> P${i}() }`).join("\n")}
       block P0()(x: [B, D]) -> [B, D] { return x }
       model M(x: [B, 3]) -> [B, 3] { return x -> P300() }`,
    ],
    ["a huge power", "fn f(x) = x^1000000\nmodel M(x: [B, 3]) -> [B, 3] { return f(x) }"],
    [
      "a huge stack of splits",
      "model M(x: [B, 100000000]) -> [B] { let a = split(x, 100000000)\n return x }",
    ],
  ])("%s is refused in bounded time", (_name, text) => {
    const start = performance.now();
    const { diagnostics } = elaborate({ entry: "p.dlm", read: () => text, prelude });
    expect(performance.now() - start).toBeLessThan(20_000);
    if (!text.includes("x^1000000")) expect(diagnostics).not.toEqual([]);
  });
});
