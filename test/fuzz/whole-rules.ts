// Statements over whole numbers and truth values, and draws.

import type { Size, Slot } from "./program.ts";
import { shapeText } from "./program.ts";
import { broadcastShape } from "./rules.ts";
import {
  define,
  extent,
  isBool,
  isFixed,
  isFloat,
  isInt,
  matrix,
  pickSlot,
  replaced,
  without,
} from "./rule.ts";
import type { Rule, Scene } from "./rule.ts";

const other = (scene: Scene, x: Slot, fits: (one: Slot) => boolean): Slot | null =>
  pickSlot(scene, (one) => fits(one) && broadcastShape(x.shape, one.shape) !== null);

const meet = (a: Slot, b: Slot): readonly Size[] => broadcastShape(a.shape, b.shape)!;

const wholeRules: readonly Rule[] = [
  (scene, name) => {
    const a = pickSlot(scene, isInt);
    const b = a && other(scene, a, isInt);
    if (a === null || b === null) return null;
    const [text, bound] = scene.choices.pick([
      [`(${a.name} + 2 * ${b.name}) % 5`, 4],
      [`(${a.name} * ${b.name} - 7) % 3`, 2],
      [`max(${a.name}, ${b.name})`, Math.max(a.bound, b.bound)],
      [`min(${a.name}, ${b.name})`, Math.max(a.bound, b.bound)],
    ] as const);
    const shape = meet(a, b);
    return define(name, {
      rule: "whole_arithmetic",
      text: `let ${name} = ${text}`,
      kind: "int",
      exact: true,
      shape,
      bound,
      reads: [a, b],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isInt(one) && one.shape.length > 0);
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    return define(name, {
      rule: "whole_cumsum",
      text: `let ${name} = cumsum(${x.name}, over = ${axis}) % 7`,
      kind: "int",
      exact: true,
      shape: x.shape,
      bound: 6,
      reads: [x],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isInt(one) && one.shape.length > 0);
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    const fold = scene.choices.pick(["sum", "max", "min"]);
    return define(name, {
      rule: "whole_reduce",
      text: `let ${name} = ${fold}(${x.name}, over = ${axis}) % 6`,
      kind: "int",
      exact: true,
      shape: without(x.shape, axis),
      bound: 5,
      reads: [x],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, isInt);
    if (x === null) return null;
    return define(name, {
      rule: "float",
      text: `let ${name} = 0.25 * float(${x.name}) - 0.5`,
      exact: true,
      shape: x.shape,
      bound: 0.25 * x.bound + 0.5,
      reads: [x],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isInt(one) && one.shape.length === 1);
    if (x === null) return null;
    return define(name, {
      rule: "within",
      text: `let ${name}[i, j < 4] = j < ${x.name}[i] % 3 + 1`,
      kind: "bool",
      exact: true,
      shape: [x.shape[0]!, 4],
      bound: 1,
      reads: [x],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.exact && isFixed(one.shape.at(-1)));
    if (x === null) return null;
    return define(name, {
      rule: "argmin",
      text: `let ${name} = argmin(${x.name})`,
      kind: "int",
      exact: true,
      shape: x.shape.slice(0, -1),
      bound: extent(x.shape.at(-1)!) - 1,
      reads: [x],
    });
  },
];

const boolRules: readonly Rule[] = [
  (scene, name) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.exact);
    const y = x && other(scene, x, (one) => isFloat(one) && one.exact);
    if (x === null || y === null) return null;
    const op = scene.choices.pick(["<", "<=", ">", ">=", "==", "!="]);
    return define(name, {
      rule: "compare",
      text: `let ${name} = ${x.name} ${op} ${y.name}`,
      kind: "bool",
      exact: true,
      shape: meet(x, y),
      bound: 1,
      reads: [x, y],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, isInt);
    if (x === null) return null;
    return define(name, {
      rule: "whole_compare",
      text: `let ${name} = ${x.name} % 2 == 1`,
      kind: "bool",
      exact: true,
      shape: x.shape,
      bound: 1,
      reads: [x],
    });
  },
  (scene, name) => {
    const a = pickSlot(scene, isBool);
    const b = a && other(scene, a, isBool);
    if (a === null || b === null) return null;
    const text = scene.choices.pick([
      `${a.name} and ${b.name}`,
      `${a.name} or not ${b.name}`,
      `not (${a.name} and not ${b.name})`,
      `${a.name} != ${b.name}`,
    ]);
    return define(name, {
      rule: "logic",
      text: `let ${name} = ${text}`,
      kind: "bool",
      exact: true,
      shape: meet(a, b),
      bound: 1,
      reads: [a, b],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isBool(one) && one.shape.length > 0);
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    const fold = scene.choices.pick(["any", "all"]);
    return define(name, {
      rule: fold,
      text: `let ${name} = ${fold}(${x.name}, over = ${axis})`,
      kind: "bool",
      exact: true,
      shape: without(x.shape, axis),
      bound: 1,
      reads: [x],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isBool(one) && one.shape.length > 0);
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    return define(name, {
      rule: "count_true",
      text: `let ${name} = 0.25 * float(sum(${x.name}, over = ${axis}))`,
      exact: true,
      shape: without(x.shape, axis),
      bound: extent(x.shape[axis]!) / 4,
      reads: [x],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, isFloat);
    const mask = x && other(scene, x, isBool);
    if (x === null || mask === null) return null;
    return define(name, {
      rule: "where",
      text: `let ${name} = if ${mask.name} then ${x.name} else 0.5`,
      exact: x.exact,
      shape: meet(x, mask),
      bound: Math.max(0.5, x.bound),
      reads: [x, mask],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length > 0);
    const mask =
      x && pickSlot(scene, (one) => isBool(one) && shapeText(one.shape) === shapeText(x.shape));
    if (x === null || mask === null) return null;
    const axis = scene.choices.below(x.shape.length);
    return define(name, {
      rule: "mean_where",
      text: `let ${name} = mean_where(${x.name}, ${mask.name}, over = ${axis})`,
      shape: without(x.shape, axis),
      bound: x.bound,
      reads: [x, mask],
    });
  },
];

const drawRules: readonly Rule[] = [
  (scene, name) => {
    const x = pickSlot(scene, isFloat);
    if (x === null) return null;
    const [kind, bound] = scene.choices.pick([
      ["uniform(-1, 1)", 1],
      ["normal()", 6],
      ["normal(0.5, 0.25)", 2],
      ["bernoulli(0.25)", 1],
    ] as const);
    const drawn = scene.choices.pick(["x * d", "x + d"]);
    return define(name, {
      rule: `draw_${kind.split("(")[0]!}`,
      text: `let ${name}_drawn: ${shapeText(x.shape)} ~ ${kind}\n  let ${name} = ${drawn.replace("x", x.name).replace("d", `${name}_drawn`)}`,
      shape: x.shape,
      bound: x.bound * Math.max(1, bound) + bound,
      reads: [x],
    });
  },
];

/** A list of positions along an axis of that size. */
const indexBelow = (scene: Scene, size: Size): Slot | null =>
  pickSlot(scene, (one) => isInt(one) && one.shape.length === 1 && one.bound < extent(size));

/** The axis of a shape that an index of one axis may point along, or -1. */
const indexedAxis = (x: Slot, index: Slot): number =>
  x.shape.findIndex((size) => isFixed(size) && index.bound < size);

const indexRules: readonly Rule[] = [
  (scene, name) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length > 0);
    const index =
      x &&
      pickSlot(scene, (one) => isInt(one) && one.shape.length === 1 && indexedAxis(x, one) >= 0);
    if (x === null || index === null) return null;
    const axis = indexedAxis(x, index);
    const subscripts = [...Array<string>(axis).fill(":"), index.name];
    return define(name, {
      rule: "take",
      text: `let ${name} = ${x.name}[${subscripts.join(", ")}]`,
      exact: x.exact,
      shape: replaced(x.shape, axis, index.shape[0]!),
      bound: x.bound,
      reads: [x, index],
    });
  },
  (scene, name) => {
    const x = pickSlot(
      scene,
      (one) => isFloat(one) && one.shape.length > 0 && isFixed(one.shape[0]),
    );
    const index = x && indexBelow(scene, x.shape[0]!);
    const values =
      index &&
      pickSlot(
        scene,
        (one) =>
          isFloat(one) && shapeText(one.shape) === shapeText(replaced(x.shape, 0, index.shape[0]!)),
      );
    if (x === null || index === null || values === null) return null;
    return define(name, {
      rule: "scatter_add",
      text: `let ${name} = scatter_add(${x.name}, ${index.name}, ${values.name})`,
      shape: x.shape,
      bound: x.bound + extent(index.shape[0]!) * values.bound,
      reads: [x, index, values],
    });
  },
  (scene, name) => {
    const x = matrix(scene, 1);
    const index =
      x &&
      pickSlot(
        scene,
        (one) =>
          isInt(one) &&
          one.shape.length === 2 &&
          one.shape[0] === x.shape[0] &&
          one.bound < extent(x.shape[1]!),
      );
    if (x === null || index === null) return null;
    const [rule, text] = scene.choices.pick([
      ["gather_along", `gather(${x.name}, ${index.name}, 1)`],
      ["take_along", `take_along(${x.name}, ${index.name}, 1)`],
    ] as const);
    return define(name, {
      rule,
      text: `let ${name} = ${text}`,
      exact: x.exact,
      shape: index.shape,
      bound: x.bound,
      reads: [x, index],
    });
  },
  (scene, name) => {
    const x = matrix(scene, 1);
    const index = x && indexBelow(scene, x.shape[1]!);
    const values =
      index &&
      pickSlot(
        scene,
        (one) =>
          isFloat(one) &&
          one.shape.length === 2 &&
          one.shape[0] === x.shape[0] &&
          one.shape[1] === index.shape[0],
      );
    if (x === null || index === null || values === null) return null;
    return define(name, {
      rule: "index_add",
      text: `let ${name} = index_add(${x.name}, ${index.name}, ${values.name}, 1)`,
      shape: x.shape,
      bound: x.bound + extent(index.shape[0]!) * values.bound,
      reads: [x, index, values],
    });
  },
  (scene, name) => {
    const logits = pickSlot(
      scene,
      (one) => isFloat(one) && one.shape.length >= 2 && isFixed(one.shape.at(-1), 2),
    );
    const label =
      logits &&
      pickSlot(
        scene,
        (one) =>
          isInt(one) &&
          shapeText(one.shape) === shapeText(logits.shape.slice(0, -1)) &&
          one.bound < extent(logits.shape.at(-1)!),
      );
    if (logits === null || label === null) return null;
    const smoothing = scene.choices.pick(["", ", smoothing = 0.1"]);
    return define(name, {
      rule: "cross_entropy",
      text: `let ${name} = cross_entropy(${logits.name}, ${label.name}${smoothing})`,
      shape: label.shape,
      bound: 2 * logits.bound + 3,
      reads: [logits, label],
    });
  },
  (scene, name) => {
    const x = matrix(scene, 1);
    const index =
      x && pickSlot(scene, (one) => isInt(one) && one.shape.join() === String(x.shape[0]));
    const w =
      index &&
      pickSlot(
        scene,
        (one) =>
          isFloat(one) &&
          one.shape.length === 3 &&
          isFixed(one.shape[0], index.bound + 1) &&
          one.shape[1] === x.shape[1],
      );
    if (x === null || index === null || w === null) return null;
    return define(name, {
      rule: "experts",
      text: `let ${name}[i, f] = sum[d](${x.name}[i, d] * ${w.name}[${index.name}[i], d, f])`,
      shape: [x.shape[0]!, w.shape[2]!],
      bound: x.bound * w.bound * extent(x.shape[1]!),
      reads: [x, index, w],
    });
  },
];

export const wholeRuleSet: readonly Rule[] = [
  ...wholeRules,
  ...boolRules,
  ...drawRules,
  ...indexRules,
];
