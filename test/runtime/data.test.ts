// Reading examples: CSV, IDX, NPY, orders and normalisation.
import { describe, expect, test } from "vitest";
import type { DType, FieldSpec, SizeSpec } from "../../runtime/abi.ts";
import { columnOf } from "../../runtime/data/arrays.ts";
import { batchesOf, type BatchOptions } from "../../runtime/data/batches.ts";
import { csvReader, parseCsv, type CsvOptions } from "../../runtime/data/csv.ts";
import { csvRows } from "../../runtime/data/csv-rows.ts";
import { datasetOf, takeRows, type Dataset } from "../../runtime/data/dataset.ts";
import { parseIdx } from "../../runtime/data/idx.ts";
import {
  fitNormalisation,
  normaliseBatch,
  normaliseDataset,
  noteNormalisation,
  readNormalisation,
} from "../../runtime/data/normalise.ts";
import { parseNpy } from "../../runtime/data/npy.ts";
import { epochOrder, splitRows } from "../../runtime/data/order.ts";
import { normalAt } from "../../runtime/random.ts";
import { expectError } from "./errors.ts";

const field = (name: string, dtype: DType, ...shape: readonly SizeSpec[]): FieldSpec => ({
  name,
  dtype,
  shape: ["B", ...shape],
});

const valuesOf = (data: Dataset, name: string): readonly number[] => [
  ...data.columns.get(name)!.values,
];

