// A Diagnostic into the text a person reads: message, place, source frames with marks, notes and helps.

import type { Diagnostic, Fix, Severity } from "./diagnostic.ts";
import { displayLine } from "./display-line.ts";
import { createLineTable } from "./line-table.ts";
import type { LineTable } from "./line-table.ts";
import type { Span } from "./span.ts";

type Paint = (text: string) => string;
/** How each part is coloured. The command line passes colours; tests and pipes pass nothing. */
export type Style = Readonly<Record<Severity, Paint>> & {
  readonly message: Paint;
  /** Line numbers, bars and arrows. */
  readonly gutter: Paint;
  readonly secondary: Paint;
  readonly help: Paint;
  readonly fix: Paint;
};

const same: Paint = (text) => text;
export const plainStyle: Style = {
  error: same,
  warning: same,
  info: same,
  message: same,
  gutter: same,
  secondary: same,
  help: same,
  fix: same,
};

/** The text of a file, null when it cannot be had (then only its place is named). */
export type TextOf = (file: string) => string | null;

type Mark = {
  readonly span: Span;
  readonly text: string;
  readonly primary: boolean;
  readonly fix: Fix | null;
};
/** A mark's part on one line, in cells. */
type LineMark = Mark & { readonly from: number; readonly to: number; readonly label: string };

/** Where `[fix]` stands when there is room. */
const fixColumn = 60;

/** The whole report, without a line break at its end. */
export const render = (problem: Diagnostic, textOf: TextOf, style: Style = plainStyle): string => {
  const { span, label, fix } = problem;
  const own: Style = { ...style, error: style[problem.severity] };
  const primary: Mark = { span, text: label, primary: true, fix: fix ?? null };
  const others = problem.labels.map(
    ({ span: place, text, after }) =>
      [{ span: place, text, primary: false, fix: null } satisfies Mark, after ?? false] as const,
  );
  const here = others.filter(([mark, after]) => mark.span.file === span.file && !after);
  const chunks: (readonly Mark[])[] = [[primary, ...here.map(([mark]) => mark)]];
  for (const [mark] of others.filter((other) => !here.includes(other))) {
    const last = chunks.at(-1)!;
    if (chunks.length > 1 && last[0]!.span.file === mark.span.file) {
      chunks[chunks.length - 1] = [...last, mark];
    } else {
      chunks.push([mark]);
    }
  }
  const frames = chunks.map((marks) => ({ marks, ...readFrame(marks, textOf) }));
  const width = Math.max(2, ...frames.map(({ lines }) => String(lines.at(-1) ?? 0).length));
  const margin = " ".repeat(width);
  const head = `${style[problem.severity](`${problem.severity}[${problem.code}]`)}: ${style.message(problem.message)}`;
  const body = frames.flatMap(({ marks, table, lines }, index) => {
    const sign = index === 0 ? "-->" : ":::";
    const place = placeOf(marks[0]!.span, table);
    const arrow =
      index > 0 && marks[0]!.span.file === frames[index - 1]!.marks[0]!.span.file
        ? []
        : [`${margin}${style.gutter(sign)} ${place}`];
    return table === null ? arrow : [...arrow, ...drawLines(marks, table, lines, width, own)];
  });
  const foot = [
    ...problem.notes.map((text) => footLine(margin, "note", text, null, style)),
    ...problem.helps.map((help) => footLine(margin, "help", help.text, help.fix ?? null, style)),
    ...(problem.remarks ?? []).map((text) => footLine(margin, "note", text, null, style)),
  ];
  return [head, ...body, ...foot].join("\n");
};

const readFrame = (
  marks: readonly Mark[],
  textOf: TextOf,
): { readonly table: LineTable | null; readonly lines: readonly number[] } => {
  const text = textOf(marks[0]!.span.file);
  if (text === null) return { table: null, lines: [] };
  const table = createLineTable(text);
  const numbers = marks.flatMap(({ span }) => [firstLine(span, table), lastLine(span, table)]);
  return { table, lines: [...new Set(numbers)].sort((a, b) => a - b) };
};

const firstLine = (span: Span, table: LineTable): number => table.position(span.start).line;
const lastLine = (span: Span, table: LineTable): number =>
  table.position(Math.max(span.start, span.end - 1)).line;

const placeOf = (span: Span, table: LineTable | null): string => {
  if (table === null) return span.file;
  const { line, column } = table.position(span.start);
  return `${span.file}:${line}:${column}`;
};

