// What decisions call a value.

import type { Value } from "../ir/graph.ts";

export const nameOf = ({ def, hint, id }: Value): string =>
  def.kind === "input" ? def.sigil + def.name : `%${hint ?? id}`;
