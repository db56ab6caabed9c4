// A client of the language server: opens and edits documents, and waits for what is published about them.

import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import {
  createConnection,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import type {
  ClientCapabilities,
  InitializeResult,
  ProtocolConnection,
  PublishDiagnosticsParams,
  Range,
  TextEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { host as realHost } from "../../compiler/cli/commands/lsp.ts";
import { serve } from "../../compiler/lsp/server.ts";

export type Client = {
  readonly connection: ProtocolConnection;
  readonly initialized: InitializeResult;
  /** Opens a document, and waits for its reports. */
  readonly open: (uri: string, text: string) => Promise<PublishDiagnosticsParams>;
  /** Replaces the first `from` in an open document, and waits for the reports on the new version. */
  readonly edit: (uri: string, from: string, to: string) => Promise<PublishDiagnosticsParams>;
  readonly close: (uri: string) => Promise<void>;
  /** The next reports on a document. */
  readonly published: (uri: string) => Promise<PublishDiagnosticsParams>;
  readonly document: (uri: string) => TextDocument;
};

/** Starts a conversation over two streams. */
export const createClient = async (
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  capabilities: ClientCapabilities = {},
): Promise<Client> => {
  const connection = createProtocolConnection(
    new StreamMessageReader(input),
    new StreamMessageWriter(output),
  );
  onTestFinished(() => connection.dispose());
  const documents = new Map<string, TextDocument>();
  const waiting = new Map<string, ((params: PublishDiagnosticsParams) => void)[]>();
  connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
    for (const resolve of waiting.get(params.uri)?.splice(0) ?? []) resolve(params);
  });
  connection.listen();
  const published = (uri: string): Promise<PublishDiagnosticsParams> =>
    new Promise((resolve) => {
      waiting.set(uri, [...(waiting.get(uri) ?? []), resolve]);
    });
  const document = (uri: string): TextDocument => documents.get(uri)!;
  const initialized = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities,
  });
  await connection.sendNotification(InitializedNotification.type, {});
  return {
    connection,
    initialized,
    published,
    document,
    open: async (uri, text) => {
      const opened = TextDocument.create(uri, "dlm", 1, text);
      documents.set(uri, opened);
      const reports = published(uri);
      await connection.sendNotification(DidOpenTextDocumentNotification.type, {
        textDocument: { uri, languageId: "dlm", version: 1, text },
      });
      return reports;
    },
    edit: async (uri, from, to) => {
      const before = document(uri);
      const change = { range: rangeOf(before, from), text: to };
      const after = TextDocument.update(before, [change], before.version + 1);
      documents.set(uri, after);
      const reports = published(uri);
      await connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version: after.version },
        contentChanges: [change],
      });
      return reports;
    },
    close: (uri) =>
      connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } }),
  };
};

/** A client and a server in this process; `files` are what is on disk, by URI. */
export const startServer = (
  files: Readonly<Record<string, string>> = {},
  capabilities: ClientCapabilities = {},
): Promise<Client> => {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const connection = createConnection(
    new StreamMessageReader(toServer),
    new StreamMessageWriter(toClient),
  );
  const stop = serve(connection, { ...realHost, read: (uri) => files[uri] ?? null });
  onTestFinished(() => {
    stop();
    connection.dispose();
  });
  return createClient(toClient, toServer, capabilities);
};

/** Where the first `part` of a document is. */
export const rangeOf = (document: TextDocument, part: string): Range => {
  const start = document.getText().indexOf(part);
  if (start < 0) throw new Error(`the document has no ${part}`);
  return {
    start: document.positionAt(start),
    end: document.positionAt(start + part.length),
  };
};

/** The part of a document that a range is. */
export const partAt = (document: TextDocument, range: Range): string => document.getText(range);

export const edited = (document: TextDocument, edits: readonly TextEdit[]): string =>
  TextDocument.applyEdits(document, [...edits]);
