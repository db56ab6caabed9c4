// Segments of paths for layers that no `let` named: `Dense_0`, `Dense_1`, in build order.

import { diagnostic } from "../../grammar/report.ts";
import type { Body } from "./body.ts";
import type { Context } from "./context.ts";
import type { Layer } from "./layer.ts";

/** Numbers every layer that is still without a name; called when one is applied and after each statement. */
export const settleNames = (ctx: Context, body: Body | null, applied: Layer | null): void => {
  for (const layer of body?.pending.splice(0) ?? []) settle(ctx, layer);
  if (applied !== null) settle(ctx, applied);
};

const settle = (ctx: Context, layer: Layer): void => {
  if (layer.segment !== null) return;
  const name = layer.decl.name.text;
  const { owner } = layer;
  const ordinal = owner?.ordinals.get(name) ?? 0;
  owner?.ordinals.set(name, ordinal + 1);
  layer.segment = `${name}_${ordinal}`;
  const clash = owner === null ? undefined : childNamed(owner, layer.segment, layer);
  if (clash !== undefined) ctx.report(diagnostic("DLM0207", clash.span, { name: layer.segment }));
};

const childNamed = (owner: Layer, segment: string, except: Layer): Layer | undefined =>
  [...owner.children.values()].find((child) => child !== except && child.segment === segment);

/** `let f = Dense(10)`: the layer built there is called `f`. */
export const nameLayer = (layer: Layer, body: Body | null, name: string): void => {
  if (layer.segment === null && (body?.pending.includes(layer) ?? false)) layer.segment = name;
};
