// A Vega-Lite description into the text of an SVG picture.

import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { TopLevelSpec } from "vega-lite";

/** What all pictures share; spread it into a description. */
export const plain = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  background: "white",
  config: { aria: false },
} as const;

/** Hundredths of a pixel are enough. */
const rounded = (svg: string): string =>
  svg.replace(/-?\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2))));

export const renderSvg = async (description: TopLevelSpec): Promise<string> =>
  rounded(await new View(parse(compile(description).spec), { renderer: "none" }).toSVG());
