// CSV text into rows and columns.
import { describe, expect, test } from "vitest";
import type { DType, FieldSpec, SizeSpec } from "../../runtime/abi.ts";
import { csvReader, parseCsv, type CsvOptions } from "../../runtime/data/csv.ts";
import { csvRows } from "../../runtime/data/csv-rows.ts";
import { type Dataset } from "../../runtime/data/dataset.ts";
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
    ["a number beyond 32 bits", "1,2,3\n1e39,2,3\n", {}, ["line 2", "column 1", "a number"]],
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
