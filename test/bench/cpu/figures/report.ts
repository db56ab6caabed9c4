// Figures as lines to read, and as a table.

import type { Figure, Surveyed, Unit } from "./figure.ts";

const spelled: Readonly<Record<Unit, (value: number) => string>> = {
  B: (value) => (value >= 1000 ? `${(value / 1000).toFixed(1)} kB` : `${value.toFixed(0)} B`),
  ms: (value) => `${value.toFixed(0)} ms`,
  "%": (value) => `${value.toFixed(1)} %`,
};

const valueOf = ({ value, unit }: Figure): string => spelled[unit](value);

const aimOf = ({ most, unit }: Figure): string => (most === null ? "" : spelled[unit](most));

export const isMet = ({ value, most }: Figure): boolean | null =>
  most === null ? null : value <= most;

export const surveyLines = ({ survey, figures, failure }: Surveyed): readonly string[] => [
  `${survey.name}: ${survey.what}`,
  ...(failure === null ? [] : [`  ${failure}`]),
  ...figures.map((figure) => {
    const met = isMet(figure);
    const judged = met === null ? "" : `${met ? "met" : "MISSED"}: at most ${aimOf(figure)}`;
    return `  ${valueOf(figure).padStart(9)}  ${[figure.what, judged, figure.note ?? ""].filter((part) => part !== "").join("; ")}`;
  }),
];

/** Rows of a table in Markdown. */
export const surveyRows = (surveyed: readonly Surveyed[]): readonly (readonly string[])[] =>
  surveyed.flatMap(({ survey, figures, failure }) =>
    failure === null
      ? figures.map((figure, k) => [
          k === 0 ? survey.name : "",
          figure.what,
          isMet(figure) === false ? `**${valueOf(figure)}**` : valueOf(figure),
          aimOf(figure),
          figure.note ?? "",
        ])
      : [[survey.name, failure, "", "", ""]],
  );

export const surveyHeads = [
  "work",
  "figure",
  "measured, missed in bold",
  "aimed at: at most",
  "remarks",
];