describe("csv rows", () => {
  const cellsOf = (text: string): readonly (readonly string[])[] => {
    const rows = csvRows();
    return [...rows.push(text), ...rows.end()].map((row) => row.cells);
  };

  test.each<[string, string, readonly (readonly string[])[]]>([
    [
      "plain cells",
      "a,b\n1,2\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "no line break at the end",
      "a,b\n1,2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "CRLF",
      "a,b\r\n1,2\r\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    ["empty lines", "\n\na\n\n", [["a"]]],
    [
      "empty cells",
      ",\na,,\n",
      [
        ["", ""],
        ["a", "", ""],
      ],
    ],
    ["quoted cells", '"a,b","c ""d""",""\n', [["a,b", 'c "d"', ""]]],
    [
      "a line break inside quotes",
      '"a\nb",c\nd,e\n',
      [
        ["a\nb", "c"],
        ["d", "e"],
      ],
    ],
    ["a byte order mark", "\uFEFFa,b\n", [["a", "b"]]],
    [
      "quotes after plain rows",
      'a,b\nc,d\n"e",f',
      [
        ["a", "b"],
        ["c", "d"],
        ["e", "f"],
      ],
    ],
  ])("read %s, however the text is cut", (_, text, rows) => {
    expect(cellsOf(text)).toEqual(rows);
    for (let at = 1; at < text.length; at++) {
      const reader = csvRows();
      const cut = [
        ...reader.push(text.slice(0, at)),
        ...reader.push(text.slice(at)),
        ...reader.end(),
      ];
      expect(cut.map((row) => row.cells)).toEqual(rows);
    }
  });

  test("count lines, also those inside quotes and empty ones", () => {
    const rows = csvRows();
    expect(rows.push('a\n\n"b\nc"\nd\n').map((row) => row.line)).toEqual([1, 3, 5]);
  });

  test("refuse quotes that never close or are followed by text", async () => {
    await expectError(() => cellsOf('a,"b\nc,d\n'), "bad-csv", "line 1, column 2", "never closed");
    await expectError(() => cellsOf('a\n"b"c,d\n'), "bad-csv", "line 2, column 1", "closing quote");
  });
});

describe("csv", () => {
  const fields = [field("x", "f32", 2), field("label", "i32")];

  test("fills fields from the left, with or without names", () => {
    for (const header of ["", "w,h,class\n"]) {
      const data = parseCsv(`${header}1.5,-2e1,0\n .5 ,+3,7\n`, fields);
      expect(data.length).toBe(2);
      expect(valuesOf(data, "x")).toEqual([1.5, -20, 0.5, 3]);
      expect(valuesOf(data, "label")).toEqual([0, 7]);
    }
  });

  test("finds fields by name when the header has them all", () => {
    const data = parseCsv("b,label,a\n1,2,3\n", [field("a", "f32"), field("label", "i32")]);
    expect(valuesOf(data, "a")).toEqual([3]);
    expect(valuesOf(data, "label")).toEqual([2]);
  });

  test("takes the columns it is told to, by name or position", () => {
    const options: CsvOptions = { columns: { x: ["h", 0], label: [-1] } };
    const data = parseCsv("w,h,class\n1,2,3\n4,5,6\n", fields, options);
    expect(valuesOf(data, "x")).toEqual([2, 1, 5, 4]);
    expect(valuesOf(data, "label")).toEqual([3, 6]);
  });

  test("gives the rest to a field of open width", () => {
    const data = parseCsv("1,2,3\n4,5,6\n", [field("x", "f32", "N"), field("label", "i32")]);
    expect(data.columns.get("x")).toMatchObject({ shape: [2] });
    expect(valuesOf(data, "x")).toEqual([1, 2, 4, 5]);
  });

  test("passes over a first line about the file", () => {
    const data = parseCsv("150,4,setosa,versicolor\n1,2,0\n3,4,1\n", fields);
    expect(valuesOf(data, "x")).toEqual([1, 2, 3, 4]);
  });

  test("reads bools and other delimiters", () => {
    const data = parseCsv("1;true\n0;FALSE\n", [field("a", "f32"), field("b", "bool")], {
      delimiter: ";",
      header: false,
    });
    expect(data.columns.get("b")!.values).toEqual(Uint8Array.of(1, 0));
  });

  test("hands out what it has so far", () => {
    const reader = csvReader(fields);
    reader.push("1,2,0\n3,4");
    expect(reader.take().length).toBe(1);
    reader.push(",1\n5,6,2");
    expect(valuesOf(reader.take(), "x")).toEqual([3, 4]);
    reader.end();
    expect(valuesOf(reader.take(), "label")).toEqual([2]);
    expect(reader.take().length).toBe(0);
  });

  test.each<[string, string, CsvOptions, readonly string[]]>([
    [
      "a cell that is no number",
      "w,h,c\n1,2,3\n1,abc,3\n",
      {},
      ["line 3", "column 2 (`h`)", "`x`", "a number", '"abc"'],
    ],
    ["an empty cell", "1,,3\n", { header: false }, ["line 1", "column 2", '""']],
    ["infinity", "1,2,3\n1,Infinity,3\n", {}, ["line 2", "column 2"]],
    ["hexadecimal", "1,2,3\n1,0x10,3\n", {}, ["line 2", "column 2"]],
    [
      "a fraction for a whole number",
      "1,2,3\n1,2,3.5\n",
      {},
      ["line 2", "column 3", "`label`", "whole number"],
    ],
    ["a whole number that is too large", "1,2,3\n1,2,3000000000\n", {}, ["line 2", "column 3"]],
    ["a short row", "1,2,3\n1,2\n", {}, ["line 2", "2 cells, where other rows have 3"]],
    ["a long row", "1,2,3\n1,2,3,4\n", {}, ["line 2", "4 cells"]],
    ["too few columns", "1,2\n", {}, ["2 cells", "`x` 2", "`label` 1"]],
    [
      "an unknown name",
      "w,h,c\n1,2,3\n",
      { columns: { x: ["w", "z"], label: ["c"] } },
      ["no column `z`", "w, h, c"],
    ],
    ["a name without a header", "1,2,3\n", { columns: { x: ["w", 1], label: [2] } }, ["no header"]],
    [
      "a position outside",
      "1,2,3\n",
      { columns: { x: [0, 3], label: [2] } },
      ["no column 3 among 3"],
    ],
    ["a field without columns", "1,2,3\n", { columns: { x: [0, 1] } }, ["`label`"]],
    ["too few given columns", "1,2,3\n", { columns: { x: [0], label: [2] } }, ["needs 2 columns"]],
  ])("refuses %s", (_, text, options, parts) =>
    expectError(() => parseCsv(text, fields, options), "bad-csv", ...parts),
  );

  test("refuses two fields of open width", () =>
    expectError(
      () => parseCsv("1,2\n", [field("x", "f32", "N"), field("y", "f32", "M")]),
      "bad-csv",
      "`x` and `y`",
    ));

  test("reads a wide table in one piece quickly", () => {
    const row = `${Array.from({ length: 65 }, (_, i) => i).join(",")}\n`;
    const start = performance.now();
    const data = parseCsv(row.repeat(5000), [field("x", "f32", 8, 8), field("label", "i32")]);
    expect(data.length).toBe(5000);
    expect(data.columns.get("x")!.shape).toEqual([8, 8]);
    expect(performance.now() - start).toBeLessThan(5000);
  });
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
    ["an empty file", [], "too few"],
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

describe("datasets", () => {
  test("refuse columns of different lengths", async () => {
    const x = { dtype: "f32" as const, shape: [3], values: new Float32Array(6) };
    await expectError(
      () =>
        datasetOf([
          ["x", x],
          ["y", { ...x, shape: [2] }],
        ]),
      "bad-data",
      "`y` has 3 examples, `x` has 2",
    );
    await expectError(() => datasetOf([["x", { ...x, shape: [4] }]]), "bad-data", "no multiple");
  });
});

describe("orders", () => {
  test.each([true, false, 1, 5, 1000])("with shuffle %s visit every row once", (shuffle) => {
    const order = epochOrder(23, shuffle, 1, 2);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    expect(epochOrder(23, shuffle, 1, 2)).toEqual(order);
    const plain = shuffle === false || shuffle === 1;
    expect([...order].every((row, i) => row === i)).toBe(plain);
    if (!plain) {
      expect(epochOrder(23, shuffle, 1, 3)).not.toEqual(order);
      expect(epochOrder(23, shuffle, 2, 2)).not.toEqual(order);
    }
  });

  test("a window lets no row out before its time", () => {
    epochOrder(200, 9, 0, 0).forEach((row, at) => expect(row).toBeLessThanOrEqual(at + 9));
  });

  test("a split is the same for the same seed and covers every row", () => {
    const { train, validation } = splitRows(37, 0.25, 5);
    expect(validation.length).toBe(9);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 37 }, (_, i) => i),
    );
    expect(splitRows(37, 0.25, 5).validation).toEqual(validation);
    expect(splitRows(37, 0.25, 6).validation).not.toEqual(validation);
  });
});

