// Grey images in rows and columns into the bytes of a PNG picture.

import { PNG } from "pngjs";

/** `values` is `[N, height, width]`, 0 black to 1 white; what lies outside is cut. */
export type Images = {
  readonly values: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
};

export type GridOptions = {
  readonly columns: number;
  /** Pixels of the picture for each pixel of an image. */
  readonly scale?: number;
  /** Pixels between images. */
  readonly gap?: number;
};

const background = 0x60;

/** The images in reading order. */
export const drawImageGrid = (
  { values, height, width }: Images,
  { columns, scale = 2, gap = 2 }: GridOptions,
): Uint8Array => {
  const count = values.length / (height * width);
  if (!Number.isInteger(count) || count === 0) {
    throw new Error(`${values.length} values are no images of ${height} x ${width}`);
  }
  const cellWidth = width * scale + gap;
  const cellHeight = height * scale + gap;
  const picture = new PNG({
    width: Math.min(columns, count) * cellWidth + gap,
    height: Math.ceil(count / columns) * cellHeight + gap,
    colorType: 0,
  });
  const paint = (x: number, y: number, grey: number): void => {
    picture.data.fill(grey, 4 * (y * picture.width + x), 4 * (y * picture.width + x) + 3);
  };
  picture.data.fill(0xff);
  for (let y = 0; y < picture.height; y++)
    for (let x = 0; x < picture.width; x++) paint(x, y, background);
  for (let image = 0; image < count; image++) {
    const left = gap + (image % columns) * cellWidth;
    const top = gap + Math.floor(image / columns) * cellHeight;
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const row = image * height + Math.floor(y / scale);
        const value = values[row * width + Math.floor(x / scale)]!;
        paint(left + x, top + y, Math.round(255 * Math.min(1, Math.max(0, value))));
      }
    }
  }
  return PNG.sync.write(picture, { colorType: 0 });
};
