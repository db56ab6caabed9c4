// Checks documents after they change, and tells the client what there is to report.

import type { PublishDiagnosticsParams } from "vscode-languageserver";
import { toProtocol } from "./diagnostics.ts";
import type { Host } from "./host.ts";
import { createPlaces } from "./places.ts";
import type { Workspace } from "./workspace.ts";

export type Publisher = {
  /** Checks these documents soon; another change in between puts it off. `others`: what imports a file that has changed. */
  readonly check: (paths: readonly string[], others?: readonly string[]) => void;
  /** Forgets what was planned. */
  readonly stop: () => void;
};

/** Milliseconds that a check waits at most for the next keystroke. */
const longestWait = 300;
/** What takes no longer is done at once. */
const quick = 50;

export const createPublisher = (
  workspace: Workspace,
  explanation: Host["explanation"],
  send: (params: PublishDiagnosticsParams) => void,
  /** Is told what the compiler threw: a mistake of its own, which must not end the server. */
  failed: (error: unknown) => void,
  /** Is told when others were checked: what a client shows of them may not hold any more. */
  othersChanged: () => void,
): Publisher => {
  const due = new Set<string>();
  const shown = new Map<string, string>();
  let hasOthers = false;
  let timer: NodeJS.Timeout | undefined;
  /** As long as the last check took, which leaves half of the time to everything else. */
  let wait = 0;

  const publish = (): void => {
    const places = createPlaces(workspace);
    const reports = workspace.reports();
    for (const path of new Set([...shown.keys(), ...reports.keys(), ...due])) {
      const document = workspace.documentAt(path);
      const params: PublishDiagnosticsParams = {
        uri: workspace.uriOf(path),
        diagnostics: (reports.get(path) ?? []).map((one) => toProtocol(one, places, explanation)),
        ...(document === null ? {} : { version: document.version }),
      };
      const text = JSON.stringify(params);
      if (shown.get(path) !== text) send(params);
      if (document === null && params.diagnostics.length === 0) shown.delete(path);
      else shown.set(path, text);
    }
  };

  const run = (): void => {
    const start = performance.now();
    try {
      for (const path of due) if (workspace.documentAt(path) !== null) workspace.analysisOf(path);
    } catch (error) {
      failed(error);
    }
    publish();
    due.clear();
    if (hasOthers) othersChanged();
    hasOthers = false;
    const took = performance.now() - start;
    wait = took <= quick ? 0 : Math.min(took, longestWait);
  };

  return {
    check: (paths, others = []) => {
      for (const path of [...paths, ...others]) due.add(path);
      hasOthers ||= others.length > 0;
      clearTimeout(timer);
      timer = setTimeout(run, wait);
    },
    stop: () => clearTimeout(timer),
  };
};
