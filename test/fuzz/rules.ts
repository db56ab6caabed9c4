// Statements that work element by element or along one axis.

import { shapeText } from "./program.ts";
import type { Kind, Size, Slot, Statement } from "./program.ts";
import { extent, isFloat, pickSlot, replaced, without } from "./rule.ts";
import type { Rule } from "./rule.ts";

const slot = (
  name: string,
  shape: readonly Size[],
  bound: number,
  exact = false,
  kind: Kind = "float",
): Slot => ({ name, kind, shape, exact, bound });

const statement = (
  rule: string,
  text: string,
  defines: readonly Slot[],
  reads: readonly Slot[],
): Statement => ({ rule, text, defines, reads: reads.map((one) => one.name) });

const ranked =
  (least: number) =>
  (one: Slot): boolean =>
    isFloat(one) && one.shape.length >= least;

/** Smooth functions of one number: how it is written, and the bound of the result. */
const smooth: readonly (readonly [string, (x: string) => string, (bound: number) => number])[] = [
  ["tanh", (x) => `tanh(${x})`, () => 1],
  ["sigmoid", (x) => `sigmoid(${x})`, () => 1],
  ["exp", (x) => `exp(sin(${x}))`, () => 2.8],
  ["log", (x) => `log(1.5 + ${x}^2)`, (b) => Math.log(1.5 + b * b) + 0.5],
  ["sqrt", (x) => `sqrt(1.5 + ${x}^2)`, (b) => b + 1.3],
  ["sin", (x) => `sin(${x})`, () => 1],
  ["cos", (x) => `cos(${x})`, () => 1],
  ["erf", (x) => `erf(${x})`, () => 1],
  ["neg", (x) => `-${x}`, (b) => b],
  ["square", (x) => `${x}^2`, (b) => b * b],
  ["cube", (x) => `tanh(${x})^3`, () => 1],
  ["power", (x) => `(1.5 + ${x}^2)^0.7`, (b) => (1.5 + b * b) ** 0.7],
  ["expm1", (x) => `expm1(sin(${x}))`, () => 1.8],
  ["log1p", (x) => `log1p(${x}^2)`, (b) => Math.log1p(b * b)],
  ["gelu", (x) => `gelu(${x})`, (b) => b],
  ["silu", (x) => `silu(${x})`, (b) => b],
  ["softplus", (x) => `softplus(${x})`, (b) => b + 0.7],
  ["mish", (x) => `mish(${x})`, (b) => b],
  ["elu", (x) => `elu(${x})`, (b) => b + 1],
  ["softsign", (x) => `softsign(${x})`, () => 1],
  ["scale", (x) => `0.37 * ${x} + 0.11`, (b) => 0.37 * b + 0.11],
];

/** Kinks, at which f32 and f64 could part: exact operands only. */
const kinked: readonly (readonly [string, (x: string) => string])[] = [
  ["relu", (x) => `relu(${x})`],
  ["abs", (x) => `abs(${x})`],
  ["leaky_relu", (x) => `leaky_relu(${x}, 0.125)`],
  ["hard_tanh", (x) => `hard_tanh(${x}, -0.5, 0.5)`],
  ["floor", (x) => `floor(${x})`],
];

const unaryRules: readonly Rule[] = [
  ...smooth.map(([name, write, bound]): Rule => (scene, fresh) => {
    const x = pickSlot(scene, isFloat);
    return x === null
      ? null
      : statement(
          name,
          `let ${fresh} = ${write(x.name)}`,
          [slot(fresh, x.shape, bound(x.bound))],
          [x],
        );
  }),
  ...kinked.map(([name, write]): Rule => (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.exact);
    return x === null
      ? null
      : statement(
          name,
          `let ${fresh} = ${write(x.name)}`,
          [slot(fresh, x.shape, x.bound + 1, name !== "leaky_relu")],
          [x],
        );
  }),
];

