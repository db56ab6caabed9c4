// The commit that is measured.

import { execFileSync } from "node:child_process";

export const commitHere = (): string =>
  execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=12"], {
    cwd: new URL(".", import.meta.url),
    encoding: "utf8",
  }).trim();
