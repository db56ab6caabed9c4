// Text to numbers and back, for any text; what is refused and how; the note that travels with the weights.
import { describe, expect, test } from "vitest";
import {
  alphabetOf,
  byteTokens,
  characterTokens,
  noteTokens,
  readTokens,
} from "../../runtime/data/tokens.ts";
import type { Tokens } from "../../runtime/data/tokens.ts";
import { threefryWord } from "../../runtime/random.ts";
import { errorOf } from "./errors.ts";

const texts: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["ASCII", "In the beginning\n"],
  ["astral characters", "🜂a🜄🜂"],
  ["combining marks, not joined", "e\u0301 \u00e9 n\u0303"],
  ["line ends as they are", "a\r\nb\rc\n\u2028"],
  ["a zero, a mark of byte order inside, noncharacters", "\0a\ufeffb\uffff\u{10ffff}"],
  ["quotes that JSON escapes", '"\\\u007f\u0001'],
  ["scripts", "שָׁלוֹם सत्य 漢字 ไทย"],
];

/** `length` code points, none of them half a pair. */
const randomText = (seed: number, length: number): string =>
  Array.from({ length }, (_, i) => {
    const code = (threefryWord(seed, 0, i, 0, 0) >>> 0) % (0x110000 - 0x800);
    return String.fromCodePoint(code < 0xd800 ? code : code + 0x800);
  }).join("");

const streamed = (tokens: Tokens, ids: Int32Array): string => {
  const decode = tokens.decoder();
  return [...ids].map((id) => decode(id)).join("") + decode();
};

const makers: readonly (readonly [string, (text: string) => Tokens])[] = [
  ["characters", (text) => characterTokens(alphabetOf(`${text}x`))],
  ["bytes", () => byteTokens()],
];

describe.each(makers)("%s", (kind, make) => {
  const all = [...texts, ...[1, 2, 3].map((seed) => ["drawn", randomText(seed, 257)] as const)];
  test.each(all)("round trip: %s", (_, text) => {
    const tokens = make(text);
    const ids = tokens.encode(text);
    expect(tokens.kind).toBe(kind);
    expect(ids.every((id) => id >= 0 && id < tokens.size)).toBe(true);
    expect(tokens.decode(ids)).toBe(text);
    expect(streamed(tokens, ids)).toBe(text);
  });

  test.each(all)("the note makes the same vocabulary: %s", (_, text) => {
    const tokens = make(text);
    const metadata = new Map<string, string>();
    noteTokens(metadata, tokens);
    const read = readTokens(metadata)!;
    expect(read.note).toBe(tokens.note);
    expect(read.encode(text)).toEqual(tokens.encode(text));
  });

  test("refuses half of a surrogate pair and numbers that mean nothing", async () => {
    const tokens = make("ab");
    for (const half of ["a\ud83d", "\ude00b", "ab\ud83da"]) {
      const error = await errorOf(() => tokens.encode(half));
      expect(error).toMatchObject({ code: "bad-data" });
      expect(error.message).toMatch(
        /^U\+D[8E][0-9A-F]{2} at position [012] is half of a character$/,
      );
    }
    for (const id of [-1, 256, 0.5])
      expect((await errorOf(() => tokens.decode([id]))).message).toContain(
        `${id} is no number of a voc`,
      );
  });
});

test("numbers of characters follow the order of code points, whatever the text", () => {
  expect(alphabetOf("bca🜂b\n")).toBe("\nabc🜂");
  expect([...characterTokens(alphabetOf("b🜂a")).encode("ab🜂")]).toEqual([0, 1, 2]);
});

test("bytes are those of UTF-8; a cut-off character becomes U+FFFD", () => {
  const tokens = byteTokens();
  expect([...tokens.encode("é\n")]).toEqual([0xc3, 0xa9, 10]);
  expect(tokens.decode([0xc3])).toBe("\ufffd");
  const decode = tokens.decoder();
  expect([decode(0xc3), decode(0xa9), decode(0xe2), decode()]).toEqual(["", "é", "", "\ufffd"]);
});

describe("a character outside the vocabulary", () => {
  test("is an error that names it and where it stands", async () => {
    const tokens = characterTokens("abc");
    expect(await errorOf(() => tokens.encode("ab\tc"))).toMatchObject({
      code: "bad-data",
      message: "U+0009 at position 2 is not among the 3 characters of the vocabulary",
    });
    expect((await errorOf(() => tokens.encode("aé"))).message).toContain(
      "`é` (U+00E9) at position 1",
    );
  });

  test("takes the number of `unknown` where there is one, also after saving", () => {
    const tokens = characterTokens("abc", { unknown: "\ufffd" });
    const read = readTokens(new Map([["dlm.tokens", tokens.note]]))!;
    for (const one of [tokens, read]) {
      expect(one.size).toBe(4);
      expect([...one.encode("a🜂c")]).toEqual([0, 3, 2]);
      expect(one.decode([0, 3])).toBe("a\ufffd");
    }
    expect([...characterTokens("a?", { unknown: "?" }).encode("ab")]).toEqual([0, 1]);
  });
});

test("refuses an alphabet that is empty or holds a character twice, and notes that cannot be read", async () => {
  expect((await errorOf(() => characterTokens(""))).message).toBe("the alphabet is empty");
  expect((await errorOf(() => characterTokens("aba"))).message).toBe(
    "the alphabet has `a` (U+0061) twice",
  );
  expect(readTokens(new Map())).toBeNull();
  for (const note of ["", "{", "null", '{"kind":"words"}', '{"kind":"characters","alphabet":3}'])
    expect(await errorOf(() => readTokens(new Map([["dlm.tokens", note]])))).toMatchObject({
      code: "bad-safetensors",
    });
});
