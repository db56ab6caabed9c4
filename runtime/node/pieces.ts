// A file on disk, gzipped or not → its bytes, piece by piece.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { ioError } from "./checkpoint.ts";

const pieceBytes = 1 << 18;

/** Unpacks what is gzipped, by its name or its first bytes. The next piece is read when it is asked for. */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const packed = await isGzipped(path);
    const file = createReadStream(path, { highWaterMark: pieceBytes });
    const stream = packed
      ? // Errors of either stream reach the loop below.
        pipeline(file, createGunzip({ chunkSize: pieceBytes }), () => undefined)
      : file;
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (cause) {
    throw ioError("read", path, cause);
  }
}

const isGzipped = async (path: string): Promise<boolean> => {
  if (path.toLowerCase().endsWith(".gz")) return true;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
};

export const readWhole = async (path: string): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of readPieces(path)) pieces.push(piece);
  return Buffer.concat(pieces);
};
