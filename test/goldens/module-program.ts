// A module case as .dlm: a recipe of one step whose rate is 1, so that a weight moves by its gradient.

import { typeText } from "./expressions/program.ts";
import type { Golden } from "./load.ts";
import type { ModuleCase } from "./module-cases.ts";

/**
 * The outputs of the step leave through the buffer `seen`; each float input `xk` is met by a param `shiftk` of zeros,
 * whose gradient is that of the input. Evaluated modules are a model instead, with `grad` in it.
 */
export const moduleSource = (one: ModuleCase, inputs: readonly Golden[], output: Golden): string => {
  const shifted = inputs.map((input) => input.dtype === "F64");
  const type = typeText(output);
  const body = [
    ...inputs.flatMap((input, k) =>
      shifted[k] ? [`param shift${k}: ${typeText(input)} = 0`] : [],
    ),
    `buffer seen: ${type} = 0`,
    ...one.layers,
    ...inputs.flatMap((_, k) => (shifted[k] ? [`let x${k} = in${k} + shift${k}`] : [`let x${k} = in${k}`])),
    ...(one.statements ?? []),
    `let result = ${one.result}`,
    "next seen = result",
    "return result + 0 * seen",
  ];
  const fields = inputs.map((input, k) => `in${k}: ${typeText(input)}`);
  const names = inputs.map((_, k) => `in${k}`);
  return [
    `model Net(${fields.join(", ")}) -> ${type} {`,
    ...body.map((line) => `  ${line}`),
    "}",
    "",
    "train Once {",
    `  data ${[...fields, `cotangent: ${type}`].join(", ")}`,
    "  let net = Net()",
    `  minimize sum(net(${names.join(", ")}) * cotangent) using Sgd(lr = 1)`,
    "}",
    "",
  ].join("\n");
};

/** The evaluated module: result and gradients of the inputs `g0` … and of the weights `p0` … as named results. */
export const evaluatedSource = (
  one: ModuleCase,
  inputs: readonly Golden[],
  output: Golden,
  weights: readonly { readonly path: string; readonly shape: readonly number[] }[],
): string => {
  const fields = inputs.map((input, k) => `x${k}: ${typeText(input)}`);
  const gradients = [
    ...inputs.flatMap((input, k) =>
      input.dtype === "F64" ? [{ name: `g${k}`, of: `x${k}`, type: typeText(input) }] : [],
    ),
    ...weights.map(({ path, shape }, i) => ({ name: `p${i}`, of: path, type: `[${shape.join(", ")}]` })),
  ];
  const declared = gradients.map(({ name, type }) => `${name}: ${type}`);
  return [
    `model Net(${[...fields, `cotangent: ${typeText(output)}`].join(", ")})`,
    `  -> (y: ${typeText(output)}, ${declared.join(", ")}) {`,
    ...one.layers.map((line) => `  ${line}`),
    `  let y = ${one.result}`,
    "  let objective = sum(y * cotangent)",
    ...gradients.map(({ name, of }) => `  let ${name} = grad(objective, ${of})`),
    `  return ${["y", ...gradients.map(({ name }) => name)].join(", ")}`,
    "}",
    "",
  ].join("\n");
};
