// Labels and tokens that a network has no row for: refused on the host, before anything runs.
import { describe, expect, test } from "vitest";
import type { DataSlot, EntryProgram, TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { expectError } from "./errors.ts";
import { compileRecipe, start } from "./recipe.ts";

const recipe = (loss: string, metric = "mean(argmax(logits) == label)"): string => `
model Net(x: [B, 3]) -> [B, 10] { return x -> Dense(10) }
train Classify {
  data x: [B, 3], label: int[B]
  batch: 5
  let net = Net()
  let logits = net(x)
  minimize mean(${loss}) using Sgd(lr = 0.1)
  metric accuracy = ${metric}
}`;

const batch = (...label: readonly number[]): ArrayBatch => ({
  x: Float32Array.from({ length: 3 * label.length }, (_, i) => Math.sin(i)),
  label: Int32Array.from(label),
});

const entriesOf = (program: TrainProgram): readonly EntryProgram[] => [
  program.steps[0]!.entry,
  program.evaluate,
];

const labelSlot = (entry: EntryProgram): DataSlot =>
  entry.data.find(({ name }) => name === "label")!;

describe("a label under cross_entropy", () => {
  test("outside the classes is refused by name, position, range and line", async () => {
    const program = await compileRecipe(recipe("cross_entropy(logits, label)"));
    for (const bad of [10, -1, -101]) {
      const trainer = await start(program);
      const before = await trainer.save();
      const parts = [
        `\`label: [B]\` holds ${bad} at position 3, outside 0..9 and not -100 (a.dlm:4:19)`,
      ];
      const given = batch(0, 9, -100, bad, 1);
      await expectError(() => trainer.step(given), "DLM0412", ...parts);
      await expectError(() => trainer.evaluate([given]), "DLM0412", ...parts);
      expect(await trainer.save()).toEqual(before);
    }
  });

  test("may be -100, which counts as loss 0", async () => {
    const trainer = await start(await compileRecipe(recipe("cross_entropy(logits, label)")));
    const { loss } = await trainer.evaluate([batch(3, 4)]);
    const ignored = await trainer.evaluate([batch(3, 4, -100, -100)]);
    expect(ignored["loss"]).toBeCloseTo(loss! / 2, 6);
    await trainer.step(batch(-100, -100, 9));
  });

  test("needs no look while the step runs", async () => {
    const program = await compileRecipe(recipe("cross_entropy(logits, label)"));
    expect(entriesOf(program).map((entry) => entry.status)).toEqual([null, null]);
  });

  test.each([
    ["another number to ignore", "cross_entropy(logits, label, ignore = 255)", 10, 255],
    ["a class to ignore", "cross_entropy(logits, label, ignore = 0)", 10, undefined],
    ["`==` in place of `!=`", "logits[0, if label == -1 then 0 else label]", 10, -1],
    ["the sides swapped", "logits[0, if -1 != label then label else 0]", 10, -1],
    ["`not`", "logits[0, if not (label == -1) then label else 9]", 10, -1],
    ["a view of the label", "logits[0, if label[1:] == -1 then 0 else label[1:]]", 10, -1],
    [
      "a tighter use without the exception",
      "cross_entropy(logits, label) + logits[:, :7][0, label]",
      7,
      undefined,
    ],
  ])("is checked with %s", async (_, loss, below, except) => {
    const program = await compileRecipe(recipe(loss, "mean(logits)"));
    for (const entry of entriesOf(program)) {
      expect([labelSlot(entry).below, labelSlot(entry).except]).toEqual([below, except]);
      expect(entry.status).toBeNull();
    }
  });

  test.each([
    ["replaced under another condition", "logits[0, if label < 0 then 0 else label]"],
    ["replaced by a number outside", "logits[0, if label == -1 then 10 else label]"],
    ["changed", "logits[0, if label == -1 then 0 else label + 1]"],
    ["replaced twice", "logits[0, if label == -1 or label == -2 then 0 else label]"],
  ])("is looked at while the step runs where it is %s", async (_, loss) => {
    const program = await compileRecipe(recipe(loss));
    expect(labelSlot(program.steps[0]!.entry).below).toBeNull();
    expect(program.steps[0]!.entry.status).not.toBeNull();
    const trainer = await start(program);
    await expectError(() => trainer.step(batch(0, 1, 12)), "DLM0412");
  });
});

test("a token of an Embedding with a padding row is refused by name", async () => {
  const text = `
model Net(x: int[B, T]) -> [B, 2] { return x -> Embedding(7, 4, padding = 0) -> mean(over = T) -> Dense(2) }
train Read {
  data x: int[B, T], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Sgd(lr = 0.1)
}`;
  const trainer = await start(await compileRecipe(text));
  const label = Int32Array.of(0, 1);
  await trainer.step({ x: Int32Array.of(0, 1, 2, 3, 4, 6), label });
  await expectError(
    () => trainer.step({ x: Int32Array.of(0, 1, 2, 7, 4, 5), label }),
    "DLM0412",
    "`x: [B, T]` holds 7 at position 3, outside 0..6 (a.dlm:4:8)",
  );
});
