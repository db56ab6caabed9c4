// `dlm predict`: results of a saved model for every example.

import type { FieldSpec } from "../../../runtime/abi.ts";
import { exampleWidth, selectFields } from "../../../runtime/data/dataset.ts";
import type { ArrayBatch, Dataset } from "../../../runtime/data/dataset.ts";
import { normaliseDataset, readNormalisation } from "../../../runtime/data/normalise.ts";
import { isSequences, lengthsOf } from "../../../runtime/data/sequences.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { shownPath, writeText } from "../files.ts";
import type { Terminal } from "../terminal.ts";
import { parseDataWords } from "../train/data-arguments.ts";
import type { DataFiles } from "../train/data-arguments.ts";
import { noData } from "../train/data-help.ts";
import { inOrder } from "../train/evaluate-on.ts";
import { withCommas } from "../train/numbers.ts";
import { openNet } from "../train/open-net.ts";
import type { OpenNet } from "../train/open-net.ts";
import { predictionRows } from "../train/prediction-rows.ts";
import type { Prediction, PredictionTable } from "../train/prediction-rows.ts";
import { checkRanges } from "../train/ranges.ts";
import { countColumns, readData } from "../train/read-data.ts";
import { defaultBatch } from "../train/settings.ts";

export type PredictOptions = {
  readonly weights: string;
  readonly data?: readonly string[];
  readonly header?: boolean;
  readonly batch?: number;
  readonly name?: string;
  readonly out?: string;
  readonly json?: boolean;
};

const widthOf = (fields: readonly FieldSpec[]): number =>
  fields.reduce((sum, field) => sum + (exampleWidth(field) ?? 0), 0);

/** A table with as many columns as the recipe's fields holds the labels too: they are read and left out. */
const fieldsOf = (terminal: Terminal, files: DataFiles, open: OpenNet): readonly FieldSpec[] => {
  if (files.kind === "fields" || open.fields.length === 0) return open.inputs;
  const columns = countColumns(terminal, files.path);
  const holdsAll = columns === widthOf(open.fields) && columns !== widthOf(open.inputs);
  const names = open.fields.map(({ name }) => name);
  return holdsAll && open.inputs.every(({ name }) => names.includes(name))
    ? open.fields
    : open.inputs;
};

const readInputs = (
  terminal: Terminal,
  file: string,
  open: OpenNet,
  { data: words, header = false }: PredictOptions,
): Dataset => {
  const { inputs, net } = open;
  if (words === undefined) throw noData("dlm predict", file, net.name, inputs);
  const files = parseDataWords(
    "--data",
    words,
    inputs.map(({ name }) => name),
  );
  const fields = fieldsOf(terminal, files, open);
  const { data, notes } = readData(terminal, files, fields, {
    header,
    others: open.fields.map(({ name }) => name),
    entries: [open.forward],
  });
  for (const note of notes) terminal.err(`${note}\n`);
  const used = selectFields(data, inputs);
  checkRanges([open.forward], used, words.join(" "));
  checkJoinable(open, used);
  return used;
};

/** Results per position cannot be joined when batches are padded to different lengths. */
const checkJoinable = ({ net, forward }: OpenNet, data: Dataset): void => {
  const longest = [...data.columns.values()].flatMap((column) =>
    isSequences(column) ? [lengthsOf(column).values] : [],
  );
  const differ = longest.some((lengths) => lengths.some((length) => length !== lengths[0]));
  const open = forward.outputs.find(
    ({ kind, shape }) =>
      kind === "result" && shape.slice(1).some((size) => typeof size === "string"),
  );
  if (!differ || open === undefined) return;
  throw new UserError(
    `\`${net.name}\` gives [${open.shape.join(", ")}]: a result of its own size for each sequence`,
    "`dlm predict` writes rows of one length; call the net from TypeScript",
  );
};

/** Examples of a batch follow each other, so results of batches are joined end to end. */
const predictAll = async (
  { net, forward }: OpenNet,
  data: Dataset,
  batch: number,
): Promise<readonly Prediction[]> => {
  const results = forward.outputs.filter(({ kind }) => kind === "result");
  const parts = results.map((): ArrayBatch[string][] => []);
  for await (const inputs of inOrder(data, batch)) {
    const output = await net.forward(inputs);
    results.forEach(({ name }, k) => {
      parts[k]!.push(ArrayBuffer.isView(output) ? output : output[name]!);
    });
  }
  return results.map(({ name, shape }, k) => {
    const arrays = parts[k]!;
    const length = arrays.reduce((sum, array) => sum + array.length, 0);
    const values = new Float32Array(length);
    let at = 0;
    for (const array of arrays) {
      values.set(array, at);
      at += array.length;
    }
    const inner = shape.slice(1).filter((size) => typeof size === "number");
    const fixed = inner.length === shape.length - 1;
    return { name, values, shape: fixed ? inner : [length / data.length] };
  });
};

const textOf = (table: PredictionTable, json: boolean): string => {
  const lines = json
    ? table.objects.map((object) => JSON.stringify(object))
    : [table.columns, ...table.rows].map((cells) => cells.join(","));
  return `${lines.join("\n")}\n`;
};

export const runPredict = async (
  terminal: Terminal,
  file: string,
  options: PredictOptions,
): Promise<ExitCode> => {
  const { weights, name, batch, out, json = false } = options;
  const open = await openNet(terminal, file, weights, name, batch);
  const data = readInputs(terminal, shownPath(terminal, file), open, options);
  const normalised = normaliseDataset(readNormalisation(open.net.metadata), data);
  const predictions = await predictAll(open, normalised, batch ?? defaultBatch);
  const text = textOf(predictionRows(predictions, data.length, open.classes), json);
  if (out === undefined) terminal.out(text);
  else {
    writeText(terminal, out, text);
    terminal.err(`${withCommas(data.length)} results in ${shownPath(terminal, out)}\n`);
  }
  return exitCode.ok;
};
