// What the command line says about itself, and to words it does not know.

import { describe, expect, test } from "vitest";
import { runDlm } from "./run-dlm.ts";

describe("help", () => {
  test("`--help` lists every command on standard output and ends well", async () => {
    const { code, out, err } = await runDlm(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const listed = [...out.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
    for (const name of ["init", "check", "compile", "train", "evaluate", "predict", "print"])
      expect(listed).toContain(name);
    for (const name of ["fmt", "types", "explain", "lsp", "inspect", "import", "generate"])
      expect(listed).toContain(name);
  });

  test("`train --help` says how data files are matched with the recipe", async () => {
    const { code, out } = await runDlm(["train", "--help"]);
    expect(code).toBe(0);
    expect(out).toContain("its columns are the data fields of the recipe in order");
    expect(out).toContain("--data x=images-idx3-ubyte.gz label=labels-idx1-ubyte.gz");
  });

  test("`train --help` and `evaluate --help` say how text is read, `generate --help` how it is drawn", async () => {
    for (const command of ["train", "evaluate"])
      expect((await runDlm([command, "--help"])).out).toContain("--data book.txt more.txt ");
    const { code, out } = await runDlm(["generate", "--help"]);
    expect(code).toBe(0);
    for (const option of ["--prompt", "--length", "--temperature", "--top-k", "--top-p", "--seed"])
      expect(out).toContain(option);
  });

  test("`--version` is the version of the package", async () => {
    const { out } = await runDlm(["--version"]);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("wrong usage ends with 2 and says what to do", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["a misspelt command", ["trian"], "(Did you mean train?)"],
    ["a misspelt option", ["train", "--epoch", "3"], "(Did you mean --epochs?)"],
    ["a number that is none", ["train", "x.dlm", "--epochs", "many"], "whole number, 1 or more"],
    ["a share over 100%", ["train", "x.dlm", "--holdout", "120%"], "a share (20%"],
    ["a way to scale that nobody knows", ["train", "x.dlm", "--normalize", "log"], "standard"],
    ["a missing file name", ["check"], "missing required argument 'file'"],
    ["a file that is not there", ["check", "nowhere.dlm"], "there is no file nowhere.dlm"],
    ["a folder", ["check", "examples"], "examples is a folder"],
    ["a folder without a .dlm file", ["types", "runtime"], "there is no .dlm file in runtime"],
    ["weights that are not named", ["predict", "x.dlm"], "'-w, --weights <file>'"],
    ["a template that is none", ["init", "--template", "gpt9"], "mlp"],
  ];
  test.each(cases)("%s", async (_name, args, text) => {
    const { code, out, err } = await runDlm(args);
    expect(err).toContain(text);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});
