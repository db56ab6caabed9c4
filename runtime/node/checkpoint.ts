// Bytes → a file that is, at every moment, either the old one or the new one whole.
import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DlmError } from "../errors.ts";

/** What a save calls of the system; tests give one that fails. */
export type FileSystem = {
  readonly open: (path: string, flags: string) => Promise<OpenFile>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly rm: (path: string, options: { readonly force: true }) => Promise<void>;
};

export type OpenFile = {
  readonly writeFile: (bytes: Uint8Array) => Promise<void>;
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Writes a temporary file beside `path`, flushes it, renames it over `path` and flushes the folder. Whatever fails, a
 * file that was at `path` is still there and whole.
 */
export const writeFileAtomic = async (
  path: string,
  bytes: Uint8Array,
  files: FileSystem = { open, rename, rm },
): Promise<void> => {
  const folder = dirname(path);
  const name = `.${basename(path)}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
  const temporary = join(folder, name);
  try {
    const file = await files.open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await files.rename(temporary, path);
  } catch (cause) {
    await files.rm(temporary, { force: true }).catch(() => undefined);
    throw ioError("write", path, cause);
  }
  await syncFolder(folder, files);
};

/** Renames survive a power cut only once the folder itself is flushed; Windows cannot open folders and need not. */
const syncFolder = async (folder: string, files: FileSystem): Promise<void> => {
  if (process.platform === "win32") return;
  try {
    const handle = await files.open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw ioError("flush", folder, cause);
  }
};

export const readFileBytes = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path);
  } catch (cause) {
    throw ioError("read", path, cause);
  }
};

export const ioError = (verb: string, path: string, cause: unknown): DlmError => {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DlmError("io", `cannot ${verb} \`${path}\`: ${why}`, { cause });
};
