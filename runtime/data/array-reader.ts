// IDX or NPY bytes, in pieces → columns of the examples that are whole so far.
import type { FieldSpec } from "../abi.ts";
import { DlmError } from "../errors.ts";
import { countOf } from "../store.ts";
import { checkSize, columnOf, exampleShape, type ArrayLayout, type FileArray } from "./arrays.ts";
import type { Column } from "./dataset.ts";
import { readIdxHeader } from "./idx.ts";
import { readNpyHeader } from "./npy.ts";

export type ArrayReader = {
  readonly push: (bytes: Uint8Array) => void;
  /** Refuses a file that ends too early. */
  readonly end: () => void;
  /** The whole examples since the last call; null while there is none. */
  readonly take: () => Column | null;
};

/** Changes what a file holds before it becomes a column: bytes of images into fractions. */
export type Adapt = (array: FileArray, field: FieldSpec) => FileArray;

/** Holds what was pushed and not taken, and no more. */
export const arrayReader = (
  format: "idx" | "npy",
  field: FieldSpec,
  adapt: Adapt = (array) => array,
): ArrayReader => {
  let held: Uint8Array = new Uint8Array(0);
  let layout: ArrayLayout | null = null;
  /** Bytes of elements so far, and elements taken. */
  let found = 0;
  let taken = 0;

  const readHeader = (): void => {
    layout = format === "idx" ? readIdxHeader(held) : readNpyHeader(held);
    if (layout === null) return;
    exampleShape(layout.shape, field);
    if (layout.columnMajor) {
      throw new DlmError(
        "bad-npy",
        "an array in Fortran order cannot be read in pieces: save it with numpy.ascontiguousarray",
      );
    }
    held = held.subarray(layout.start);
    found = held.length;
  };

  return {
    push: (bytes) => {
      held = held.length === 0 ? bytes : joinBytes(held, bytes);
      if (layout === null) readHeader();
      else found += bytes.length;
      if (layout !== null && found > countOf(layout.shape) * layout.size) checkSize(layout, found);
    },
    end: () => {
      if (layout === null) throw new DlmError(`bad-${format}`, `the ${format} header is cut off`);
      checkSize(layout, found);
    },
    take: () => {
      if (layout === null) return null;
      const inner = layout.shape.slice(1);
      const width = countOf(inner);
      const count = Math.floor(held.length / (width * layout.size));
      if (count === 0) return null;
      const used = count * width * layout.size;
      const values = layout.decode(held.subarray(0, used));
      held = held.subarray(used);
      const column = columnOf(adapt({ shape: [count, ...inner], values }, field), field, taken);
      taken += count * width;
      return column;
    },
  };
};

const joinBytes = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
};
