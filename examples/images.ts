// Pictures of clothes and digits on disk into columns of numbers from 0 to 1.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import type { Column, Dataset } from "dlm/runtime";
import { readArray, readCsv } from "dlm/runtime/node";

export type Pictures = {
  readonly count: number;
  /** `[count, height * width]`, 0 black to 1 white. */
  readonly pixels: Float32Array;
  /** `[count]`, 0 to 9. */
  readonly labels: Int32Array;
};

export const fashionNames = [
  ...["T-shirt", "trouser", "pullover", "dress", "coat"],
  ...["sandal", "shirt", "sneaker", "bag", "ankle boot"],
] as const;

/** The folder of Fashion-MNIST: that of the Debian package, or what `FASHION_MNIST` names. */
export const fashionFolder = (): string =>
  env["FASHION_MNIST"] ?? "/usr/share/datasets/fashion-mnist";

/** The first `count` images of 28 x 28, to learn from ("train") or to be tested on ("t10k"). */
export const readFashion = async (part: "train" | "t10k", count: number): Promise<Pictures> => {
  const folder = fashionFolder();
  if (!existsSync(folder)) {
    throw new Error(
      `there is no folder ${folder}; Fashion-MNIST is a package of Debian and Ubuntu:\n` +
        "    sudo apt-get install --no-install-recommends dataset-fashion-mnist\n" +
        "  or set FASHION_MNIST to a folder that has its four files",
    );
  }
  const images = await readArray(join(folder, `${part}-images-idx3-ubyte.gz`));
  const labels = await readArray(join(folder, `${part}-labels-idx1-ubyte.gz`));
  return {
    count,
    pixels: Float32Array.from(images.values.subarray(0, 784 * count), (ink) => ink / 255),
    labels: Int32Array.from(labels.values.subarray(0, count)),
  };
};

/** All 1,797 digits of 8 x 8, in the order of the file. */
export const readDigits = async (): Promise<Pictures> => {
  const { length, columns } = await readCsv(
    fileURLToPath(new URL("digits/digits.csv.gz", import.meta.url)),
    [
      { name: "pixels", dtype: "f32", shape: ["B", 64] },
      { name: "labels", dtype: "i32", shape: ["B"] },
    ],
  );
  return {
    count: length,
    pixels: Float32Array.from(columns.get("pixels")!.values, (ink) => ink / 16),
    labels: columns.get("labels")!.values as Int32Array,
  };
};

/** Those from `from` up to `to`. */
export const between = (
  { pixels, labels, count }: Pictures,
  from: number,
  to: number,
): Pictures => {
  const width = pixels.length / count;
  return {
    count: to - from,
    pixels: pixels.slice(from * width, to * width),
    labels: labels.slice(from, to),
  };
};

/** The pixels as the field `name` of a recipe, the labels as `label`. */
export const pictureData = (
  { count, pixels, labels }: Pictures,
  name: string,
  shape: readonly number[],
): Dataset => ({
  length: count,
  columns: new Map<string, Column>([
    [name, { dtype: "f32", shape, values: pixels }],
    ["label", { dtype: "i32", shape: [], values: labels }],
  ]),
});

/** Images of 28 x 28 as means of 2 x 2 pixels: `[count, 784]` to `[count, 196]`. */
export const halved = (pictures: Pictures): Pictures => {
  const pixels = new Float32Array(pictures.count * 196);
  for (let i = 0; i < pixels.length; i++) {
    const at = Math.floor(i / 14) * 56 + (i % 14) * 2;
    const { pixels: from } = pictures;
    pixels[i] = (from[at]! + from[at + 1]! + from[at + 28]! + from[at + 29]!) / 4;
  }
  return { ...pictures, pixels };
};
