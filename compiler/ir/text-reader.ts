// Reads the text forms of the IR piece by piece; errors say the line and column.

/** A place in a text. White space and `// …` comments are skipped before every piece. */
export type TextReader = {
  /** The text that matches (a sticky pattern), or null without moving. */
  readonly take: (pattern: RegExp) => string | null;
  /** Whether `text` comes next; moves past it. Words match whole words only. */
  readonly accept: (text: string) => boolean;
  readonly expect: (text: string) => void;
  /** The text that matches, or an error that says what was wanted. */
  readonly need: (pattern: RegExp, what: string) => string;
  /** Items up to `close`, separated by commas. The opening mark is already read. */
  readonly list: <T>(close: string, item: () => T) => readonly T[];
  readonly atEnd: () => boolean;
  readonly fail: (message: string) => never;
};

export function createTextReader(text: string): TextReader {
  let at = 0;

  const skip = (): void => {
    const blank = /(?:\s|\/\/[^\n]*)*/y;
    blank.lastIndex = at;
    at += blank.exec(text)?.[0].length ?? 0;
  };
  const take = (pattern: RegExp): string | null => {
    skip();
    const sticky = new RegExp(pattern.source, "y");
    sticky.lastIndex = at;
    const found = sticky.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const fail = (message: string): never => {
    const before = text.slice(0, at).split("\n");
    const place = `${before.length}:${(before.at(-1) ?? "").length + 1}`;
    const rest = text.slice(at).split("\n")[0] ?? "";
    throw new SyntaxError(`${place}: ${message}, found ${rest === "" ? "the end" : `"${rest}"`}`);
  };
  const accept = (wanted: string): boolean => {
    skip();
    const isWord = /\w$/.test(wanted);
    if (!text.startsWith(wanted, at)) return false;
    if (isWord && /\w/.test(text[at + wanted.length] ?? "")) return false;
    at += wanted.length;
    return true;
  };
  const expect = (wanted: string): void => {
    if (!accept(wanted)) fail(`expected "${wanted}"`);
  };
  const list = <T>(close: string, item: () => T): readonly T[] => {
    const items: T[] = [];
    if (accept(close)) return items;
    do items.push(item());
    while (accept(","));
    expect(close);
    return items;
  };

  return {
    take,
    accept,
    expect,
    fail,
    list,
    need: (pattern, what) => take(pattern) ?? fail(`expected ${what}`),
    atEnd: () => {
      skip();
      return at === text.length;
    },
  };
}
