// Results of a net into rows that people and programs read: a class with its probability, or the numbers themselves.

import { shortNumber } from "./numbers.ts";

/** One named result over all examples, row-major; `shape` is that of one example. */
export type Prediction = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
};

/** Cells of a CSV line by column, and the object of a JSON line. */
export type PredictionTable = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly objects: readonly Readonly<Record<string, unknown>>[];
};

const widthOf = ({ shape }: Prediction): number =>
  shape.reduce((product, size) => product * size, 1);

/** Scores that already are shares of one are left as they are; others go through a softmax. */
const probabilities = (scores: readonly number[]): readonly number[] => {
  const sum = scores.reduce((total, score) => total + score, 0);
  if (scores.every((score) => score >= 0) && Math.abs(sum - 1) < 1e-4) return scores;
  const greatest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - greatest));
  const total = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / total);
};

const exampleOf = (prediction: Prediction, row: number): readonly number[] => {
  const width = widthOf(prediction);
  return Array.from(prediction.values.subarray(row * width, (row + 1) * width));
};

/** Row-major values as nested lists. */
const nested = (values: readonly number[], shape: readonly number[]): unknown => {
  const [size, ...rest] = shape;
  if (size === undefined) return values[0];
  if (rest.length === 0) return values;
  const step = values.length / size;
  return Array.from({ length: size }, (_, i) =>
    nested(values.slice(i * step, (i + 1) * step), rest),
  );
};

const classTable = (prediction: Prediction, count: number): PredictionTable => {
  const found = Array.from({ length: count }, (_, row) => {
    const shares = probabilities(exampleOf(prediction, row));
    const best = shares.reduce((at, share, i) => (share > shares[at]! ? i : at), 0);
    return { class: best, probability: shares[best]!, probabilities: shares };
  });
  return {
    columns: ["class", "probability"],
    rows: found.map((one) => [String(one.class), one.probability.toFixed(4)]),
    objects: found,
  };
};

const columnNames = (prediction: Prediction): readonly string[] => {
  const width = widthOf(prediction);
  const name = prediction.name === "" ? "y" : prediction.name;
  return width === 1 ? [name] : Array.from({ length: width }, (_, i) => `${name}_${i}`);
};

const cellText = (value: number): string =>
  Number.isInteger(value)
    ? String(value)
    : Number.isFinite(value)
      ? String(Number(value.toPrecision(7)))
      : shortNumber(value);

/** `classes`: how many classes the labels of the recipe have, null when it does not classify. */
export const predictionRows = (
  predictions: readonly Prediction[],
  count: number,
  classes: number | null,
): PredictionTable => {
  const [only, ...more] = predictions;
  const classifies =
    only !== undefined &&
    more.length === 0 &&
    classes !== null &&
    only.shape.length === 1 &&
    only.shape[0] === classes;
  if (classifies) return classTable(only, count);
  const rows = Array.from({ length: count }, (_, row) =>
    predictions.flatMap((one) => exampleOf(one, row).map(cellText)),
  );
  const objects = Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      predictions.map((one) => [
        one.name === "" ? "y" : one.name,
        nested(exampleOf(one, row), one.shape),
      ]),
    ),
  );
  return { columns: predictions.flatMap(columnNames), rows, objects };
};
