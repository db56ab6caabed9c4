// Statements that move, join, pick and contract: views, products, gathers, index notation and layers.

import { shapeText } from "./program.ts";
import type { Size, Slot, Statement } from "./program.ts";
import { extent, isFixed, isFloat, pickSlot, replaced } from "./rule.ts";
import type { Rule, Scene } from "./rule.ts";

const define = (
  rule: string,
  text: string,
  name: string,
  shape: readonly Size[],
  bound: number,
  exact: boolean,
  reads: readonly Slot[],
): Statement => ({
  rule,
  text,
  defines: [{ name, kind: "float", shape, exact, bound }],
  reads: reads.map((one) => one.name),
});

const floatOf = (scene: Scene, fits: (one: Slot) => boolean): Slot | null =>
  pickSlot(scene, (one) => isFloat(one) && fits(one));
const rank =
  (n: number) =>
  (one: Slot): boolean =>
    one.shape.length === n;

/** An axis of known size, or -1. */
const staticAxis = (scene: Scene, { shape }: Slot, least: number): number => {
  const axes = shape.flatMap((size, axis) => (isFixed(size, least) ? [axis] : []));
  return axes.length === 0 ? -1 : scene.choices.pick(axes);
};

const viewRules: readonly Rule[] = [
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 2);
    if (x === null) return null;
    const [a, b] = [scene.choices.below(x.shape.length), scene.choices.below(x.shape.length)];
    const shape = replaced(replaced(x.shape, a, x.shape[b]!), b, x.shape[a]!);
    return define(
      "transpose",
      `let ${fresh} = transpose(${x.name}, ${a}, ${b})`,
      fresh,
      shape,
      x.bound,
      x.exact,
      [x],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 2);
    if (x === null) return null;
    // The two last axes become one; the symbolic one may be among them.
    const [a, b] = x.shape.slice(-2);
    if (!isFixed(a) || !isFixed(b)) return null;
    const shape = [...x.shape.slice(0, -2), a * b];
    return define(
      "reshape",
      `let ${fresh} = reshape(${x.name}, ${shapeText(shape)})`,
      fresh,
      shape,
      x.bound,
      x.exact,
      [x],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 1);
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    return define(
      "flip",
      `let ${fresh} = flip(${x.name}, ${axis})`,
      fresh,
      x.shape,
      x.bound,
      x.exact,
      [x],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => staticAxis(scene, one, 2) >= 0);
    if (x === null) return null;
    const axis = staticAxis(scene, x, 2);
    const n = extent(x.shape[axis]!);
    const from = scene.choices.below(n - 1);
    const to = from + 1 + scene.choices.below(n - from);
    const subscripts = [...Array<string>(axis).fill(":"), `${from}:${to}`];
    return define(
      "slice",
      `let ${fresh} = ${x.name}[${subscripts.join(", ")}]`,
      fresh,
      replaced(x.shape, axis, to - from),
      x.bound,
      x.exact,
      [x],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 1);
    const y =
      x &&
      floatOf(
        scene,
        (one) => shapeText(one.shape.slice(0, -1)) === shapeText(x.shape.slice(0, -1)),
      );
    if (x === null || y === null || y.shape.length === 0) return null;
    const [a, b] = [x.shape.at(-1)!, y.shape.at(-1)!];
    if (!isFixed(a) || !isFixed(b)) return null;
    return define(
      "concat",
      `let ${fresh} = concat(${x.name}, ${y.name})`,
      fresh,
      replaced(x.shape, x.shape.length - 1, a + b),
      Math.max(x.bound, y.bound),
      x.exact && y.exact,
      [x, y],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 1 && one.shape.length <= 3);
    if (x === null) return null;
    const axis = staticAxis(scene, x, 1);
    if (axis < 0) return null;
    const total = x.shape.map((_, i) => (i === axis ? 3 : 0));
    return define(
      "pad",
      `let ${fresh} = pad_edges(${x.name}, [${total.join(", ")}])`,
      fresh,
      replaced(x.shape, axis, extent(x.shape[axis]!) + 3),
      x.bound,
      x.exact,
      [x],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 1 && one.shape.length <= 3);
    if (x === null) return null;
    return define(
      "unsqueeze",
      `let ${fresh} = unsqueeze(${x.name}, 0)`,
      fresh,
      [1, ...x.shape],
      x.bound,
      x.exact,
      [x],
    );
  },
];