describe("batches of a stream", () => {
  const data = datasetOf([
    ["x", { dtype: "i32", shape: [], values: Int32Array.from({ length: 101 }, (_, i) => i) }],
  ]);
  const source = {
    kind: "stream" as const,
    open: async function* () {
      for (let at = 0; at < 101; at += 10) {
        yield takeRows(
          data,
          Array.from({ length: Math.min(10, 101 - at) }, (_, i) => at + i),
        );
      }
    },
  };
  const collect = async (
    options: Partial<BatchOptions>,
  ): Promise<readonly (readonly number[])[]> => {
    const batches: number[][] = [];
    const all: BatchOptions = {
      batch: 8,
      shuffle: 20,
      dropLast: false,
      seed: 0,
      epoch: 0,
      skip: 0,
      part: "all",
      share: 0,
      ...options,
    };
    for await (const batch of batchesOf(source, all)) batches.push([...batch["x"]!]);
    return batches;
  };

  test("hold every example once, mixed, the last one smaller", async () => {
    const batches = await collect({});
    expect(batches.map((batch) => batch.length)).toEqual([...new Array(12).fill(8), 5]);
    expect(batches.flat().toSorted((a, b) => a - b)).toEqual([...data.columns.get("x")!.values]);
    expect(batches.flat()).not.toEqual([...data.columns.get("x")!.values]);
    expect((await collect({ dropLast: true })).length).toBe(12);
  });

  test("can be entered in the middle", async () => {
    expect(await collect({ skip: 4 })).toEqual((await collect({})).slice(4));
    expect(await collect({ skip: 13 })).toEqual([]);
  });

  test("split into parts that do not meet", async () => {
    const train = (await collect({ part: "train", share: 0.3 })).flat();
    const validation = (await collect({ part: "validation", share: 0.3 })).flat();
    expect(validation.length).toBeGreaterThan(15);
    expect([...train, ...validation].toSorted((a, b) => a - b)).toEqual([
      ...data.columns.get("x")!.values,
    ]);
  });
});

