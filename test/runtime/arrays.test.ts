// IDX and NPY bytes into columns.
import { describe, expect, test } from "vitest";
import type { DType, FieldSpec, SizeSpec } from "../../runtime/abi.ts";
import { columnOf } from "../../runtime/data/arrays.ts";
import { parseIdx } from "../../runtime/data/idx.ts";
import { parseNpy } from "../../runtime/data/npy.ts";
import { expectError } from "./errors.ts";

const field = (name: string, dtype: DType, ...shape: readonly SizeSpec[]): FieldSpec => ({
  name,
  dtype,
  shape: ["B", ...shape],
});

describe("idx", () => {
  const bytesOf = (...parts: readonly (readonly number[])[]): Uint8Array =>
    Uint8Array.from(parts.flat());

  test("reads bytes and big-endian numbers", () => {
    const bytes = bytesOf([0, 0, 8, 2], [0, 0, 0, 2, 0, 0, 0, 3], [1, 2, 3, 4, 5, 255]);
    expect(parseIdx(bytes)).toEqual({ shape: [2, 3], values: Uint8Array.of(1, 2, 3, 4, 5, 255) });
    const words = bytesOf([0, 0, 0x0c, 1, 0, 0, 0, 2], [0, 0, 1, 2, 255, 255, 255, 254]);
    expect(parseIdx(words).values).toEqual(Int32Array.of(258, -2));
    const float = bytesOf([0, 0, 0x0d, 1, 0, 0, 0, 1], [0xbf, 0xc0, 0, 0]);
    expect(parseIdx(float).values).toEqual(Float32Array.of(-1.5));
  });

  test("reads from a Buffer without touching it", () => {
    const bytes = Buffer.from([0, 0, 0x0c, 1, 0, 0, 0, 2, 0, 0, 1, 2, 255, 255, 255, 254]);
    expect(parseIdx(bytes).values).toEqual(Int32Array.of(258, -2));
    expect(parseIdx(bytes).values).toEqual(Int32Array.of(258, -2));
  });

  test.each<[string, readonly number[], string]>([
    ["an empty file", [], "cut off"],
    ["another magic", [1, 0, 8, 1, 0, 0, 0, 0], "two zero bytes"],
    ["an unknown type", [0, 0, 7, 1, 0, 0, 0, 0], "0x7"],
    ["no axes", [0, 0, 8, 0], "no axes"],
    ["sizes cut off", [0, 0, 8, 2, 0, 0, 0, 1], "cut off"],
    ["data cut off", [0, 0, 8, 1, 0, 0, 0, 2, 1], "takes 2 bytes, the file has 1"],
    ["data left over", [0, 0, 8, 1, 0, 0, 0, 1, 1, 2], "takes 1 bytes, the file has 2"],
    [
      "sizes that overflow",
      [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
      "takes",
    ],
  ])("refuses %s", (_, bytes, message) =>
    expectError(() => parseIdx(Uint8Array.from(bytes)), "bad-idx", message),
  );

  test("fits a field of as many values, in its dtype", async () => {
    const array = { shape: [2, 2, 3], values: Uint8Array.from({ length: 12 }, (_, i) => i) };
    expect(columnOf(array, field("image", "f32", 6))).toEqual({
      dtype: "f32",
      shape: [6],
      values: Float32Array.from({ length: 12 }, (_, i) => i),
    });
    await expectError(
      () => columnOf(array, field("image", "f32", 7)),
      "bad-data",
      "[2, 2, 3] has 6",
    );
    const fractions = { shape: [2], values: Float32Array.of(1, 0.5) };
    await expectError(
      () => columnOf(fractions, field("y", "i32")),
      "bad-data",
      "0.5 at position 1",
    );
    await expectError(
      () => columnOf({ shape: [1], values: Uint8Array.of(2) }, field("m", "bool")),
      "bad-data",
      "not 0 or 1",
    );
  });
});

describe("npy", () => {
  const npy = (header: string, data: ArrayBuffer | Uint8Array, version = 1): Uint8Array => {
    const text = new TextEncoder().encode(`${header}\n`);
    const start = version === 1 ? 10 : 12;
    const bytes = new Uint8Array(start + text.length + data.byteLength);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
    const view = new DataView(bytes.buffer);
    if (version === 1) view.setUint16(8, text.length, true);
    else view.setUint32(8, text.length, true);
    bytes.set(text, start);
    bytes.set(
      new Uint8Array(data instanceof Uint8Array ? data.slice().buffer : data),
      start + text.length,
    );
    return bytes;
  };

  const header = (descr: string, shape: string, fortran = "False"): string =>
    `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

  test.each([1, 2, 3])("reads floats, version %i", (version) => {
    const data = Float32Array.of(1, 2, 3, 4, 5, -6).buffer;
    expect(parseNpy(npy(header("<f4", "(2, 3)"), data, version))).toEqual({
      shape: [2, 3],
      values: Float32Array.of(1, 2, 3, 4, 5, -6),
    });
  });

  test("reads either byte order, 64-bit whole numbers, bools and scalars", () => {
    const big = npy(header(">i2", "(2,)"), Uint8Array.of(1, 2, 255, 254));
    expect(parseNpy(big)).toEqual({ shape: [2], values: Int16Array.of(258, -2) });
    const long = npy(header("<i8", "(2,)"), BigInt64Array.of(-5n, 2n ** 40n).buffer);
    expect([...parseNpy(long).values]).toEqual([-5, 2 ** 40]);
    expect([...parseNpy(npy(header("|b1", "(3,)"), Uint8Array.of(1, 0, 1))).values]).toEqual([
      1, 0, 1,
    ]);
    expect(parseNpy(npy(header("<f8", "()"), Float64Array.of(0.5).buffer))).toEqual({
      shape: [],
      values: Float64Array.of(0.5),
    });
  });

  test("turns Fortran order around", () => {
    const data = Int32Array.of(1, 4, 2, 5, 3, 6).buffer;
    expect([...parseNpy(npy(header("<i4", "(2, 3)", "True"), data)).values]).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  test.each<[string, Uint8Array, string]>([
    ["another magic", new Uint8Array(20), "NUMPY"],
    ["an unknown version", npy(header("<f4", "(0,)"), new Uint8Array(0), 4), "version 4"],
    ["a header cut off", npy(header("<f4", "(0,)"), new Uint8Array(0)).slice(0, 40), "cut off"],
    [
      "a structured type",
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", new Uint8Array(4)),
      "structured",
    ],
    ["an object array", npy(header("|O8", "(1,)"), new Uint8Array(8)), "`O8` is not supported"],
    ["complex numbers", npy(header("<c8", "(1,)"), new Uint8Array(8)), "`c8` is not supported"],
    ["no shape", npy("{'descr': '<f4', 'fortran_order': False}", new Uint8Array(4)), "lacks"],
    [
      "data cut off",
      npy(header("<f4", "(2,)"), new Uint8Array(7)),
      "takes 8 bytes, the file has 7",
    ],
    [
      "a whole number that no double holds",
      npy(header("<i8", "(1,)"), BigInt64Array.of(2n ** 53n + 1n).buffer),
      "not exact",
    ],
  ])("refuses %s", (_, bytes, message) => expectError(() => parseNpy(bytes), "bad-npy", message));
});
