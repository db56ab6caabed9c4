// dlm.ebnf and the parser's own grammar, both into one form that can be compared and analysed.

import {
  Alternation,
  Alternative,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  Rule,
  Terminal,
} from "chevrotain";
import type { IProduction, TokenType } from "chevrotain";
import * as t from "../../grammar/tokens.ts";

export type Production =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "pattern"; readonly text: string }
  | { readonly kind: "use"; readonly name: string }
  | { readonly kind: "sequence"; readonly parts: readonly Production[] }
  | { readonly kind: "choice"; readonly parts: readonly Production[] }
  | { readonly kind: "optional" | "repeated"; readonly content: Production };

const sequence = (parts: readonly Production[]): Production =>
  parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
const choice = (parts: readonly Production[]): Production =>
  parts.length === 1 ? parts[0]! : { kind: "choice", parts };

/** Rule name → production. */
export const readEbnf = (text: string): ReadonlyMap<string, Production> => {
  const bare = text.replace(/\(\*[^]*?\*\)/g, "");
  const tokens =
    bare.match(/"[^"]*"|\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+\/|\w+|[=;|()[\]{}]/g) ?? [];
  let at = 0;
  const expect = (word: string): void => {
    if (tokens[at] !== word) throw new Error(`expected ${word}, found ${tokens[at]} at ${at}`);
    at += 1;
  };
  const readChoice = (): Production => {
    const parts = [readSequence()];
    while (tokens[at] === "|") {
      at += 1;
      parts.push(readSequence());
    }
    return choice(parts);
  };
  const readSequence = (): Production => {
    const parts: Production[] = [];
    while (at < tokens.length && !/^[|;)\]}]$/.test(tokens[at]!)) parts.push(readOne());
    return sequence(parts);
  };
  const readBetween = (close: string): Production => {
    const content = readChoice();
    expect(close);
    return content;
  };
  const readOne = (): Production => {
    const token = tokens[at]!;
    at += 1;
    if (token === "(") return readBetween(")");
    if (token === "[") return { kind: "optional", content: readBetween("]") };
    if (token === "{") return { kind: "repeated", content: readBetween("}") };
    if (token.startsWith('"')) return { kind: "text", text: token.slice(1, -1) };
    if (token.startsWith("/")) return { kind: "pattern", text: token.slice(1, -1) };
    return { kind: "use", name: token };
  };
  const rules = new Map<string, Production>();
  while (at < tokens.length) {
    const name = tokens[at]!;
    at += 1;
    expect("=");
    rules.set(name, readBetween(";"));
  }
  return rules;
};

const tokenNames = new Map<TokenType, string>([
  [t.Name, "name"],
  [t.AnyName, "anyName"],
  [t.Identifier, "IDENT"],
  [t.String, "STRING"],
  [t.Int, "INT"],
  [t.Float, "FLOAT"],
  [t.BinOp, "BINOP"],
]);

/** A production of the parser in the form of the EBNF. */
export const readProduction = (production: IProduction): Production => {
  if (production instanceof Terminal) {
    const name = tokenNames.get(production.terminalType);
    return name === undefined
      ? { kind: "text", text: String(production.terminalType.PATTERN) }
      : { kind: "use", name };
  }
  if (production instanceof NonTerminal) return { kind: "use", name: production.nonTerminalName };
  if (production instanceof Alternation) return choice(production.definition.map(readProduction));
  if (production instanceof Rule || production instanceof Alternative) {
    return readAll(production.definition);
  }
  if (production instanceof Option) {
    return { kind: "optional", content: readAll(production.definition) };
  }
  if (production instanceof Repetition) {
    return { kind: "repeated", content: readAll(production.definition) };
  }
  if (production instanceof RepetitionMandatory) {
    const content = readAll(production.definition);
    return sequence([content, { kind: "repeated", content }]);
  }
  throw new Error(`unknown production ${production.constructor.name}`);
};

