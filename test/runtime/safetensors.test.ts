// Safetensors: round trips, one bad file per rule of the format, and files changed at random.
import { describe, expect, test } from "vitest";
import { DlmError } from "../../runtime/errors.ts";
import { threefryWord } from "../../runtime/random.ts";
import { readSafetensors, writeSafetensors, type SafeTensor } from "../../runtime/safetensors.ts";
import { errorOf, expectError } from "./errors.ts";

const encoder = new TextEncoder();

const file = (header: string | Uint8Array, data = 0, length?: number): Uint8Array => {
  const text = typeof header === "string" ? encoder.encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
};

const tensor = (dtype: string, shape: readonly number[], offsets: readonly number[]): string =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

const f32 = (shape: readonly number[], values: readonly number[]): SafeTensor => ({
  dtype: "F32",
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

const sample = (): Uint8Array =>
  writeSafetensors(
    new Map<string, SafeTensor>([
      ["Dense_0.W", f32([2, 3], [1, -2, 3.5, NaN, Infinity, -0])],
      ["mask", { dtype: "BOOL", shape: [3], bytes: Uint8Array.of(1, 0, 1) }],
      ["empty", f32([0, 4], [])],
      ["scalar", { dtype: "I32", shape: [], bytes: new Uint8Array(Int32Array.of(-7).buffer) }],
    ]),
    new Map([
      ["note", 'quotes " and ü'],
      ["__proto__", "fine"],
    ]),
  );

describe("safetensors", () => {
  test("come back as they were written", () => {
    const { tensors, metadata } = readSafetensors(sample());
    expect([...tensors.keys()].sort()).toEqual(["Dense_0.W", "empty", "mask", "scalar"]);
    const w = tensors.get("Dense_0.W")!;
    expect([w.dtype, w.shape]).toEqual(["F32", [2, 3]]);
    expect([...new Float32Array(w.bytes.slice().buffer)]).toEqual([1, -2, 3.5, NaN, Infinity, -0]);
    expect(tensors.get("mask")!.bytes).toEqual(Uint8Array.of(1, 0, 1));
    expect(tensors.get("empty")).toEqual({ dtype: "F32", shape: [0, 4], bytes: new Uint8Array() });
    expect(tensors.get("scalar")!.shape).toEqual([]);
    expect(metadata).toEqual(
      new Map([
        ["__proto__", "fine"],
        ["note", 'quotes " and ü'],
      ]),
    );
    expect(writeSafetensors(tensors, metadata)).toEqual(sample());
  });

  test("are aligned, wide dtypes first, so that 4-byte tensors can be used in place", () => {
    const bytes = sample();
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
    for (const { dtype, bytes: data } of readSafetensors(bytes).tensors.values()) {
      if (dtype !== "BOOL") expect(data.byteOffset % 4).toBe(0);
    }
  });

  test("are read in place: no copy of the data is made", () => {
    const bytes = sample();
    for (const { bytes: data } of readSafetensors(bytes).tensors.values()) {
      expect(data.buffer).toBe(bytes.buffer);
    }
  });

  test("may come in a Buffer, whose tensors are plain arrays", () => {
    const { tensors } = readSafetensors(Buffer.concat([Buffer.from("xyz"), sample()]).subarray(3));
    const { bytes } = tensors.get("scalar")!;
    expect([...new Int32Array(bytes.slice().buffer)]).toEqual([-7]);
  });

  test.each<[string, Uint8Array]>([
    ["an empty file", file("{}")],
    ["spaces after the header", file('{"a":' + tensor("U8", [1], [0, 1]) + "}   ", 1)],
    [
      "white space inside",
      file('{ "a" :\n\t{"shape":[ ] , "data_offsets":[0,8],"dtype":"F64"}}', 8),
    ],
    [
      "tensors in another order than their data",
      file(`{"b":${tensor("U8", [2], [1, 3])},"a":${tensor("U8", [1], [0, 1])}}`, 3),
    ],
    ["bits that fill whole bytes", file(`{"a":${tensor("F4", [3, 2], [0, 3])}}`, 3)],
    ["a name that is empty", file(`{"":${tensor("U8", [1], [0, 1])}}`, 1)],
    [
      "names of object members",
      file(
        `{"__proto__":${tensor("U8", [1], [0, 1])},"constructor":${tensor("U8", [0], [1, 1])}}`,
        1,
      ),
    ],
  ])("may be %s", (_, bytes) => {
    expect(() => readSafetensors(bytes)).not.toThrow();
  });

  const one = (info: string, data = 4): Uint8Array => file(`{"a":${info}}`, data);

  test.each<[string, Uint8Array, string]>([
    ["no bytes", new Uint8Array(0), "too few"],
    ["fewer bytes than the length takes", new Uint8Array(7), "too few"],
    ["a header above 100 MB", file("{}", 0, 100_000_001), "too long"],
    ["a length above 32 bits", file("{}", 0, 2 ** 32 + 2), "too long"],
    ["a header past the end", file("{}", 0, 3), "cut off"],
    ["an empty header", file(""), "does not start with `{`"],
    ["a header that starts with a space", file(" {}"), "does not start with `{`"],
    ["a byte order mark", file("\uFEFF{}"), "does not start with `{`"],
    ["a header that is a list", file("[]"), "does not start with `{`"],
    ["bytes that are not UTF-8", file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), "UTF-8"],
    ["a header that stops", file('{"a":'), "expected `{`"],
    ["a string that stops", file('{"a'), "not valid JSON"],
    ["a comma before the end", file(`{"a":${tensor("U8", [0], [0, 0])},}`), "expected a string"],
    ["text after the header", file("{}x"), "only spaces"],
    ["a line break after the header", file("{}\n"), "only spaces"],
    ["a second object", file("{}{}"), "only spaces"],
    ["zeros after the header", file("{}\0"), "only spaces"],
    [
      "a tensor twice",
      file(`{"a":${tensor("U8", [1], [0, 1])},"a":${tensor("U8", [1], [1, 2])}}`, 2),
      "appears twice",
    ],
    [
      "a name twice by an escape",
      file(`{"a":${tensor("U8", [1], [0, 1])},"\\u0061":${tensor("U8", [1], [1, 2])}}`, 2),
      "appears twice",
    ],
    [
      "a field twice",
      one('{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}'),
      "appears twice",
    ],
    ["metadata twice", file('{"__metadata__":{},"__metadata__":{}}'), "appears twice"],
    ["a note twice", file('{"__metadata__":{"k":"1","k":"2"}}'), "appears twice"],
    ["metadata that is a number", file('{"__metadata__":{"k":1}}'), "expected a string"],
    ["metadata that is an object", file('{"__metadata__":{"k":{}}}'), "expected a string"],
    ["metadata that is null", file('{"__metadata__":null}'), "expected `{`"],
    ["a tensor that is a list", one("[]"), "expected `{`"],
    [
      "a field that the format does not know",
      one('{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}'),
      'a field "x"',
    ],
    ["no dtype", one('{"shape":[1],"data_offsets":[0,4]}'), "lacks `dtype`"],
    ["no shape and no offsets", one('{"dtype":"F32"}'), "lacks `shape`, `data_offsets`"],
    ["a dtype that does not exist", one(tensor("F31", [1], [0, 4])), 'unknown dtype "F31"'],
    ["a dtype in small letters", one(tensor("f32", [1], [0, 4])), "unknown dtype"],
    ["a dtype named as an object member", one(tensor("constructor", [1], [0, 4])), "unknown dtype"],
    ["a negative size", one('{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}'), "whole number"],
    [
      "a size with a fraction",
      one('{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}'),
      "expected",
    ],
    [
      "a size with an exponent",
      one('{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}'),
      "expected",
    ],
    [
      "a size that starts with 0",
      one('{"dtype":"F32","shape":[01],"data_offsets":[0,4]}'),
      "starts with 0",
    ],
    [
      "a size that is a string",
      one('{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}'),
      "whole number",
    ],
    [
      "a shape that is a number",
      one('{"dtype":"F32","shape":1,"data_offsets":[0,4]}'),
      "expected `[`",
    ],
    ["a shape of shapes", one(`{"dtype":"F32","shape":${"[".repeat(1e5)}`), "whole number"],
    ["one offset", one(tensor("F32", [1], [0])), "two data offsets"],
    ["three offsets", one(tensor("F32", [1], [0, 4, 4])), "two data offsets"],
    [
      "a size past 2^53",
      one(`{"dtype":"F32","shape":[${"9".repeat(20)}],"data_offsets":[0,4]}`),
      "too large",
    ],
    ["sizes whose product overflows", one(tensor("F32", [2 ** 40, 2 ** 40], [0, 4])), "too large"],
    [
      "sizes whose product overflows to 0 in 64 bits",
      one(tensor("F32", [2 ** 32, 2 ** 32], [0, 0]), 0),
      "too large",
    ],
    ["bits that overflow", one(tensor("F64", [2 ** 52], [0, 4])), "too large"],
    ["bits that end inside a byte", one(tensor("F4", [3], [0, 4])), "inside a byte"],
    ["fewer bytes than the shape takes", one(tensor("F32", [2], [0, 4])), "has 4 bytes"],
    ["more bytes than the shape takes", one(tensor("F32", [1], [0, 5]), 5), "has 5 bytes"],
    [
      "an end before the beginning",
      file(
        `{"a":${tensor("F32", [0], [0, 0])},"b":${tensor("F32", [1], [0, 4])},"c":${tensor("F32", [1], [4, 0])}}`,
        4,
      ),
      "ends before",
    ],
    ["a hole at the start", one(tensor("F32", [1], [4, 8]), 8), "4 bytes before"],
    [
      "a hole between tensors",
      file(`{"a":${tensor("U8", [1], [0, 1])},"b":${tensor("U8", [1], [2, 3])}}`, 3),
      "1 bytes before",
    ],
    [
      "tensors that overlap",
      file(`{"a":${tensor("U8", [2], [0, 2])},"b":${tensor("U8", [2], [1, 3])}}`, 3),
      "overlaps",
    ],
    [
      "two tensors over the same bytes",
      file(`{"a":${tensor("U8", [2], [0, 2])},"b":${tensor("U8", [2], [0, 2])}}`, 2),
      "overlaps",
    ],
    ["a tensor past the end", one(tensor("F32", [2], [0, 8])), "cut off"],
    ["bytes after the last tensor", one(tensor("F32", [1], [0, 4]), 5), "1 bytes at the end"],
    ["bytes and no tensor", file("{}", 1), "1 bytes at the end"],
    ["half of a surrogate pair", file('{"__metadata__":{"k":"\\ud800"}}'), "not valid JSON"],
    ["a control character in a string", file('{"__metadata__":{"k":"\u0001"}}'), "not valid JSON"],
    ["an escape that JSON does not have", file('{"__metadata__":{"k":"\\x41"}}'), "not valid JSON"],
    ["single quotes", file("{'a':1}"), "expected a string"],
    ["a comment", file("{/**/}"), "expected a string"],
  ])("may not have %s", (_, bytes, message) =>
    expectError(() => readSafetensors(bytes), "bad-safetensors", message),
  );

  test("says where in the header it went wrong", async () => {
    const error = await errorOf(() => readSafetensors(file('{"a":1}')));
    expect(error.message).toContain("(header character 5)");
  });
});

/** Small whole numbers from Threefry, so that a failing mutant can be found again. */
const drawsOf = (seed: number): ((below: number) => number) => {
  let drawn = 0;
  return (below) => (threefryWord(seed, 1, drawn++, 0, 0) >>> 0) % below;
};

type Mutation = (bytes: Uint8Array, draw: (below: number) => number) => Uint8Array;

const headerText = (bytes: Uint8Array): string => {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
};

const withHeader = (bytes: Uint8Array, change: (text: string) => string): Uint8Array => {
  const text = headerText(bytes);
  const data = bytes.subarray(8 + encoder.encode(text).length);
  const changed = file(change(text), data.length);
  changed.set(data, changed.length - data.length);
  return changed;
};

const spliced = (text: string, at: number, removed: number, added: string): string =>
  text.slice(0, at) + added + text.slice(at + removed);

const mutations: Readonly<Record<string, Mutation>> = {
  "flip a bit anywhere": (bytes, draw) => {
    const copy = bytes.slice();
    copy[draw(copy.length)]! ^= 1 << draw(8);
    return copy;
  },
  "cut the end off": (bytes, draw) => bytes.slice(0, draw(bytes.length)),
  "add bytes at the end": (bytes, draw) => {
    const longer = new Uint8Array(bytes.length + 1 + draw(9));
    longer.set(bytes);
    return longer;
  },
  "change the header length": (bytes, draw) => {
    const copy = bytes.slice();
    new DataView(copy.buffer).setBigUint64(0, BigInt(draw(2 ** 31)) << BigInt(draw(33)), true);
    return copy;
  },
  "change a number": (bytes, draw) =>
    withHeader(bytes, (text) => {
      const numbers = [...text.matchAll(/\d+/g)];
      const chosen = numbers[draw(numbers.length)]!;
      const values = [
        "0",
        "1",
        "4",
        "24",
        "-1",
        "4294967296",
        "9007199254740993",
        "1e9",
        "00",
        "1.5",
      ];
      return spliced(text, chosen.index, chosen[0].length, values[draw(values.length)]!);
    }),
  "change a string": (bytes, draw) =>
    withHeader(bytes, (text) => {
      const strings = [...text.matchAll(/"[^"]*"/g)];
      const chosen = strings[draw(strings.length)]!;
      const values = [
        '"dtype"',
        '"__proto__"',
        '"F16"',
        '"a"',
        '""',
        '"\\ud800"',
        "null",
        "{}",
        '"shape"',
      ];
      return spliced(text, chosen.index, chosen[0].length, values[draw(values.length)]!);
    }),
  "insert punctuation": (bytes, draw) =>
    withHeader(bytes, (text) =>
      spliced(text, draw(text.length), draw(3), '{}[],:" \\0'[draw(10)]!.repeat(1 + draw(4))),
    ),
  "nest deeply": (bytes, draw) =>
    withHeader(bytes, (text) => spliced(text, draw(text.length), 0, "[{"[draw(2)]!.repeat(20_000))),
  "repeat a piece": (bytes, draw) =>
    withHeader(bytes, (text) => {
      const at = draw(text.length);
      return spliced(text, at, 0, text.slice(at, at + 1 + draw(80)));
    }),
};

describe("a changed file", () => {
  test.each(Object.keys(mutations))(
    "%s: a typed error, or tensors that fit their bytes",
    (name) => {
      const draw = drawsOf(Object.keys(mutations).indexOf(name));
      const original = sample();
      const start = performance.now();
      let refused = 0;
      for (let i = 0; i < 250; i++) {
        let mutant = mutations[name]!(original, draw);
        if (draw(4) === 0)
          mutant = mutations["flip a bit anywhere"]!(mutant.length > 0 ? mutant : original, draw);
        try {
          const { tensors } = readSafetensors(mutant);
          // What is accepted must be written and read again without loss.
          expect(readSafetensors(writeSafetensors(tensors)).tensors.size).toBe(tensors.size);
        } catch (error) {
          expect(error).toBeInstanceOf(DlmError);
          expect((error as DlmError).code).toBe("bad-safetensors");
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(20);
      expect(performance.now() - start).toBeLessThan(20_000);
    },
  );
});
