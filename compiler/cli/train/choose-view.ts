// Which way to show a run: by what the user asked for and where the output goes.

import type { Terminal } from "../terminal.ts";
import { createJsonView, quietView } from "./json-view.ts";
import { createLinesView } from "./lines-view.ts";
import { createLiveView } from "./live-view.ts";
import type { TrainingView } from "./view.ts";

export const chooseView = (
  terminal: Terminal,
  { json = false, quiet = false }: { readonly json?: boolean; readonly quiet?: boolean },
): TrainingView => {
  if (json) return createJsonView(terminal);
  if (quiet) return quietView;
  return terminal.live ? createLiveView(terminal) : createLinesView(terminal);
};
