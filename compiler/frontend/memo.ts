// Declarations in which nothing was found wrong are not elaborated again while their text, and that of all they name, stays.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import type { Span } from "../../grammar/span.ts";
import type { Named } from "./declare.ts";
import { isLibrary } from "./library.ts";
import type { Program } from "./load.ts";
import type { Observation } from "./observation.ts";

/** A declaration that was right. What it told of is kept with the places that its parts had. */
type Right = {
  readonly places: readonly Span[];
  /** Of the parts: those that were expanded or applied. */
  readonly seen: readonly number[];
  /** The same, of the library. */
  readonly seenElsewhere: readonly object[];
  readonly observations: readonly Observation[];
};

/** Kept by the caller between runs with the same options. */
export type Memo = Map<string, Right>;

/** What one declaration is elaborated with. */
export type Ears = {
  readonly seen: Set<object>;
  readonly observe: (observation: Observation) => void;
};

export type MemoRun = {
  /** Elaborates a declaration, or does as if. `what`: what is done with it. */
  readonly unit: (what: string, decl: Named, run: (ears: Ears) => void) => void;
  /** Keeps what was right. A declaration in which another one's error stands may have been spared its own. */
  readonly end: (diagnostics: readonly Diagnostic[]) => void;
};

const words = /[A-Za-z_\u0370-\u03FF][A-Za-z0-9_\u0370-\u03FF]*/g;

const inside = (outer: Span, { file, start, end }: Span): boolean =>
  outer.file === file && outer.start <= start && end <= outer.end;

/** `reported`: how many reports there were so far. */
export const runWithMemo = (
  memo: Memo,
  program: Program,
  { seen, observe }: Ears,
  reported: () => number,
): MemoRun => {
  const kept: Memo = new Map();
  const made: (readonly [string, Right])[] = [];

  const textOf = ({ span }: Named): string =>
    program.files.get(span.file)?.source.text.slice(span.start, span.end) ?? "";

  /** The declarations that one may depend on, itself first, and a text that says all that they are. */
  const partsOf = (first: Named): { readonly parts: readonly Named[]; readonly text: string } => {
    const parts = new Set([first]);
    const texts: string[] = [];
    for (const part of parts) {
      const text = textOf(part);
      const { file } = part.span;
      texts.push(`${file} ${part.broken}`, text);
      const declared = program.files.get(file)?.declared;
      const names = new Set(declared?.scope.names());
      for (const name of new Set(text.match(words))) {
        if (!names.has(name)) continue;
        const target = declared?.exported.get(name) ?? declared?.importedAs(name) ?? null;
        texts.push(
          `${name} is ${target === null ? "" : `${target.name.text} ${target.span.file}`}`,
        );
        if (target !== null) parts.add(target);
      }
    }
    return { parts: [...parts], text: texts.join("\n") };
  };

  return {
    unit: (what, decl, run) => {
      const { parts, text } = partsOf(decl);
      const key = `${what}\n${text}`;
      const places = parts.map(({ span }) => span);
      const known = memo.get(key);
      if (known !== undefined) {
        const now = moved(known, places);
        for (const index of now.seen) seen.add(parts[index]!);
        for (const one of now.seenElsewhere) seen.add(one);
        now.observations.forEach(observe);
        kept.set(key, now);
        return;
      }
      const before = reported();
      const own = new Set<object>();
      const observations: Observation[] = [];
      run({
        seen: own,
        observe: (one) => {
          if (!isLibrary(one.span.file)) observations.push(one);
          observe(one);
        },
      });
      for (const one of own) seen.add(one);
      if (reported() > before) return;
      const indices = [...own].map((one) => parts.findIndex((part) => part === one));
      const seenElsewhere = [...own].filter((_, i) => indices[i] === -1);
      made.push([
        key,
        { places, seen: indices.filter((i) => i >= 0), seenElsewhere, observations },
      ]);
    },
    end: (diagnostics) => {
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      const isSpared = ({ places }: Right): boolean =>
        errors.some(({ span }) => places.some((place) => inside(place, span)));
      memo.clear();
      for (const [key, right] of [...kept, ...made.filter(([, one]) => !isSpared(one))])
        memo.set(key, right);
    },
  };
};

/** The same, where the parts have other places now. */
const moved = (right: Right, places: readonly Span[]): Right => {
  const by = right.places.map(({ start }, i) => places[i]!.start - start);
  if (by.every((distance) => distance === 0)) return right;
  const observations = right.observations.map((one): Observation => {
    const distance = by[right.places.findIndex((place) => inside(place, one.span))] ?? 0;
    const { file, start, end } = one.span;
    return { ...one, span: { file, start: start + distance, end: end + distance } };
  });
  return { ...right, places, observations };
};
