// A document into its canonical format, with the line ends it has.

import type { TextEdit } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { format } from "../../grammar/format.ts";
import { editsTo } from "./edits.ts";

/** Null when the syntax has errors: the document is left as it is. */
export const formatDocument = (document: TextDocument): readonly TextEdit[] | null => {
  const text = document.getText();
  const formatted = format({ path: document.uri, text });
  if (formatted === null) return null;
  return editsTo(document, text.includes("\r\n") ? formatted.replaceAll("\n", "\r\n") : formatted);
};