describe("normalisation", () => {
  const rows = 57;
  const data = datasetOf([
    [
      "x",
      {
        dtype: "f32",
        shape: [3],
        // A spread column, a far narrow one, a constant one.
        values: Float32Array.from({ length: 3 * rows }, (_, i) =>
          i % 3 === 2
            ? 4
            : i % 3 === 0
              ? normalAt(1, 2, 0, i) * 5
              : 1e4 + normalAt(1, 2, 0, i) * 0.1,
        ),
      },
    ],
    ["y", { dtype: "i32", shape: [], values: new Int32Array(rows) }],
  ]);
  const column = (set: Dataset, at: number): readonly number[] =>
    valuesOf(set, "x").filter((_, i) => i % 3 === at);

  test("standard gives mean 0 and deviation 1", async () => {
    const normalised = normaliseDataset(await fitNormalisation([data], [["x", "standard"]]), data);
    for (const at of [0, 1]) {
      const values = column(normalised, at);
      const mean = values.reduce((sum, v) => sum + v, 0) / rows;
      expect(mean).toBeCloseTo(0, 4);
      expect(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / rows).toBeCloseTo(1, 4);
    }
    expect(column(normalised, 2)).toEqual(new Array(rows).fill(0));
    expect(normalised.columns.get("y")).toBe(data.columns.get("y"));
  });

  test("minmax gives 0 to 1", async () => {
    const normalised = normaliseDataset(await fitNormalisation([data], [["x", "minmax"]]), data);
    for (const at of [0, 1]) {
      expect(Math.min(...column(normalised, at))).toBe(0);
      expect(Math.max(...column(normalised, at))).toBeCloseTo(1, 6);
    }
  });

  test("fitted in pieces is fitted as a whole", async () => {
    const pieces = [0, 20, 40].map((at) =>
      takeRows(
        data,
        Array.from({ length: Math.min(20, rows - at) }, (_, i) => at + i),
      ),
    );
    expect(await fitNormalisation(pieces, [["x", "standard"]])).toEqual(
      await fitNormalisation([data], [["x", "standard"]]),
    );
  });

  test("travels with the weights' notes, exactly", async () => {
    const fitted = await fitNormalisation([data], [["x", "standard"]]);
    const metadata = new Map<string, string>();
    noteNormalisation(metadata, fitted);
    const read = readNormalisation(metadata);
    expect(read).toEqual(fitted);
    const x = data.columns.get("x")!.values as Float32Array;
    const batch = { x: x.slice(0, 6), other: Int32Array.of(1) };
    const normalised = normaliseBatch(read, batch);
    expect([...normalised.x]).toEqual(valuesOf(normaliseDataset(fitted, data), "x").slice(0, 6));
    expect(normalised.other).toBe(batch.other);
    expect(readNormalisation(new Map())).toEqual(new Map());
  });

  test("refuses integer fields, unknown fields and broken notes", async () => {
    await expectError(() => fitNormalisation([data], [["y", "standard"]]), "bad-data", "`y`");
    await expectError(() => fitNormalisation([data], [["z", "standard"]]), "bad-data", "`z`");
    for (const text of ["", "null", '{"x":{}}', '{"x":{"shift":[1],"scale":["a"]}}']) {
      const metadata = new Map([["dlm.normalisation", text]]);
      await expectError(() => readNormalisation(metadata), "bad-safetensors");
    }
  });
});
