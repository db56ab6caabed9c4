// Paths from outside → paths that stay inside a folder.
import { lstat, realpath } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { DlmError } from "../errors.ts";

/**
 * The absolute path of `path` under `root`. Refuses what leaves the folder, by `..`, as an absolute path, or through a
 * link on the way, and files that are links of either kind.
 */
export const pathInside = async (root: string, path: string): Promise<string> => {
  if (path.includes("\0")) throw outside(path, root);
  const base = await realpath(root);
  const wanted = resolve(base, path);
  if (isAbsolute(path) || !isUnder(base, wanted)) throw outside(path, root);
  const folder = await existingParent(dirname(wanted));
  if (!isUnder(base, await realpath(folder))) throw outside(path, root);
  const found = await lstat(wanted).catch(() => null);
  if (found !== null && (found.isSymbolicLink() || (found.isFile() && found.nlink > 1))) {
    throw new DlmError("bad-path", `\`${path}\` is a link`);
  }
  return wanted;
};

const isUnder = (base: string, path: string): boolean => {
  const way = relative(base, path);
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
};

const existingParent = async (folder: string): Promise<string> => {
  const exists = await lstat(folder).catch(() => null);
  return exists !== null ? folder : existingParent(dirname(folder));
};

const outside = (path: string, root: string): DlmError =>
  new DlmError("bad-path", `\`${path}\` leaves the folder \`${root}\``);
