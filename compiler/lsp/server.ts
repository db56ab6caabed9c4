// The language server: requests and notifications of the protocol, each to the feature that answers it.

import {
  DidChangeWatchedFilesNotification,
  TextDocuments,
  TextDocumentSyncKind,
} from "vscode-languageserver";
import type {
  Connection,
  InitializeResult,
  TextDocumentPositionParams,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "../../grammar/parse.ts";
import { codeActionKinds, codeActions } from "./code-actions.ts";
import { completions, resolveCompletion } from "./completion.ts";
import { foldingRanges } from "./folding.ts";
import { formatDocument } from "./formatting.ts";
import type { Host } from "./host.ts";
import { hover } from "./hover.ts";
import { inlayHints } from "./inlay-hints.ts";
import { definition, highlights, references } from "./navigation.ts";
import { createPlaces } from "./places.ts";
import { createPublisher } from "./publisher.ts";
import { prepareRename, rename } from "./rename.ts";
import { legend, semanticTokens } from "./semantic-tokens.ts";
import { signatureHelp } from "./signature-help.ts";
import { documentSymbols } from "./symbols.ts";
import { createWorkspace } from "./workspace.ts";

const capabilities: InitializeResult["capabilities"] = {
  positionEncoding: "utf-16",
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  codeActionProvider: { codeActionKinds },
  documentFormattingProvider: true,
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  completionProvider: { resolveProvider: true },
  signatureHelpProvider: { triggerCharacters: ["(", ","] },
  hoverProvider: true,
  inlayHintProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  semanticTokensProvider: { legend, full: true },
};

/** What is sent while a client leaves does not arrive. */
const left = (): void => {};

/** Serves a client until it leaves; what comes back forgets what is still planned. */
export const serve = (connection: Connection, host: Host): (() => void) => {
  const documents = new TextDocuments(TextDocument);
  const workspace = createWorkspace(host, () => documents.all());
  const { explanation } = host;
  const publisher = createPublisher(
    workspace,
    explanation,
    (params) => void connection.sendDiagnostics(params).catch(left),
    (error) => connection.console.error(error instanceof Error ? `${error.stack}` : String(error)),
    () => refresh(),
  );
  /** Answers about an open document; null about any other. */
  const about = <P extends { readonly textDocument: { readonly uri: string } }, R>(
    answer: (document: TextDocument, params: P) => R,
  ): ((params: P) => R | null) => {
    return (params) => {
      const document = documents.get(params.textDocument.uri);
      return document === undefined ? null : answer(document, params);
    };
  };
  /** Answers about a place in an open document. */
  const at = <P extends TextDocumentPositionParams, R>(
    answer: (path: string, offset: number, params: P) => R,
  ): ((params: P) => R | null) =>
    about((document, params) =>
      answer(workspace.pathOf(document.uri), document.offsetAt(params.position), params),
    );

  let watches = false;
  let refresh = (): void => {};
  connection.onInitialize(({ capabilities: client }) => {
    watches = client.workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false;
    const { inlayHint, semanticTokens } = client.workspace ?? {};
    refresh = () => {
      if (inlayHint?.refreshSupport === true) connection.languages.inlayHint.refresh().catch(left);
      if (semanticTokens?.refreshSupport === true)
        connection.languages.semanticTokens.refresh().catch(left);
    };
    return { capabilities, serverInfo: { name: "dlm", version: host.version } };
  });
  connection.onInitialized(() => {
    const watchers = [{ globPattern: "**/*.dlm" }];
    if (watches)
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  });
  connection.onShutdown(publisher.stop);

  documents.onDidChangeContent(({ document: { uri } }) => {
    const path = workspace.pathOf(uri);
    publisher.check(
      [path],
      workspace.forget(path).filter((other) => other !== path),
    );
  });
  documents.onDidClose(({ document: { uri } }) => {
    publisher.check([], workspace.forget(workspace.pathOf(uri)));
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    publisher.check(
      [],
      changes.flatMap(({ uri }) => workspace.forget(workspace.pathOf(uri))),
    );
  });

  connection.onCodeAction(
    about((document, params) => [...codeActions(workspace, explanation, document, params)]),
  );
  connection.onDocumentFormatting(
    about((document) => {
      const edits = formatDocument(document);
      return edits === null ? null : [...edits];
    }),
  );

  connection.onDocumentSymbol(
    about((document) => {
      const path = workspace.pathOf(document.uri);
      const { file } = parse({ path, text: document.getText() });
      return documentSymbols(file, createPlaces(workspace));
    }),
  );
  connection.onFoldingRanges(about(foldingRanges));
  connection.languages.semanticTokens.on((params) => {
    const document = documents.get(params.textDocument.uri);
    if (document === undefined) return { data: [] };
    const path = workspace.pathOf(document.uri);
    return semanticTokens(document, workspace.analysisOf(path).linksIn(path));
  });

  connection.onCompletion(at((path, offset) => completions(workspace, path, offset)));
  connection.onCompletionResolve((item) => resolveCompletion(workspace, item));
  connection.onSignatureHelp(at((path, offset) => signatureHelp(workspace, path, offset)));
  connection.onHover(at((path, offset) => hover(workspace, path, offset)));
  connection.languages.inlayHint.on(
    about((document, { range }) => {
      const path = workspace.pathOf(document.uri);
      return inlayHints(document, workspace.analysisOf(path).observationsIn(path), range);
    }),
  );
  connection.onDefinition(at((path, offset) => definition(workspace, path, offset)));
  connection.onReferences(
    at((path, offset, { context }) =>
      references(workspace, path, offset, context.includeDeclaration),
    ),
  );
  connection.onDocumentHighlight(at((path, offset) => highlights(workspace, path, offset)));
  connection.onPrepareRename(at((path, offset) => prepareRename(workspace, path, offset)));
  connection.onRenameRequest(
    at((path, offset, { newName }) => rename(workspace, path, offset, newName)),
  );

  documents.listen(connection);
  connection.listen();
  return publisher.stop;
};