const contractRules: readonly Rule[] = [
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 2);
    const w = x && floatOf(scene, (one) => rank(2)(one) && one.shape[0] === x.shape.at(-1));
    if (x === null || w === null) return null;
    return define(
      "matmul",
      `let ${fresh} = ${x.name} @ ${w.name}`,
      fresh,
      replaced(x.shape, x.shape.length - 1, w.shape[1]!),
      x.bound * w.bound * extent(w.shape[0]!),
      false,
      [x, w],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, rank(2));
    const y = x && floatOf(scene, (one) => rank(2)(one) && one.shape[1] === x.shape[1]);
    if (x === null || y === null) return null;
    return define(
      "inner",
      `let ${fresh}[i, j] = sum[k](${x.name}[i, k] * ${y.name}[j, k])`,
      fresh,
      [x.shape[0]!, y.shape[0]!],
      x.bound * y.bound * extent(x.shape[1]!),
      false,
      [x, y],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => rank(2)(one) && isFixed(one.shape[0], 3));
    if (x === null) return null;
    const n = extent(x.shape[0]!);
    const [stride, dilation] = [1 + scene.choices.below(2), 1 + scene.choices.below(2)];
    const count = Math.floor((n - dilation - 1) / stride) + 1;
    if (count < 1) return null;
    return define(
      "window",
      `let ${fresh}[i < ${count}, c] = sum[t < 2](${x.name}[${stride} * i + ${dilation} * t, c] * (0.5 + 0.25 * t))`,
      fresh,
      [count, x.shape[1]!],
      x.bound * 2,
      false,
      [x],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, rank(2));
    if (x === null) return null;
    return define(
      "mask",
      `let ${fresh}[i, j] = softmax[j](if j <= i then ${x.name}[i, j] else -inf)`,
      fresh,
      x.shape,
      1,
      false,
      [x],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 1 && isFixed(one.shape[0]));
    const index = scene.slots.filter(
      (one) => one.kind === "int" && one.bound < extent(x?.shape[0] ?? 0),
    );
    if (x === null || index.length === 0) return null;
    const i = scene.choices.pick(index);
    return define(
      "gather",
      `let ${fresh} = ${x.name}[${i.name}]`,
      fresh,
      [...i.shape, ...x.shape.slice(1)],
      x.bound,
      x.exact,
      [x, i],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => rank(2)(one) && isFixed(one.shape[1]));
    const index = scene.slots.filter(
      (one) =>
        one.kind === "int" &&
        one.shape.length === 1 &&
        one.shape[0] === x?.shape[0] &&
        one.bound < extent(x?.shape[1] ?? 0),
    );
    if (x === null || index.length === 0) return null;
    const i = scene.choices.pick(index);
    return define(
      "pick",
      `let ${fresh}[i] = ${x.name}[i, ${i.name}[i]]`,
      fresh,
      [x.shape[0]!],
      x.bound,
      x.exact,
      [x, i],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 2 && isFixed(one.shape.at(-1)));
    if (x === null) return null;
    const units = scene.choices.pick([1, 3, 5]);
    return define(
      "dense",
      `let ${fresh} = ${x.name} -> Dense(${units})`,
      fresh,
      replaced(x.shape, x.shape.length - 1, units),
      x.bound * 3,
      false,
      [x],
    );
  },
  (scene, fresh) => {
    const x = floatOf(scene, (one) => one.shape.length >= 2 && isFixed(one.shape.at(-1), 2));
    if (x === null) return null;
    return define(
      "layer_norm",
      `let ${fresh} = ${x.name} -> LayerNorm(eps = 0.1)`,
      fresh,
      x.shape,
      4,
      false,
      [x],
    );
  },
  (scene, fresh) => {
    const exact = floatOf(
      scene,
      (one) => one.exact && one.shape.length >= 1 && isFixed(one.shape.at(-1)),
    );
    if (exact === null) return null;
    return {
      rule: "argmax",
      text: `let ${fresh} = argmax(${exact.name})`,
      defines: [
        {
          name: fresh,
          kind: "int",
          shape: exact.shape.slice(0, -1),
          exact: true,
          bound: extent(exact.shape.at(-1)!) - 1,
        },
      ],
      reads: [exact.name],
    };
  },
  (scene, fresh) => {
    const index = scene.slots.filter((one) => one.kind === "int" && one.shape.length <= 2);
    if (index.length === 0) return null;
    const i = scene.choices.pick(index);
    return define(
      "one_hot",
      `let ${fresh} = one_hot(${i.name}, 4)`,
      fresh,
      [...i.shape, 4],
      1,
      true,
      [i],
    );
  },
  (scene, fresh) => {
    const x = floatOf(
      scene,
      (one) => one.exact && one.shape.length >= 1 && isFixed(one.shape.at(-1)),
    );
    if (x === null) return null;
    return {
      rule: "sort",
      text: `let ${fresh}, ${fresh}_order = sort(${x.name})`,
      defines: [
        { name: fresh, kind: "float", shape: x.shape, exact: true, bound: x.bound },
        {
          name: `${fresh}_order`,
          kind: "int",
          shape: x.shape,
          exact: true,
          bound: extent(x.shape.at(-1)!) - 1,
        },
      ],
      reads: [x.name],
    };
  },
];

export const structureRules: readonly Rule[] = [...viewRules, ...contractRules];
