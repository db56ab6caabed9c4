// A program into a slightly broken one: bytes flipped, tokens dropped, doubled, swapped or replaced.

/** Numbers in 0 .. n - 1 from a seed (mulberry32). */
export const createRandom = (seed: number): ((n: number) => number) => {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
};

const token =
  /\s+|[A-Za-z_]\w*|\d[\d_.]*(?:e[+-]?\d+)?|"[^"]*"|->|<=|>=|==|!=|\.\.\.|\/\/[^\n]*|./g;

/** One change; most leave a program that still parses. */
export const mutate = (text: string, random: (n: number) => number): string => {
  const kind = random(7);
  if (kind === 0) {
    const at = random(text.length);
    const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << random(7)));
    return text.slice(0, at) + flipped + text.slice(at + 1);
  }
  const tokens = text.match(token) ?? [];
  const solid = tokens.flatMap((one, i) => (/\S/.test(one) && !one.startsWith("//") ? [i] : []));
  const pick = (): number => solid[random(solid.length)] ?? 0;
  const at = pick();
  const changed = [...tokens];
  if (kind === 1) changed.splice(at, 1);
  else if (kind === 2) changed.splice(at, 0, tokens[at] ?? "", " ");
  else if (kind === 3) {
    const other = pick();
    [changed[at], changed[other]] = [tokens[other] ?? "", tokens[at] ?? ""];
  } else {
    // Words for words and numbers for numbers keep the program parsing, so that the checker sees it.
    const alike = solid.filter((i) => classOf(tokens[i] ?? "") === classOf(tokens[at] ?? ""));
    const extra = classOf(tokens[at] ?? "") === "number" ? numbers : null;
    changed[at] =
      extra !== null && random(2) === 0
        ? (extra[random(extra.length)] ?? "0")
        : (tokens[alike[random(alike.length)] ?? at] ?? "");
  }
  return changed.join("");
};

const numbers = ["0", "1", "2", "3", "7", "1000000000", "0.5", "9007199254740991", "1e300"];

const classOf = (one: string): string =>
  /^\d/.test(one) ? "number" : /^[A-Za-z_]/.test(one) ? "word" : "sign";
