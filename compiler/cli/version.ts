// The version of this package.

import { createRequire } from "node:module";

/** Found through the package's own name, so it is right from the sources and from the build. */
const packageJson: unknown = createRequire(import.meta.url)("dlm/package.json");

export const version: string =
  typeof packageJson === "object" && packageJson !== null && "version" in packageJson
    ? String(packageJson.version)
    : "unknown";
