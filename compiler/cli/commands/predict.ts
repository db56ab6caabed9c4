// `dlm predict`: results of a saved model for every example.

import type { FieldSpec, SizeSpec } from "../../../runtime/abi.ts";
import { exampleWidth, selectFields, takeRows } from "../../../runtime/data/dataset.ts";
import type { ArrayBatch, Dataset } from "../../../runtime/data/dataset.ts";
import { normaliseDataset, readNormalisation } from "../../../runtime/data/normalise.ts";
import { isSequences, lengthsOf } from "../../../runtime/data/sequences.ts";
import { countOf } from "../../../runtime/store.ts";
import type { BackendOptions } from "../backends.ts";
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

export type PredictOptions = BackendOptions & {
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
  return used;
};

/** Whether batches are padded to lengths of their own and a result has that length. */
const differsInSize = ({ forward }: OpenNet, data: Dataset): boolean =>
  forward.outputs.some(({ kind, shape }) => kind === "result" && !isFixed(shape)) &&
  [...data.columns.values()].filter(isSequences).some((column) => {
    const lengths = lengthsOf(column).values;
    return lengths.some((length) => length !== lengths[0]);
  });

const isFixed = (shape: readonly SizeSpec[]): boolean =>
  shape.slice(1).every((size) => typeof size === "number");

/** Sizes of one example's result of `length` values: one that differs is told by the others. */
const shapeOf = (shape: readonly SizeSpec[], length: number): readonly number[] => {
  const sizes = shape.slice(1);
  const known = countOf(sizes.filter((size) => typeof size === "number"));
  if (sizes.filter((size) => typeof size === "string").length > 1) return [length];
  return sizes.map((size) => (typeof size === "number" ? size : length / known));
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
    return { name, values, shape: shapeOf(shape, length / data.length) };
  });
};

const predictTable = async (
  open: OpenNet,
  data: Dataset,
  batch: number,
): Promise<PredictionTable> =>
  predictionRows(await predictAll(open, data, batch), data.length, open.classes);

/** One sequence at a time, without padding: only lists can differ in length. */
const predictApart = async (
  open: OpenNet,
  data: Dataset,
  json: boolean,
): Promise<PredictionTable> => {
  if (!json)
    throw new UserError(
      `\`${open.net.name}\` gives a result of its own size for each sequence: no columns hold them`,
      "add --json for a list to each line",
    );
  const objects: PredictionTable["objects"][number][] = [];
  for (let row = 0; row < data.length; row++)
    objects.push(...(await predictTable(open, takeRows(data, [row]), 1)).objects);
  return { columns: [], rows: [], objects };
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
  const { weights, name, batch } = options;
  const open = await openNet(terminal, file, weights, name, batch, options);
  try {
    return await writePredictions(terminal, file, open, options);
  } finally {
    open.dispose();
  }
};

const writePredictions = async (
  terminal: Terminal,
  file: string,
  open: OpenNet,
  { batch, out, json = false, ...options }: PredictOptions,
): Promise<ExitCode> => {
  const data = readInputs(terminal, shownPath(terminal, file), open, options);
  const normalised = normaliseDataset(readNormalisation(open.net.metadata), data);
  const table = differsInSize(open, data)
    ? await predictApart(open, normalised, json)
    : await predictTable(open, normalised, batch ?? defaultBatch);
  const text = textOf(table, json);
  if (out === undefined) terminal.out(text);
  else {
    writeText(terminal, out, text);
    terminal.err(`${withCommas(data.length)} results in ${shownPath(terminal, out)}\n`);
  }
  return exitCode.ok;
};
