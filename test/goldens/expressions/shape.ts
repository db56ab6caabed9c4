// Rearrangements: views, joins, parts and repetitions.

import { axisOf, rankOf, shapeOf, text, type Sample, type Translate } from "./sample.ts";

const joined: Translate = (s) =>
  `concat(${s.list.map((k) => `x${k}`).join(", ")}, axis = ${text(s.kwargs["dim"] ?? 0)})`;

const stacked: Translate = (s) => {
  const axis = axisOf(s.args[0] ?? 0, rankOf(s) + 1);
  if (s.list.length === 2) return `stack(x0, x1, ${axis})`;
  const parts = s.list.map((k) => `unsqueeze(x${k}, ${axis})`);
  return parts.length === 1 ? parts[0]! : `concat(${parts.join(", ")}, axis = ${axis})`;
};

const parts: Translate = (s) => {
  const axis = axisOf(s.args[1] ?? 0, rankOf(s));
  const sizes = s.outputs.map((y) => y.shape[axis]!);
  if (sizes.length === 1) return "x0";
  const names = sizes.map((_, i) => `part${i}`);
  const equal = sizes.every((n) => n === sizes[0]);
  const how = equal ? String(sizes.length) : text(sizes);
  return { lets: [`let ${names.join(", ")} = split(x0, ${how}, axis = ${axis})`], values: names };
};

const toOutput =
  (name: string): Translate =>
  (s) =>
    `${name}(x0, ${text(s.outputs[0]!.shape)})`;

const transposed: Translate = (s) =>
  rankOf(s) === 0 ? "x0" : `transpose(x0, ${text(s.args[0])}, ${text(s.args[1])})`;

const permuted: Translate = (s) =>
  `permute(x0, ${text((s.args[0] as number[]).map((axis) => axisOf(axis, rankOf(s))))})`;

const squeezed: Translate = (s) => {
  if (s.args.length === 0) return toOutput("reshape")(s);
  const axis = axisOf(s.args[0], rankOf(s));
  return shapeOf(s)[axis] === 1 ? `squeeze(x0, ${text(s.args[0])})` : "x0";
};

const flipped: Translate = (s) =>
  (s.kwargs["dims"] as number[]).reduce((e, axis) => `flip(${e}, ${text(axis)})`, "x0");

const tiled: Translate = (s) => {
  const times = (s.args[0] ?? s.kwargs["dims"]) as number[];
  const rank = Math.max(times.length, rankOf(s));
  const ones = (n: number) => Array.from({ length: Math.max(0, n) }, () => 1);
  const shape = [...ones(rank - rankOf(s)), ...shapeOf(s)];
  const x = rank > rankOf(s) ? `reshape(x0, ${text(shape)})` : "x0";
  return `tile(${x}, ${text([...ones(rank - times.length), ...times])})`;
};

const narrowed: Translate = (s) => {
  const [axis, start, n] = s.args;
  if (typeof start === "number") {
    const from = axisOf(start, shapeOf(s)[axisOf(axis, rankOf(s))]!);
    return `narrow(x0, ${text(axis)}, ${from}, ${text(n)})`;
  }
  const a = axisOf(axis, rankOf(s));
  const subscripts = shapeOf(s).map((_, i) => (i === a ? "at" : ":"));
  return {
    lets: [
      `let at[i < ${text(n)}] = (${text(start)} + i) % ${shapeOf(s)[a]}`,
      `let y = x0[${subscripts.join(", ")}]`,
    ],
    values: ["y"],
  };
};

const selected: Translate = (s) => subscripted(s, axisOf(s.args[0], rankOf(s)), text(s.args[1]));

const subscripted = (s: Sample, axis: number, index: string): string =>
  `x0[${shapeOf(s)
    .map((_, i) => (i === axis ? index : ":"))
    .join(", ")}]`;

const triangle =
  (name: string): Translate =>
  (s) =>
    `${name}(x0, ${text(s.args[0] ?? 0)})`;

export const shape: Readonly<Record<string, Translate>> = {
  cat: joined,
  stack: stacked,
  split: parts,
  chunk: parts,
  reshape: toOutput("reshape"),
  expand: toOutput("expand"),
  broadcast_to: toOutput("expand"),
  transpose: transposed,
  permute: permuted,
  squeeze: squeezed,
  unsqueeze: (s) => `unsqueeze(x0, ${text(s.args[0])})`,
  repeat: tiled,
  tile: tiled,
  flip: flipped,
  roll: (s) => `roll(x0, ${text(s.args[0])}, ${text(s.args[1])})`,
  tril: triangle("tril"),
  triu: triangle("triu"),
  narrow: narrowed,
  select: selected,
};
