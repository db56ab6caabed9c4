// Text ↔ numbers, character by character or byte by byte; which number means what is saved with the weights.
import { DlmError } from "../errors.ts";

export type TokenKind = "characters" | "bytes";

export type Tokens = {
  readonly kind: TokenKind;
  /** Numbers are 0 .. size-1. */
  readonly size: number;
  /** Refuses characters that have no number, and halves of surrogate pairs. */
  readonly encode: (text: string) => Int32Array;
  /** Inverse of `encode`. Bytes that are no UTF-8 become U+FFFD. */
  readonly decode: (ids: ArrayLike<number>) => string;
  /** Text as its numbers come: "" while a character is not complete; without a number, what is left at the end. */
  readonly decoder: () => (id?: number) => string;
  /** What `save` and `readTokens` exchange. */
  readonly note: string;
};

/** The different characters (code points) of a text in ascending order. */
export const alphabetOf = (text: string): string => {
  const seen = new Set<number>();
  eachCodePoint(text, (code) => void seen.add(code));
  const codes = [...seen].sort((a, b) => a - b);
  return codes.map((code) => String.fromCodePoint(code)).join("");
};

/**
 * One number per character (code point), its place in `alphabet`. Others are refused, or take the number of `unknown`, a
 * character that joins the alphabet at its end unless it is there: U+FFFD, say.
 */
export const characterTokens = (
  alphabet: string,
  { unknown = null }: { readonly unknown?: string | null } = {},
): Tokens => {
  const characters = [...alphabet];
  if (unknown !== null && !characters.includes(unknown)) characters.push(unknown);
  const codes = characters.map((character) => character.codePointAt(0)!);
  const idOf = new Int32Array(1 + codes.reduce((a, b) => Math.max(a, b), 0)).fill(-1);
  codes.forEach((code, id) => {
    if (idOf[code] !== -1) {
      throw new DlmError("bad-option", `the alphabet has ${shown(code)} twice`);
    }
    idOf[code] = id;
  });
  if (characters.length === 0) throw new DlmError("bad-option", "the alphabet is empty");
  const other = unknown === null ? -1 : idOf[unknown.codePointAt(0)!]!;
  const characterOf = (id: number): string => {
    const character = characters[id];
    if (character === undefined) throw outside(id, characters.length);
    return character;
  };
  return {
    kind: "characters",
    size: characters.length,
    encode: (text) => {
      const ids = new Int32Array(text.length);
      let count = 0;
      eachCodePoint(text, (code, at) => {
        const own = idOf[code] ?? -1;
        const id = own === -1 ? other : own;
        if (id === -1) {
          throw new DlmError(
            "bad-data",
            `${shown(code)} at position ${at} is not among the ${characters.length} characters of the vocabulary`,
          );
        }
        ids[count++] = id;
      });
      return ids.subarray(0, count);
    },
    decode: (ids) => Array.from(ids, characterOf).join(""),
    decoder: () => (id) => (id === undefined ? "" : characterOf(id)),
    note: JSON.stringify({ kind: "characters", alphabet: characters.join(""), unknown }),
  };
};

/** The bytes of UTF-8: 256 numbers for every text. */
export const byteTokens = (): Tokens => ({
  kind: "bytes",
  size: 256,
  encode: (text) => {
    // Half a pair would silently become U+FFFD.
    eachCodePoint(text, () => undefined);
    return Int32Array.from(new TextEncoder().encode(text));
  },
  decode: (ids) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(ids, byte)),
  decoder: () => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return (id) =>
      id === undefined
        ? decoder.decode()
        : decoder.decode(Uint8Array.of(byte(id)), { stream: true });
  },
  note: JSON.stringify({ kind: "bytes" }),
});

const byte = (id: number): number => {
  if (Number.isInteger(id) && id >= 0 && id < 256) return id;
  throw outside(id, 256);
};

const outside = (id: number, size: number): DlmError =>
  new DlmError("bad-data", `${id} is no number of a vocabulary of ${size}`);

/** Calls back with every code point and its index in the string. */
const eachCodePoint = (text: string, body: (code: number, at: number) => void): void => {
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at)!;
    if (code >= 0xd800 && code < 0xe000) {
      throw new DlmError("bad-data", `${shown(code)} at position ${at} is half of a character`);
    }
    body(code, at);
    if (code > 0xffff) at++;
  }
};

/** `é` (U+00E9); controls and marks that do not show by their number alone. */
const shown = (code: number): string => {
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const character = String.fromCodePoint(code);
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(character) ? `\`${character}\` (${number})` : number;
};

const metadataKey = "dlm.tokens";

/** Notes them where `save` of a trainer and of its nets puts them into the file. */
export const noteTokens = (metadata: Map<string, string>, { note }: Tokens): void =>
  void metadata.set(metadataKey, note);

/** What a loaded file says its numbers mean; `null` when it says nothing. */
export const readTokens = (metadata: ReadonlyMap<string, string>): Tokens | null => {
  const note = metadata.get(metadataKey);
  if (note === undefined) return null;
  const { kind, alphabet, unknown } = parseNote(note);
  if (kind === "bytes") return byteTokens();
  const known = unknown === null || typeof unknown === "string";
  if (kind !== "characters" || typeof alphabet !== "string" || !known) {
    throw new DlmError("bad-safetensors", "the file's vocabulary cannot be read");
  }
  return characterTokens(alphabet, { unknown });
};

const parseNote = (note: string): Readonly<Record<string, unknown>> => {
  try {
    return { ...(JSON.parse(note) as object) };
  } catch {
    return {};
  }
};
