// What training keeps beside a weight: optimizer state and sums of gradients.

import type { Span } from "../../grammar/span.ts";
import type { Value } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import type { Context } from "./context.ts";
import { storedInput } from "./store.ts";

/** The value of a stored state at the start of a step; the first request registers it with the module. */
export const stateInput = (
  ctx: Context,
  path: string,
  type: TensorType,
  start: number,
  span: Span,
): Value => {
  const { store } = ctx.state;
  if (!store.has(path))
    store.set(path, {
      path,
      storage: "state",
      type,
      init: { kind: "constant", value: start },
      stream: path,
      span,
    });
  return storedInput(ctx, path, type);
};
