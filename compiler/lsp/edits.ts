// What turns one text into another, as few characters as one change can be.

import type { TextEdit } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";

/** No edits when the texts are equal. */
export const editsTo = (document: TextDocument, text: string): readonly TextEdit[] => {
  const before = document.getText();
  if (before === text) return [];
  const shorter = Math.min(before.length, text.length);
  let start = 0;
  while (start < shorter && before[start] === text[start]) start += 1;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === text.at(-1 - same)) same += 1;
  const range = {
    start: document.positionAt(start),
    end: document.positionAt(before.length - same),
  };
  return [{ range, newText: text.slice(start, text.length - same) }];
};
