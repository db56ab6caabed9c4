// What of a module is written twice: for devices with an ability, and for those without.

import type { Endings } from "../../../runtime/webgpu/program.ts";

export type EndingLines = { readonly on: readonly string[]; readonly off: readonly string[] };
export type AllEndings = Readonly<Record<keyof Endings, EndingLines>>;

const abilities = ["subgroups", "matrices"] as const;

export const noEnding: EndingLines = { on: [], off: [] };

export const joinEndings = (all: readonly EndingLines[]): EndingLines => ({
  on: all.flatMap(({ on }) => on),
  off: all.flatMap(({ off }) => off),
});

export const joinAllEndings = (all: readonly Partial<AllEndings>[]): AllEndings => {
  const of = (ability: keyof Endings): EndingLines =>
    joinEndings(all.map((one) => one[ability] ?? noEnding));
  return { subgroups: of("subgroups"), matrices: of("matrices") };
};

export const linesOf = ({ subgroups, matrices }: AllEndings): readonly string[] =>
  [subgroups, matrices].flatMap(({ on, off }) => [...on, ...off]);

/** Without those of which there is nothing. */
export const endingTexts = (all: AllEndings): Endings =>
  Object.fromEntries(
    abilities
      .filter((ability) => all[ability].on.length > 0)
      .map((ability) => {
        const { on, off } = all[ability];
        return [ability, { on: on.join("\n"), off: off.join("\n") }];
      }),
  );
