// What programs need beyond what every device has: reports where they are compiled, and how what is stored is cut.

import { describe, expect, test } from "vitest";
import { storedParts } from "../../../compiler/backends/wgsl/stored-parts.ts";
import { compile, lower, webgpuBackend } from "../../../compiler/index.ts";
import type { Compilation } from "../../../compiler/index.ts";
import { typescriptBackend } from "../../../compiler/index.ts";
import type { Diagnostic } from "../../../grammar/diagnostic.ts";

const compiled = (text: string, backend = webgpuBackend): Compilation =>
  compile({ entry: "a.dlm", read: (path) => (path === "a.dlm" ? text : null), backend });

/** Each with the text that it points at. */
const reported = (text: string): readonly (readonly [string, string, string])[] =>
  compiled(text).diagnostics.map(({ code, message, span }) => [
    code,
    message,
    text.slice(span.start, span.end),
  ]);

const net = (width: number): string =>
  `model Net(x: [B, 100]) -> [B, 10] { return x -> Dense(${width}) -> Dense(${width}) -> Dense(10) }\n`;
const fit = (batch: number): string => `train Fit {
  data x: [B, 100], y: [B, 10]
  let net = Net()
  minimize mean((net(x) - y)^2) using Adam()
  batch: ${batch}
}
`;

describe("reports", () => {
  test("a weight that not every device has room for: its size, its limit and its layer", () => {
    expect(reported(net(12_000))).toEqual([
      [
        "DLM0914",
        "`@Dense_1.W` takes 576 MB in one piece: this needs a GPU whose `maxStorageBufferBindingSize` is as large",
        "Dense(12000)",
      ],
      [
        "DLM0914",
        "the memory that `@Dense_1.W` lies in takes 576 MB in one piece: this needs a GPU whose `maxBufferSize` is as large",
        "Dense(12000)",
      ],
    ]);
  });

  test("of a model and the recipe that trains it once", () => {
    const alone = reported(net(12_000));
    const all = reported(net(12_000) + fit(8));
    expect(all.slice(0, 2)).toEqual(alone);
    // What updates the weight is text of the recipe's own.
    expect(all.slice(2).map(([, , text]) => text)).not.toContain("Dense(12000)");
  });

  test("what a batch needs is looked at with the batch of the recipe, and not where it is open", () => {
    const wide =
      "model Net(x: [B, 100]) -> [B, 10] { return x -> Dense(2000) -> relu -> Dense(10) }\n";
    expect(reported(wide)).toEqual([]);
    expect(reported(wide + fit(64))).toEqual([]);
    const [first] = compiled(wide + fit(100_000)).diagnostics;
    expect(first?.message).toMatch(/^`\w+` takes 800 MB in one piece: .*BindingSize/);
    expect(first?.helps.map(({ text }) => text)).toEqual(["a smaller `batch` needs less"]);
  });

  test("more than bindings can say is an error, and the only report", () => {
    expect(reported(net(40_000)).map(([code]) => code)).toEqual(["DLM0806"]);
    expect(compiled(net(40_000)).modules).toEqual([]);
    expect(compiled(net(40_000), typescriptBackend).diagnostics).toEqual([]);
  });

  test("what is stored may have no element", () => {
    expect(reported("model M(x: [B, 0]) -> [B, 0] { return x -> BatchNorm() }")).toEqual([]);
  });

  test("scratch counts for every lane", () => {
    const rows = `model Net(x: [B, 70_000]) -> [B, 70_000] { return x -> softmax }\n`;
    expect(reported(rows).map(([, message]) => message)).toEqual([
      expect.stringMatching(/^the scratch of `\w+` takes 287 MB in one piece/),
    ]);
  });

  test("a warning can be ignored, and what ignores it is not idle where nobody planned", () => {
    const text = net(12_000).replace(
      "model",
      "// dlm-ignore needs-large-gpu: it is for one device\nmodel",
    );
    const codes = (all: readonly Diagnostic[]): readonly string[] => all.map(({ code }) => code);
    expect(codes(compiled(text).diagnostics)).toEqual([]);
    expect(codes(compiled(text, typescriptBackend).diagnostics)).toEqual([]);
  });
});

describe("what is stored", () => {
  const planOf = (text: string) =>
    lower(compiled(text).modules.at(-1)!, { target: webgpuBackend.costs });

  test("lies in one buffer where that is large enough", () => {
    expect(storedParts(planOf(net(30) + fit(8)))).toEqual([0]);
  });

  test("is cut where tensors begin, into parts that are large enough, and never within what is bound at once", () => {
    const plan = planOf(net(30) + fit(8));
    const offsets = plan.stored.map(({ offset }) => offset);
    for (const most of [1, 4096, 8192]) {
      const starts = storedParts(plan, most);
      expect(starts.length).toBeGreaterThan(1);
      expect(starts.every((start) => offsets.includes(start))).toBe(true);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    }
    // One launch updates the first three weights.
    const offsetOf = (path: string): number =>
      plan.stored.find(({ tensor }) => tensor.path === path)!.offset;
    const starts = storedParts(plan, 1);
    for (const path of ["net.Dense_0.b", "net.Dense_1.W", "net.Dense_1.W:v"])
      expect([path, starts.includes(offsetOf(path))]).toEqual([path, false]);
    expect(starts).toContain(offsetOf("net.Dense_0.W:v"));
  });

  test("of neighbours so many are updated at once as a launch may have", () => {
    const module = compiled(net(30) + fit(8)).modules.at(-1)!;
    const gathered = (binding: number): readonly string[] =>
      lower(module, { target: { ...webgpuBackend.costs, binding } })
        .entries.flatMap(({ notes }) => notes)
        .filter((note) => note.startsWith("gather"))
        .map((note) => note.split(" from ")[0]!);
    expect(gathered(webgpuBackend.costs.binding)).toEqual(["gather 3 updates", "gather 2 updates"]);
    expect(gathered(3100)).toEqual(["gather 2 updates", "gather 2 updates"]);
    expect(gathered(1)).toEqual([]);
  });
});