const drawLines = (
  marks: readonly Mark[],
  table: LineTable,
  lines: readonly number[],
  width: number,
  style: Style,
): readonly string[] =>
  lines.flatMap((line, index) => {
    const text = table.text(line);
    const start = table.start(line);
    const onLine = marks.filter(
      ({ span }) => firstLine(span, table) === line || lastLine(span, table) === line,
    );
    const focus = Math.min(...onLine.map(({ span }) => Math.max(span.start - start, 0)));
    const shown = displayLine(text, focus);
    const indent = text.length - text.trimStart().length;
    const lineMarks = onLine.map((mark): LineMark => {
      const opens = firstLine(mark.span, table) === line;
      const closes = lastLine(mark.span, table) === line;
      const from = shown.cell(opens ? mark.span.start - start : indent);
      const to = shown.cell(closes ? mark.span.end - start : text.length);
      return { ...mark, from, to: Math.max(to, from + 1), label: closes ? mark.text : "" };
    });
    const inside = marks.some(
      ({ span }) => firstLine(span, table) < line && lastLine(span, table) >= line,
    );
    const skipped = index > 0 && lines[index - 1]! < line - 1 && inside;
    return [
      ...(skipped ? [style.gutter("...")] : []),
      `${style.gutter(`${String(line).padStart(width)} |`)} ${shown.text}`.trimEnd(),
      ...drawMarks(lineMarks, width, style),
    ];
  });

/** The row of carets, with the rightmost label behind it, and a row for every other label. */
const drawMarks = (
  unordered: readonly LineMark[],
  width: number,
  style: Style,
): readonly string[] => {
  const marks = [...unordered].sort((a, b) => a.from - b.from || a.to - b.to);
  const end = Math.max(...marks.map(({ to }) => to));
  const owner: (LineMark | null)[] = Array.from({ length: end }, () => null);
  for (const mark of [...marks].sort((a, b) => Number(a.primary) - Number(b.primary))) {
    owner.fill(mark, mark.from, mark.to);
  }
  const paint = (mark: LineMark): Paint => (mark.primary ? style.error : style.secondary);
  const carets = runs(owner)
    .map(({ mark, length }) =>
      mark === null ? " ".repeat(length) : paint(mark)((mark.primary ? "^" : "-").repeat(length)),
    )
    .join("");
  const last = marks.at(-1)!;
  const behind = last.to === end && last.label !== "" ? last : null;
  const bar = `${" ".repeat(width)} ${style.gutter("|")} `;
  const tag = marks.find(({ fix }) => fix !== null)?.fix ?? null;
  const first = behind === null ? carets : `${carets} ${paint(behind)(behind.label)}`;
  const firstWidth = width + 3 + end + (behind === null ? 0 : 1 + behind.label.length);
  const hanging = marks.filter((mark) => mark !== behind && mark.label !== "");
  return [
    `${bar}${first}${tag === null ? "" : fixTag(tag, firstWidth, style)}`.trimEnd(),
    ...hanging.map((_mark, index) => {
      const own = hanging.length - 1 - index;
      const mark = hanging[own]!;
      const places = new Set(hanging.slice(0, own).map(({ from }) => from));
      const stems = [...places]
        .filter((from) => from < mark.from)
        .reduce((row, from) => `${row.padEnd(from)}|`, "");
      return `${bar}${stems.padEnd(mark.from)}${paint(mark)(mark.label)}`;
    }),
  ];
};

const runs = (
  cells: readonly (LineMark | null)[],
): readonly { readonly mark: LineMark | null; readonly length: number }[] =>
  cells.reduce<{ mark: LineMark | null; length: number }[]>((done, mark) => {
    const last = done.at(-1);
    if (last !== undefined && last.mark === mark) last.length += 1;
    else done.push({ mark, length: 1 });
    return done;
  }, []);

const footLine = (
  margin: string,
  kind: "note" | "help",
  text: string,
  fix: Fix | null,
  style: Style,
): string => {
  const line = `${margin} ${style.gutter("=")} ${style.help(kind)}: ${text}`;
  const used = margin.length + 3 + kind.length + 2 + text.length;
  return fix === null ? line : `${line}${fixTag(fix, used, style)}`;
};

/** `[fix]`, `[fix: what it does]` or, when it may change the meaning, `[fix, maybe]`. */
const fixTag = (fix: Fix, used: number, style: Style): string => {
  const words = !fix.safe ? "fix, maybe" : fix.label === undefined ? "fix" : `fix: ${fix.label}`;
  return `${" ".repeat(Math.max(1, fixColumn - used))}${style.fix(`[${words}]`)}`;
};
