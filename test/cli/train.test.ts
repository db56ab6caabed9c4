// `dlm train`, `evaluate` and `predict` on small programs: what they print, write and refuse.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { pairProgram, tinyProgram, tinyRows } from "./programs.ts";
import { folderWith, runDlm } from "./run-dlm.ts";
import type { Ran } from "./run-dlm.ts";

type Event = Readonly<Record<string, unknown>> & { readonly event: string };
const eventsOf = ({ out }: Ran): readonly Event[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);

const tiny = (): string => folderWith({ "net.dlm": tinyProgram, "data.csv": tinyRows(61) });

describe("a training run", () => {
  test("prints a line per epoch, then train and test in columns, and saves the model", async () => {
    const cwd = tiny();
    const { code, out, err } = await runDlm(
      ["train", "net.dlm", "--data", "data.csv", "--holdout", "12", "--out", "run"],
      { cwd },
    );
    expect(code).toBe(0);
    expect(err).toContain("TinyTrainer from net.dlm: 32 parameters");
    expect(err).toContain("49 examples to learn from, 12 kept for the test; seed 0");
    expect(
      err.match(/^epoch \d\/4 {3}loss \d\.\d{4} {3}accuracy \d\.\d{4} {3}[\d,]+ examples\/s$/gm),
    ).toHaveLength(4);
    expect(err).toContain("4 epochs, 28 updates in");
    expect(err).toContain("saved run/model.safetensors");
    expect(out).toMatch(
      /^train {2}loss \d\.\d{4} {2}accuracy \d\.\d{4} {2}\(49 examples\)\ntest {3}loss \d\.\d{4} {2}accuracy \d\.\d{4} {2}\(12 examples\)\n$/,
    );
    expect(readdirSync(join(cwd, "run")).toSorted()).toEqual([
      "checkpoint.safetensors",
      "model.safetensors",
    ]);
  });

  test("`--json` prints nothing but JSON lines, the last with the results", async () => {
    const cwd = tiny();
    const ran = await runDlm(
      ["train", "net.dlm", "--data", "data.csv", "--holdout", "20%", "--json", "--seed", "3"],
      { cwd },
    );
    const events = eventsOf(ran);
    expect({ code: ran.code, err: ran.err }).toEqual({ code: 0, err: "" });
    expect(events[0]).toMatchObject({ event: "start", rounds: 28, epochs: 4 });
    expect(events.filter(({ event }) => event === "epoch")).toHaveLength(4);
    expect(events.at(-1)).toMatchObject({
      event: "done",
      reason: "epochs",
      steps: 28,
      params: 32,
      test: { loss: expect.any(Number), accuracy: expect.any(Number) },
      saved: [],
    });
  });

  test("`--quiet` prints the results only", async () => {
    const cwd = tiny();
    const { out, err } = await runDlm(["train", "net.dlm", "--data", "data.csv", "--quiet"], {
      cwd,
    });
    expect(err).toBe("");
    expect(out).toMatch(/^train {2}loss .*\(61 examples\)\n$/);
  });

  test("a terminal gets a bar that is redrawn, lines above it, and nothing of it at the end", async () => {
    // Long enough for the bar, which is drawn ten times a second.
    const cwd = folderWith({ "net.dlm": tinyProgram, "data.csv": tinyRows(611) });
    const args = ["train", "net.dlm", "--data", "data.csv", "--epochs", "600"];
    const { err } = await runDlm(args, { cwd, live: true });
    expect(
      err.match(/\u001b\[1G +━+ +\d+% {2}epoch \d+\/600 {2}loss \S+/g)!.length,
    ).toBeGreaterThan(1);
    expect(err).toMatch(/ [\d,]+ examples\/s {2}\S+( min \d\d)? s left/);
    expect(err.match(/\u001b\[Kepoch +\d+\/600 {3}loss \S+ /g)).toHaveLength(30);
    expect(err.slice(err.lastIndexOf("\u001b"))).toMatch(
      /^\u001b\[0J\n600 epochs, 52,800 updates in/,
    );
  });

  test("the same seed gives the same file, another seed another one", async () => {
    const cwd = tiny();
    const save = async (out: string, seed: string): Promise<Buffer> => {
      const args = ["train", "net.dlm", "--data", "data.csv", "--quiet", "--seed", seed];
      await runDlm([...args, "--out", out], { cwd });
      return readFileSync(join(cwd, out, "model.safetensors"));
    };
    const [a, b, c] = [await save("a", "1"), await save("b", "1"), await save("c", "2")];
    expect(a.equals(b)).toBe(true);
    expect(a.equals(c)).toBe(false);
  });

  test("options win over the recipe's settings", async () => {
    const cwd = tiny();
    const args = ["train", "net.dlm", "--data", "data.csv", "--json", "--batch", "10"];
    const byEpochs = eventsOf(await runDlm([...args, "--epochs", "2"], { cwd }));
    expect(byEpochs.at(-1)).toMatchObject({ epochs: 2, steps: 14 });
    const bySteps = eventsOf(await runDlm([...args, "--steps", "31"], { cwd }));
    expect(bySteps.at(-1)).toMatchObject({ reason: "steps", epochs: 4, steps: 31 });
  });

  test("a recipe with two nets shows both losses and saves two files", async () => {
    const rows = Array.from({ length: 23 }, (_, i) => `${(2 + Math.sin(i)).toFixed(3)}\n`).join("");
    const cwd = folderWith({ "pair.dlm": pairProgram, "real.csv": rows });
    const { code, err } = await runDlm(
      ["train", "pair.dlm", "--data", "real.csv", "--out", "run"],
      { cwd },
    );
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toMatch(/epoch 1\/2 {3}judge\.loss \S+ {3}maker\.loss \S+/);
    expect(readdirSync(join(cwd, "run")).toSorted()).toEqual([
      "checkpoint.safetensors",
      "judge.safetensors",
      "maker.safetensors",
    ]);
  });
});

describe("stopping and going on", () => {
  test("Ctrl-C saves a checkpoint, says how to go on, and going on gives the same bits", async () => {
    const cwd = tiny();
    const train = ["train", "net.dlm", "--data", "data.csv", "--epochs", "6"];
    await runDlm([...train, "--out", "whole"], { cwd });

    const stop = new AbortController();
    const stopped = await runDlm([...train, "--out", "parts"], {
      cwd,
      interrupt: stop.signal,
      onErr: (text) => {
        if (text.includes("epoch 2/6")) stop.abort();
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toContain("saved in parts/checkpoint.safetensors");
    expect(stopped.err).toContain("--out parts --resume");
    expect(existsSync(join(cwd, "parts/model.safetensors"))).toBe(false);

    const resumed = await runDlm([...train, "--out", "parts", "--resume"], { cwd });
    expect(resumed.code).toBe(0);
    expect(resumed.err).not.toContain("epoch 1/6");
    const bytes = (folder: string): Buffer => readFileSync(join(cwd, folder, "model.safetensors"));
    expect(bytes("parts").equals(bytes("whole"))).toBe(true);
  });

  test("without a folder it says that nothing was saved; `--json` has an event for it", async () => {
    const cwd = tiny();
    const interrupt = AbortSignal.abort();
    const args = ["train", "net.dlm", "--data", "data.csv"];
    const plain = await runDlm(args, { cwd, interrupt });
    expect(plain).toMatchObject({ code: 130, out: "" });
    expect(plain.err).toContain("stopped after 0 updates; nothing was saved");
    const json = await runDlm([...args, "--json"], { cwd, interrupt });
    expect({ code: json.code, err: json.err }).toEqual({ code: 130, err: "" });
    expect(eventsOf(json).at(-1)).toEqual({ event: "stopped", steps: 0, checkpoint: null });
  });

  test("a checkpoint of another recipe is refused", async () => {
    const cwd = tiny();
    await runDlm(["train", "net.dlm", "--data", "data.csv", "--out", "run", "--quiet"], { cwd });
    const other = folderWith({
      "net.dlm": tinyProgram.replace("Dense(5)", "Dense(6)"),
      "data.csv": tinyRows(20),
    });
    const { code, err } = await runDlm(
      [
        "train",
        "net.dlm",
        "--data",
        "data.csv",
        "--resume",
        join(cwd, "run/checkpoint.safetensors"),
      ],
      { cwd: other },
    );
    expect(code).toBe(1);
    expect(err).toContain("`net.Dense_0.W` should be F32 [3, 6], not F32 [3, 5]");
  });
});

describe("a saved model", () => {
  test("measures the same as at the end of training, inputs scaled as they were there", async () => {
    const cwd = tiny();
    const split = ["--data", "data.csv", "--holdout", "12"];
    const trained = await runDlm(
      ["train", "net.dlm", ...split, "--normalize", "standard", "--out", "run", "--json"],
      { cwd },
    );
    const evaluated = await runDlm(
      ["evaluate", "net.dlm", "--weights", "run/model.safetensors", ...split, "--json"],
      { cwd },
    );
    const { test: measured } = eventsOf(trained).at(-1)! as Event & { readonly test: object };
    expect(JSON.parse(evaluated.out)).toEqual({ examples: 12, ...measured });
  });

  test("predicts a class with its probability for every example, labels in the file or not", async () => {
    const rows = tinyRows(9);
    const cwd = folderWith({
      "net.dlm": tinyProgram,
      "data.csv": tinyRows(80),
      "nine.csv": rows,
      "bare.csv": rows.replace(/,\d\n/g, "\n"),
    });
    await runDlm(
      ["train", "net.dlm", "--data", "data.csv", "--epochs", "60", "--out", "run", "--quiet"],
      { cwd },
    );
    const predict = ["predict", "net.dlm", "--weights", "run"];
    const { code, out, err } = await runDlm([...predict, "--data", "nine.csv"], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = out.trim().split("\n");
    expect(lines[0]).toBe("class,probability");
    const classes = lines.slice(1).map((line) => line.split(",")[0]);
    const labels = rows
      .trim()
      .split("\n")
      .map((line) => line.split(",")[3]);
    expect(classes).toHaveLength(9);
    expect(classes.filter((found, i) => found === labels[i]).length).toBeGreaterThanOrEqual(8);
    expect((await runDlm([...predict, "--data", "bare.csv"], { cwd })).out).toBe(out);

    const json = await runDlm([...predict, "--data", "nine.csv", "--json"], { cwd });
    const [first] = json.out.trim().split("\n");
    const row = JSON.parse(first!) as { readonly class: number; readonly probabilities: number[] };
    expect(String(row.class)).toBe(classes[0]);
    expect(row.probabilities[0]! + row.probabilities[1]!).toBeCloseTo(1, 6);

    const file = await runDlm([...predict, "--data", "nine.csv", "--out", "y.csv"], { cwd });
    expect(file.err).toContain("9 results in y.csv");
    expect(readFileSync(join(cwd, "y.csv"), "utf8")).toBe(out);
  });
});

describe("data files", () => {
  test("one file per field, gzip told by its first bytes", async () => {
    const rows = tinyRows(30).trim().split("\n");
    const cwd = folderWith({
      "net.dlm": tinyProgram,
      "data.csv": rows.join("\n"),
      "x.csv": gzipSync(rows.map((row) => row.split(",").slice(0, 3).join(",")).join("\n")),
      "y.csv": rows.map((row) => row.split(",")[3]).join("\n"),
    });
    const whole = await runDlm(["train", "net.dlm", "--data", "data.csv", "--quiet"], { cwd });
    const parts = await runDlm(
      ["train", "net.dlm", "--data", "x=x.csv", "label=y.csv", "--quiet"],
      { cwd },
    );
    expect(parts.err).toBe("");
    expect(parts.out).toBe(whole.out);
  });

  test("bytes of images become 0..1, and the command says so", async () => {
    const count = 14;
    const pixels = Uint8Array.from({ length: count * 3 }, (_, i) => (i * 97) % 256);
    const idx = (type: number, shape: readonly number[], values: Uint8Array): Uint8Array => {
      const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
      header.setUint8(2, type);
      header.setUint8(3, shape.length);
      shape.forEach((size, axis) => header.setUint32(4 + 4 * axis, size));
      return Uint8Array.from([...new Uint8Array(header.buffer), ...values]);
    };
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
    const shown = Array.from(pixels, (byte) => byte / 255);
    const cwd = folderWith({
      "net.dlm": tinyProgram,
      images: idx(8, [count, 3, 1], pixels),
      labels: idx(8, [count], labels),
      "same.csv": Array.from(
        labels,
        (y, i) => `${shown.slice(3 * i, 3 * i + 3).join(",")},${y}\n`,
      ).join(""),
    });
    const train = ["train", "net.dlm", "--epochs", "2", "--data"];
    const images = await runDlm([...train, "x=images", "label=labels"], { cwd });
    expect(images.err).toContain("`x`: bytes 0..255 became 0..1");
    expect(images.out).toBe((await runDlm([...train, "same.csv"], { cwd })).out);
  });

  const refused: readonly (readonly [string, readonly string[], number, string])[] = [
    ["no data", [], 2, "one CSV file with these columns in order"],
    ["a misspelt file", ["--data", "dta.csv"], 2, "did you mean data.csv?"],
    [
      "too few columns",
      ["--data", "narrow.csv"],
      1,
      "columns are the fields in order: x (3), label (1)",
    ],
    [
      "a label that is no whole number",
      ["--data", "half.csv"],
      1,
      'of `label` should be a whole number, got "0.5"',
    ],
    [
      "a label the network has no class for",
      ["--data", "three.csv"],
      1,
      "`label` is 2 in example 2 of three.csv; the network takes 0 to 1 (net.dlm:",
    ],
    ["a misspelt field", ["--data", "x=data.csv", "labl=data.csv"], 2, "did you mean `label`?"],
    ["a field without a file", ["--data", "x=data.csv"], 2, "no file is named for `label`"],
    ["two files without names", ["--data", "data.csv", "data.csv"], 2, "x=FILE label=FILE"],
    [
      "more held out than there is",
      ["--data", "data.csv", "--holdout", "61"],
      2,
      "the data has 61 examples",
    ],
    ["an empty file", ["--data", "empty.csv"], 2, "empty.csv holds no examples"],
    ["a damaged gzip file", ["--data", "broken.csv.gz"], 2, "broken.csv.gz is damaged"],
    [
      "resuming from nowhere",
      ["--data", "data.csv", "--resume"],
      2,
      "name the checkpoint, or add --out",
    ],
  ];
  test.each(refused)("%s: says what is wrong and what to do", async (_name, args, code, text) => {
    const cwd = folderWith({
      "net.dlm": tinyProgram,
      "data.csv": tinyRows(61),
      "narrow.csv": "1,2,0\n2,3,1\n",
      "half.csv": "1,2,3,0.5\n",
      "three.csv": tinyRows(20, 3),
      "empty.csv": "",
      "broken.csv.gz": Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
    });
    const ran = await runDlm(["train", "net.dlm", ...args], { cwd });
    expect(ran.err).toContain(text);
    expect({ code: ran.code, out: ran.out }).toEqual({ code, out: "" });
    expect(ran.err).not.toContain("compiler bug");
  });

  test("a loss that is not finite names the place where it began", async () => {
    const cwd = folderWith({
      "net.dlm": tinyProgram.replace("Adam(lr = 0.05)", "Sgd(lr = 1e25)").replace("tanh", "relu"),
      "data.csv": tinyRows(61),
    });
    const { code, err } = await runDlm(["train", "net.dlm", "--data", "data.csv"], { cwd });
    expect(code).toBe(1);
    expect(err).toMatch(
      /error: loss is (NaN|-?Infinity) at update \d+: .*net\.Dense_\d .*net\.dlm:2:\d+/,
    );
    expect(err).toContain("help: try a smaller learning rate");
  });
});
