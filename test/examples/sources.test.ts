// Every .dlm file that people are shown checks without a report and is formatted.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, runDlm } from "../cli/run-dlm.ts";

const files = ["examples", "test/app"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".dlm"))
    .map((path) => join(folder, path)),
);

test.each(files)("%s", async (file) => {
  expect(await runDlm(["check", file])).toEqual({
    code: 0,
    out: "",
    err: `${file}: no problems\n`,
  });
  expect(await runDlm(["fmt", "--check", file])).toEqual({ code: 0, out: "", err: "" });
});
