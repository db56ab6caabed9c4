// The rule that makes the gradient of a convolution by its input a convolution again.

import * as dim from "../../ir/dim.ts";
import { sliceAlong } from "../../ops/compose.ts";
import { dimAttr, numberAttr, textAttr } from "../../ops/attrs.ts";
import { parseSpec, printSpec } from "../../ops/contract-spec.ts";
import type { Row } from "../rewrite.ts";

/**
 * ct[o] sits at (k-1)d + o·s of the padded cotangent; i = o·s + j·d puts it at i + (k-1-j)·d,
 * which is tap k-1-j of window i: so the kernel is read backwards.
 */
const foldOfContract: Row = {
  rule: "fold(contract(ct, K)) -> contract(window(pad ct), flip K)",
  roots: ["fold"],
  apply: (r, [x], attrs) => {
    const from = r.opOf(x!, "contract");
    if (from === null || r.uses(x!) > 1) return null;
    const at = numberAttr(attrs, "axis");
    const spec = parseSpec(textAttr(from.attrs, "spec"));
    const [count, tap] = [spec.out[at]!, spec.out[at + 1]!];
    const ctFirst = spec.a.includes(count);
    const [ctLetters, kernelLetters] = ctFirst ? [spec.a, spec.b] : [spec.b, spec.a];
    if (kernelLetters.includes(count) || ctLetters.includes(tap)) return null;
    const [ct, kernel] = ctFirst ? from.operands : from.operands.toReversed();

    const [countAxis, tapAxis] = [ctLetters.indexOf(count), kernelLetters.indexOf(tap)];
    const [outputs, taps] = [ct!.type.shape[countAxis]!, kernel!.type.shape[tapAxis]!];
    const extent = dimAttr(attrs, "extent");
    const [stride, dilation] = [numberAttr(attrs, "stride"), numberAttr(attrs, "dilation")];
    const onCount = <T>(value: T, other: T): readonly T[] =>
      ct!.type.shape.map((_, axis) => (axis === countAxis ? value : other));
    const reach = dim.mul(dim.sub(outputs, 1), stride);
    const padded = r.op("pad", [ct!], {
      lo: onCount(dim.mul(dim.sub(taps, 1), dilation), 0),
      hi: onCount(dim.sub(dim.sub(extent, 1), reach), 0),
      interior: onCount(stride - 1, 0),
      value: 0,
    });
    const windows = r.op("window", [padded], {
      axis: countAxis,
      count: extent,
      size: taps,
      stride: 1,
      dilation,
    });
    const flipped = sliceAlong(r, kernel!, tapAxis, {
      start: dim.sub(taps, 1),
      count: kernel!.type.shape[tapAxis]!,
      step: -1,
    });
    const letters = ctLetters.replace(count, count + tap);
    const out = spec.out.replace(count + tap, count);
    return ctFirst
      ? r.op("contract", [windows, flipped], {
          spec: printSpec({ a: letters, b: kernelLetters, out }),
        })
      : r.op("contract", [flipped, windows], {
          spec: printSpec({ a: kernelLetters, b: letters, out }),
        });
  },
};

export const foldRows: readonly Row[] = [foldOfContract];