/** A mandatory repetition is two parts of the sequence around it. */
const readAll = (definition: readonly IProduction[]): Production =>
  sequence(
    definition.flatMap((part) => {
      const read = readProduction(part);
      return part instanceof RepetitionMandatory && read.kind === "sequence" ? read.parts : [read];
    }),
  );

export const printProduction = (production: Production): string => {
  switch (production.kind) {
    case "text":
      return `"${production.text}"`;
    case "pattern":
      return `/${production.text}/`;
    case "use":
      return production.name;
    case "sequence":
      return production.parts.map(printProduction).join(" ");
    case "choice":
      return `( ${production.parts.map(printProduction).join(" | ")} )`;
    case "optional":
      return `[ ${printProduction(production.content)} ]`;
    case "repeated":
      return `{ ${printProduction(production.content)} }`;
  }
};

/** `rule: production` for every place that one token does not decide. */
export const findConflicts = (rules: ReadonlyMap<string, Production>): readonly string[] => {
  const empty = new Map<string, boolean>();
  const first = new Map<string, Set<string>>([...rules.keys()].map((name) => [name, new Set()]));
  const follow = new Map<string, Set<string>>([...rules.keys()].map((name) => [name, new Set()]));
  const canBeEmpty = (part: Production): boolean =>
    part.kind === "optional" ||
    part.kind === "repeated" ||
    (part.kind === "use" && (empty.get(part.name) ?? false)) ||
    (part.kind === "sequence" && part.parts.every(canBeEmpty)) ||
    (part.kind === "choice" && part.parts.some(canBeEmpty));
  const firstOf = (part: Production): ReadonlySet<string> => {
    switch (part.kind) {
      case "text":
      case "pattern":
        return new Set([part.text]);
      case "use":
        return first.get(part.name) ?? new Set([part.name]);
      case "optional":
      case "repeated":
        return firstOf(part.content);
      case "choice":
        return new Set(part.parts.flatMap((one) => [...firstOf(one)]));
      case "sequence": {
        const found = new Set<string>();
        for (const one of part.parts) {
          for (const text of firstOf(one)) found.add(text);
          if (!canBeEmpty(one)) break;
        }
        return found;
      }
    }
  };
  const conflicts = new Set<string>();
  const walk = (
    rule: string,
    part: Production,
    after: ReadonlySet<string>,
    report: boolean,
  ): void => {
    const clash = (a: ReadonlySet<string>, b: ReadonlySet<string>): void => {
      if (report && [...a].some((text) => b.has(text))) {
        conflicts.add(`${rule}: ${printProduction(part)}`);
      }
    };
    switch (part.kind) {
      case "text":
      case "pattern":
        return;
      case "use":
        for (const text of after) follow.get(part.name)?.add(text);
        return;
      case "optional":
        clash(firstOf(part.content), after);
        return walk(rule, part.content, after, report);
      case "repeated":
        clash(firstOf(part.content), after);
        return walk(rule, part.content, new Set([...after, ...firstOf(part.content)]), report);
      case "choice":
        part.parts.forEach((one, index) => {
          for (const other of part.parts.slice(index + 1)) clash(firstOf(one), firstOf(other));
          walk(rule, one, after, report);
        });
        return;
      case "sequence":
        part.parts.forEach((one, index) => {
          const rest: Production = { kind: "sequence", parts: part.parts.slice(index + 1) };
          const next = new Set(firstOf(rest));
          if (canBeEmpty(rest)) for (const text of after) next.add(text);
          walk(rule, one, next, report);
        });
    }
  };
  const size = (): number =>
    [...first.values(), ...follow.values()].reduce((sum, set) => sum + set.size, 0) + empty.size;
  for (let before = -1; before !== size();) {
    before = size();
    for (const [name, production] of rules) {
      if (canBeEmpty(production)) empty.set(name, true);
      for (const text of firstOf(production)) first.get(name)!.add(text);
      walk(name, production, follow.get(name)!, false);
    }
  }
  for (const [name, production] of rules) walk(name, production, follow.get(name)!, true);
  return [...conflicts];
};
