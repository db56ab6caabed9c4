// A translated sample as a model: its outputs and the gradients of `sum(output * cotangent)`, all as named results.

import type { Golden } from "../load.ts";
import type { Expression, Sample, Weight } from "./sample.ts";

/** What a result is compared with; `weight` says how its numbers lie in the golden tensor. */
export type Expected = {
  readonly name: string;
  readonly kind: "output" | "gradient";
  readonly golden: Golden;
  readonly weight: Weight | null;
};
export type Program = {
  readonly source: string;
  /** Model input → tensor. */
  readonly inputs: ReadonlyMap<string, Golden>;
  readonly weights: Readonly<Record<string, { readonly golden: Golden; readonly weight: Weight }>>;
  readonly results: readonly Expected[];
};

const dtypes = { F64: "float", I64: "int", U8: "int", BOOL: "bool" } as const;

export const typeText = ({ dtype, shape }: Golden): string => {
  const word = dtypes[dtype];
  if (shape.length === 0) return word;
  return `${word === "float" ? "" : word}[${shape.join(", ")}]`;
};

export const programOf = (sample: Sample, expression: Expression): Program => {
  const { lets = [], values, weights = {} } = expression;
  const byTensor = new Map(Object.entries(weights).map(([path, weight]) => [weight.tensor, path]));
  const outputs = values.map((value, k) => ({ name: `y${k}`, value, golden: sample.outputs[k]! }));
  const losses = outputs.flatMap(({ name }, k) =>
    sample.cotangents[k] === undefined ? [] : [{ name, cotangent: `c${k}`, k }],
  );
  const gradients = [...sample.grads].map(([k, golden]) => {
    const path = byTensor.get(k);
    const weight = path === undefined ? null : weights[path]!;
    return { name: `g${k}`, of: path ?? `x${k}`, golden, weight };
  });
  const body = [
    ...lets,
    ...outputs.map(({ name, value }) => `let ${name} = ${value}`),
    ...(gradients.length > 0
      ? [`let objective = ${losses.map((l) => `sum(${l.name} * ${l.cotangent})`).join(" + ")}`]
      : []),
    ...gradients.map(({ name, of }) => `let ${name} = grad(objective, ${of})`),
  ];
  const text = body.join("\n");
  const inputs = new Map<string, Golden>();
  sample.inputs.forEach((golden, k) => {
    if (new RegExp(`\\bx${k}\\b`).test(text)) inputs.set(`x${k}`, golden);
  });
  if (gradients.length > 0) {
    for (const { cotangent, k } of losses) inputs.set(cotangent, sample.cotangents[k]!);
  }
  // PyTorch's layout of a weight is undone by the comparison, so its gradient is declared in the weight's own.
  const declared = [
    ...outputs.map(({ name, golden }) => `${name}: ${typeText(golden)}`),
    ...gradients.map(({ name, golden, weight }) => `${name}: ${weightType(golden, weight)}`),
  ];
  const parameters = [...inputs].map(([name, golden]) => `${name}: ${typeText(golden)}`);
  const results = [...outputs, ...gradients].map(({ name }) => name);
  const source = [
    `model M(${parameters.join(", ")}) -> (${declared.join(", ")}) {`,
    ...body.map((line) => `  ${line}`),
    `  return ${results.join(", ")}`,
    "}",
    "",
  ].join("\n");
  return {
    source,
    inputs,
    weights: Object.fromEntries(
      Object.entries(weights).map(([path, weight]) => [
        path,
        { golden: sample.inputs[weight.tensor]!, weight },
      ]),
    ),
    results: [
      ...outputs.map(({ name, golden }) => ({ name, kind: "output" as const, golden, weight: null })),
      ...gradients.map(({ name, golden, weight }) => ({ name, kind: "gradient" as const, golden, weight })),
    ],
  };
};

/** Weights join axes of the tensor, so only the rank-free total can be declared: `[...]` is spelled by the layout. */
const weightType = (golden: Golden, weight: Weight | null): string => {
  if (weight?.shape !== undefined) return `[${weight.shape.join(", ")}]`;
  if (weight === null || weight.layout === undefined) return typeText(golden);
  const seen = weight.split ?? golden.shape;
  const sizes = weight.layout.map((axis) => seen[axis]!);
  // A grouped kernel's last two axes are one in the library.
  const joined =
    weight.split === undefined ? sizes : [...sizes.slice(0, -2), sizes.at(-2)! * sizes.at(-1)!];
  return `[${joined.join(", ")}]`;
};

/** The numbers of a golden tensor in the order of the weight it stands for. */
export const inLayout = (golden: Golden, weight: Weight | null): Float64Array => {
  const { layout, split } = weight ?? {};
  if (layout === undefined) return golden.data;
  const shape = split ?? golden.shape;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const out = new Float64Array(golden.data.length);
  const sizes = layout.map((axis) => shape[axis]!);
  const steps = layout.map((axis) => strides[axis]!);
  for (let i = 0; i < out.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += (rest % sizes[axis]!) * steps[axis]!;
      rest = Math.floor(rest / sizes[axis]!);
    }
    out[i] = golden.data[from]!;
  }
  return out;
};
