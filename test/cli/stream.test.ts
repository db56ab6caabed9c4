// `dlm train` and `dlm evaluate` on files that are read as they are needed: a recipe whose `shuffle` is a window.

import { describe, expect, test } from "vitest";
import { gzipSync } from "node:zlib";
import { tinyProgram, tinyRows } from "./programs.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

const program = tinyProgram.replace("batch: 7", "batch: 7\n  shuffle: 16");
const rows = tinyRows(61).trim().split("\n");
const files = {
  "net.dlm": program,
  "data.csv": rows.join("\n"),
  "x.csv.gz": gzipSync(rows.map((row) => row.split(",").slice(0, 3).join(",")).join("\n")),
  "y.idx": Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 61, ...rows.map((row) => Number(row.at(-1)))]),
};

type Results = Readonly<Record<string, { readonly loss: number; readonly accuracy: number }>>;

const lastEvent = (out: string): Results => JSON.parse(out.trim().split("\n").at(-1)!) as Results;

describe("data that stays on disk", () => {
  test("trains, holds out, validates, saves and is measured", async () => {
    const cwd = folderWith({
      ...files,
      "net.dlm": program.replace("epochs: 4", "epochs: 30\n  validation: 0.2"),
    });
    const args = [
      "train",
      "net.dlm",
      "--data",
      "data.csv",
      "--out",
      "run",
      "--normalize",
      "standard",
    ];
    const ran = await runDlm([...args, "--holdout", "20", "--json"], { cwd });
    expect(ran.code).toBe(0);
    const done = lastEvent(ran.out);
    for (const part of ["train", "validation", "test"])
      expect(done[part]!.accuracy).toBeGreaterThan(0.8);
    const evaluate = ["evaluate", "net.dlm", "--weights", "run", "--data", "data.csv"];
    const again = await runDlm([...evaluate, "--holdout", "20", "--json"], { cwd });
    const { loss, accuracy } = done["test"]!;
    expect(JSON.parse(again.out)).toEqual({ examples: 20, loss, accuracy });
  });

  test("gives the same from one file or one per field, packed or not", async () => {
    const cwd = folderWith(files);
    const train = ["train", "net.dlm", "--quiet", "--data"];
    const whole = await runDlm([...train, "data.csv"], { cwd });
    const parts = await runDlm([...train, "x=x.csv.gz", "label=y.idx"], { cwd });
    expect(whole.code).toBe(0);
    expect(parts.out).toBe(whole.out);
    const said = await runDlm(["train", "net.dlm", "--data", "data.csv"], { cwd });
    expect(said.err).toContain("of data: read from disk as it is needed");
    expect(said.err).toContain("61 examples to learn from");
  });

  test("leaves examples without a label out of the loss", async () => {
    const cwd = folderWith({ ...files, "data.csv": `${rows.join("\n")}\n1,2,3,-100\n` });
    expect((await runDlm(["train", "net.dlm", "--data", "data.csv"], { cwd })).code).toBe(0);
  });

  test.each([
    ["a wrong label", `${rows.join("\n")}\n1,2,3,2\n`, 1, "`label` is 2 in example 62 of data.csv"],
    ["a broken row", `${rows.join("\n")}\n1,2,x,1\n`, 1, "data.csv: line 62"],
    ["no rows", "", 2, "data.csv holds no examples"],
  ])("says what is wrong before anything runs: %s", async (_, data, code, text) => {
    const cwd = folderWith({ ...files, "data.csv": data });
    const ran = await runDlm(["train", "net.dlm", "--data", "data.csv"], { cwd });
    expect(ran.err).toContain(`error: ${text}`);
    expect({ code: ran.code, out: ran.out }).toEqual({ code, out: "" });
  });
});
