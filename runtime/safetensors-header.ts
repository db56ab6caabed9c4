// The JSON header of a safetensors file → its entries: only the shapes that the format allows, nothing said twice.
import { DlmError } from "./errors.ts";

export type HeaderEntry = {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
};

export type Header = {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: ReadonlyMap<string, string>;
};

const metadataName = "__metadata__";

/**
 * header   = "{" [ member { "," member } ] "}" { " " }
 * member   = '"__metadata__"' ":" { string ":" string } | string ":" tensor
 * tensor   = an object of exactly "dtype": string, "shape": integers, "data_offsets": two integers
 *
 * `JSON.parse` would keep the last of two equal keys and accept any depth, so the text is scanned here.
 */
export const parseHeader = (text: string): Header => {
  const entries: HeaderEntry[] = [];
  const metadata = new Map<string, string>();
  const scanner = scannerOf(text);
  // A file that starts with anything else might be read as another format too.
  if (text[0] !== "{") scanner.fail("the header does not start with `{`");
  scanner.object((name) => {
    if (name === metadataName) {
      scanner.object((key) => void metadata.set(key, scanner.string()));
    } else {
      entries.push(parseTensor(name, scanner));
    }
  });
  scanner.trailingSpaces();
  return { entries, metadata };
};

const parseTensor = (name: string, scanner: Scanner): HeaderEntry => {
  let dtype: string | null = null;
  let shape: readonly number[] | null = null;
  let offsets: readonly number[] | null = null;
  scanner.object((key) => {
    if (key === "dtype") dtype = scanner.string();
    else if (key === "shape") shape = scanner.integers();
    else if (key === "data_offsets") offsets = scanner.integers();
    else scanner.fail(`tensor ${JSON.stringify(name)} has a field ${JSON.stringify(key)}`);
  });
  if (dtype === null || shape === null || offsets === null) {
    return scanner.fail(
      `tensor ${JSON.stringify(name)} lacks ${missing({ dtype, shape, data_offsets: offsets })}`,
    );
  }
  const [begin, end, more] = offsets as readonly number[];
  if (begin === undefined || end === undefined || more !== undefined) {
    return scanner.fail(`tensor ${JSON.stringify(name)} needs two data offsets`);
  }
  return { name, dtype, shape, begin, end };
};

const missing = (fields: Readonly<Record<string, unknown>>): string =>
  Object.keys(fields)
    .filter((key) => fields[key] === null)
    .map((key) => `\`${key}\``)
    .join(", ");

type Scanner = {
  /** Calls `value` after each key and colon; keys must differ. */
  readonly object: (value: (key: string) => void) => void;
  readonly string: () => string;
  readonly integers: () => readonly number[];
  readonly trailingSpaces: () => void;
  readonly fail: (message: string) => never;
};

const scannerOf = (text: string): Scanner => {
  let at = 0;

  const fail = (message: string): never => {
    throw new DlmError(
      "bad-safetensors",
      `not a safetensors file: ${message} (header character ${at})`,
    );
  };

  const skipSpace = (): void => {
    while (at < text.length && " \t\n\r".includes(text[at]!)) at++;
  };

  const peek = (): string => {
    skipSpace();
    return text[at] ?? "";
  };

  const expect = (character: string): void => {
    if (peek() !== character) fail(`expected \`${character}\``);
    at++;
  };

  /** Items separated by commas up to `close`. */
  const list = (open: string, close: string, item: () => void): void => {
    expect(open);
    if (peek() === close) {
      at++;
      return;
    }
    item();
    while (peek() === ",") {
      at++;
      item();
    }
    expect(close);
  };

  const string = (): string => {
    if (peek() !== '"') fail("expected a string");
    const start = at++;
    while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at++;
    const value = parseString(text.slice(start, at));
    if (value === null) {
      at = start;
      return fail("a string is not valid JSON");
    }
    return value;
  };

  const integer = (): number => {
    skipSpace();
    const start = at;
    let value = 0;
    for (; at < text.length && text[at]! >= "0" && text[at]! <= "9"; at++) {
      value = value * 10 + Number(text[at]);
      if (value > Number.MAX_SAFE_INTEGER) fail("a number is too large");
    }
    if (at === start) fail("expected a whole number");
    if (text[start] === "0" && at - start > 1) fail("a number starts with 0");
    return value;
  };

  return {
    object: (value) => {
      const seen = new Set<string>();
      list("{", "}", () => {
        const key = string();
        if (seen.has(key)) fail(`${JSON.stringify(key)} appears twice`);
        seen.add(key);
        expect(":");
        value(key);
      });
    },
    string,
    integers: () => {
      const values: number[] = [];
      list("[", "]", () => void values.push(integer()));
      return values;
    },
    trailingSpaces: () => {
      while (text[at] === " ") at++;
      if (at < text.length) fail("only spaces may follow the header");
    },
    fail,
  };
};

const parseString = (quoted: string): string | null => {
  try {
    const value = JSON.parse(quoted) as string;
    // A lone surrogate cannot be written back as UTF-8.
    return /\p{Surrogate}/u.test(value) ? null : value;
  } catch {
    return null;
  }
};