/** The shape two operands broadcast to, right-aligned, only the literal 1 stretching; null when they do not meet. */
export const broadcastShape = (a: readonly Size[], b: readonly Size[]): readonly Size[] | null => {
  const rank = Math.max(a.length, b.length);
  const out: Size[] = [];
  for (let i = 1; i <= rank; i++) {
    const left = a[a.length - i] ?? 1;
    const right = b[b.length - i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    out.unshift(left === 1 ? right : left);
  }
  return out;
};

const binary =
  (
    name: string,
    write: (a: string, b: string) => string,
    bound: (a: number, b: number) => number,
  ): Rule =>
  (scene, fresh) => {
    const a = pickSlot(scene, isFloat);
    if (a === null) return null;
    const b = pickSlot(scene, (one) => isFloat(one) && broadcastShape(a.shape, one.shape) !== null);
    if (b === null) return null;
    return statement(
      name,
      `let ${fresh} = ${write(a.name, b.name)}`,
      [slot(fresh, broadcastShape(a.shape, b.shape)!, bound(a.bound, b.bound))],
      [a, b],
    );
  };

const binaryRules: readonly Rule[] = [
  binary(
    "add",
    (a, b) => `${a} + ${b}`,
    (a, b) => a + b,
  ),
  binary(
    "sub",
    (a, b) => `${a} - ${b}`,
    (a, b) => a + b,
  ),
  binary(
    "mul",
    (a, b) => `${a} * ${b}`,
    (a, b) => a * b,
  ),
  binary(
    "div",
    (a, b) => `${a} / (1.5 + ${b}^2)`,
    (a) => a,
  ),
  binary(
    "pow",
    (a, b) => `(1.5 + sin(${a}))^tanh(${b})`,
    () => 2.5,
  ),
  (scene, fresh) => {
    const exact = (one: Slot): boolean => isFloat(one) && one.exact;
    const a = pickSlot(scene, exact);
    const b =
      a && pickSlot(scene, (one) => exact(one) && broadcastShape(a.shape, one.shape) !== null);
    if (a === null || b === null) return null;
    const name = scene.choices.pick(["max", "min"]);
    return statement(
      name,
      `let ${fresh} = ${name}(${a.name}, ${b.name})`,
      [slot(fresh, broadcastShape(a.shape, b.shape)!, Math.max(a.bound, b.bound), true)],
      [a, b],
    );
  },
  (scene, fresh) => {
    const a = pickSlot(scene, (one) => isFloat(one) && one.exact);
    const x =
      a && pickSlot(scene, (one) => isFloat(one) && shapeText(one.shape) === shapeText(a.shape));
    const y =
      a && pickSlot(scene, (one) => isFloat(one) && shapeText(one.shape) === shapeText(a.shape));
    if (a === null || x === null || y === null) return null;
    const op = scene.choices.pick(["<", "<=", ">", ">=", "=="]);
    return statement(
      "select",
      `let ${fresh} = if ${a.name} ${op} 0.25 then ${x.name} else ${y.name}`,
      [slot(fresh, a.shape, Math.max(x.bound, y.bound), x.exact && y.exact)],
      [a, x, y],
    );
  },
];

const reduction =
  (name: string, bound: (x: Slot, n: number) => number, exactOnly = false): Rule =>
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => ranked(1)(one) && (!exactOnly || one.exact));
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    const keep = scene.choices.below(3) === 0;
    return statement(
      name,
      `let ${fresh} = ${name}(${x.name}, over = ${axis}${keep ? ", keepdim = true" : ""})`,
      [
        slot(
          fresh,
          keep ? replaced(x.shape, axis, 1) : without(x.shape, axis),
          bound(x, extent(x.shape[axis]!)),
          exactOnly,
        ),
      ],
      [x],
    );
  };

const normaliser =
  (name: string, bound: (x: Slot, n: number) => number): Rule =>
  (scene, fresh) => {
    const x = pickSlot(scene, ranked(1));
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    return statement(
      name,
      `let ${fresh} = ${name}(${x.name}, over = ${axis})`,
      [slot(fresh, x.shape, bound(x, extent(x.shape[axis]!)))],
      [x],
    );
  };

const reduceRules: readonly Rule[] = [
  reduction("sum", (x, n) => x.bound * n),
  reduction("mean", (x) => x.bound),
  reduction("max", (x) => x.bound, true),
  reduction("min", (x) => x.bound, true),
  reduction("logsumexp", (x, n) => x.bound + Math.log(n) + 1),
  normaliser("softmax", () => 1),
  normaliser("log_softmax", (x, n) => 2 * x.bound + Math.log(n)),
  normaliser("cumsum", (x, n) => x.bound * n),
  (scene, fresh) => {
    const x = pickSlot(scene, ranked(1));
    if (x === null) return null;
    return statement(
      "sum_all",
      `let ${fresh} = mean(${x.name}^2)`,
      [slot(fresh, [], x.bound * x.bound)],
      [x],
    );
  },
];

export const pointRules: readonly Rule[] = [...unaryRules, ...binaryRules, ...reduceRules];
