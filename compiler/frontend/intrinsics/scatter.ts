// `scatter_add(into, index, values)`: adds rows at positions of axis 0.

import { diagnostic } from "../../../grammar/report.ts";
import { broadcastItem } from "../broadcast.ts";
import { castValue, promote } from "../convert.ts";
import { describeItem } from "../describe.ts";
import { isSafeIndex } from "../gather-checked.ts";
import { unknown } from "../value.ts";
import type { Item } from "../value.ts";
import { argumentSpan, tensorArgument } from "./arguments.ts";
import { required } from "./define.ts";
import type { Intrinsic, IntrinsicCall } from "./define.ts";

/** into [N, ρ…], index int[ι…], values [ι…, ρ…]. */
const scatterAdd = (call: IntrinsicCall): Item => {
  const { ctx, span } = call;
  const into = tensorArgument(call, "into");
  const index = tensorArgument(call, "index");
  const values = tensorArgument(call, "values");
  if (into === null || index === null || values === null) return unknown;
  if (index.value.type.dtype !== "i32") {
    const holes = { expected: "int", actual: describeItem(index) };
    ctx.report(diagnostic("DLM0304", argumentSpan(call, "index"), holes));
    return unknown;
  }
  const [extent, ...row] = into.value.type.shape;
  if (extent === undefined) {
    ctx.report(diagnostic("DLM0305", span, { op: call.name, actual: describeItem(into) }));
    return unknown;
  }
  const shape = [...index.value.type.shape, ...row];
  const labels = [...index.labels, ...into.labels.slice(1)];
  const given = broadcastItem(ctx, values, shape, labels, argumentSpan(call, "values"));
  if (given === null) return unknown;
  const dtype = promote(promote(into.value.type.dtype, given.value.type.dtype), "i32");
  const checked = isSafeIndex(ctx, index.value, extent, argumentSpan(call, "index"));
  const added = ctx.builder.op("scatterAdd", [castValue(ctx, given.value, dtype), index.value], {
    batch: 0,
    extent,
    checked,
  });
  const value = ctx.builder.op("add", [castValue(ctx, into.value, dtype), added]);
  return { ...into, value };
};

export const scatterIntrinsics: Readonly<Record<string, Intrinsic>> = {
  scatter_add: {
    params: [required("into"), required("index"), required("values")],
    run: scatterAdd,
  },
};
