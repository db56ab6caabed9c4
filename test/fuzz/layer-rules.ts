// Statements that use layers and windows of the library, whole numbers, inner gradients and several results.

import { shapeText } from "./program.ts";
import { define, extent, isFixed, isFloat, matrix, pickSlot, places } from "./rule.ts";
import type { Rule } from "./rule.ts";

const windowRules: readonly Rule[] = [
  (scene, fresh) => {
    const x = matrix(scene, 3);
    if (x === null) return null;
    const { choices } = scene;
    const [stride, pad, dilation] = [1 + choices.below(2), choices.below(2), 1 + choices.below(2)];
    const kernel = 2 + choices.below(2);
    const length = places(x.shape[1] as number, kernel, stride, pad, dilation);
    if (length < 1) return null;
    const whole = shapeText([x.shape[0]!, x.shape[1]!, 1]);
    return define(fresh, {
      rule: "conv1d",
      text: `let ${fresh} = reshape(${x.name}, ${whole}) -> Conv1d(2, ${kernel}, stride = ${stride}, pad = ${pad}, dilation = ${dilation})`,
      shape: [x.shape[0]!, length, 2],
      bound: x.bound * kernel * 2,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(
      scene,
      (one) => isFloat(one) && one.shape.length === 2 && one.shape.every((n) => isFixed(n, 2)),
    );
    if (x === null) return null;
    const { choices } = scene;
    const [stride, pad] = [1 + choices.below(2), choices.below(2)];
    const [h, w] = x.shape.map((n) => places(n as number, 2, stride, pad, 1));
    return define(fresh, {
      rule: "conv2d",
      text: `let ${fresh} = reshape(${x.name}, ${shapeText([1, ...x.shape, 1])}) -> Conv(3, 2, stride = ${stride}, pad = ${pad})`,
      shape: [1, h!, w!, 3],
      bound: x.bound * 8,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = matrix(scene, 3, true);
    if (x === null) return null;
    const [kind, size, stride] = [
      scene.choices.pick(["max", "avg"]),
      2,
      1 + scene.choices.below(2),
    ];
    return define(fresh, {
      rule: `${kind}_pool`,
      text: `let ${fresh} = ${kind}_pool1d(reshape(${x.name}, ${shapeText([...x.shape, 1])}), ${size}, stride = ${stride})`,
      shape: [x.shape[0]!, places(x.shape[1] as number, size, stride, 0, 1), 1],
      bound: x.bound,
      exact: kind === "max",
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = matrix(scene, 1);
    if (x === null) return null;
    const n = x.shape[1] as number;
    return define(fresh, {
      rule: "backwards",
      text: `let ${fresh}[i, j < ${n}] = ${x.name}[i, ${n - 1} - j] * (1 + j) / ${n}`,
      shape: x.shape,
      bound: x.bound,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = matrix(scene, 2);
    if (x === null) return null;
    return define(fresh, {
      rule: "checkered",
      text: `let ${fresh}[i, j] = if (i + j) % 2 == 0 then ${x.name}[i, j] else 0.25 * ${x.name}[i, 0]`,
      shape: x.shape,
      bound: x.bound,
      reads: [x],
    });
  },
];

/** Two views at once, whose order matters: rules that join views see them only this way often enough. */
const viewPairRules: readonly Rule[] = [
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && isFixed(one.shape[0], 3));
    if (x === null) return null;
    const n = x.shape[0] as number;
    return define(fresh, {
      rule: "flipped_slice",
      text: `let ${fresh} = flip(${x.name}, 0)[1:${n - 1}]`,
      shape: [n - 2, ...x.shape.slice(1)],
      bound: x.bound,
      exact: x.exact,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length >= 1);
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    return define(fresh, {
      rule: "mirror",
      text: `let ${fresh} = ${x.name} + 0.5 * flip(${x.name}, ${axis})`,
      shape: x.shape,
      bound: 1.5 * x.bound,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length === 2);
    if (x === null) return null;
    return define(fresh, {
      rule: "permute",
      text: `let ${fresh} = transpose(permute(unsqueeze(${x.name}, 1), [2, 0, 1]), 0, 1)`,
      shape: [x.shape[0]!, x.shape[1]!, 1],
      bound: x.bound,
      exact: x.exact,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length === 3);
    if (x === null) return null;
    const [a, b, c] = x.shape;
    return define(fresh, {
      rule: "permute",
      text: `let ${fresh} = permute(permute(${x.name}, [1, 2, 0]), [1, 0, 2])`,
      shape: [c!, b!, a!],
      bound: x.bound,
      exact: x.exact,
      reads: [x],
    });
  },
];

const layerRules: readonly Rule[] = [
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && isFixed(one.shape.at(-1)));
    if (x === null || x.shape.length < 2) return null;
    const layer = scene.choices.pick([
      "BatchNorm(eps = 0.1)",
      "Dropout(0.5)",
      "BatchNorm(eps = 0.1, affine = false)",
    ]);
    return define(fresh, {
      rule: layer.startsWith("D") ? "dropout" : "batch_norm",
      text: `let ${fresh} = ${x.name} -> ${layer}`,
      shape: x.shape,
      bound: x.bound,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && isFixed(one.shape.at(-1)));
    if (x === null || x.shape.length < 2) return null;
    return define(fresh, {
      rule: "repeat",
      text: `let ${fresh} = ${x.name} -> repeat width in [3, 2] { Dense(width) -> tanh }`,
      shape: [...x.shape.slice(0, -1), 2],
      bound: 1,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const index = pickSlot(scene, (one) => one.kind === "int" && one.bound < 7);
    if (index === null || index.shape.length > 2) return null;
    return define(fresh, {
      rule: "embedding",
      text: `let ${fresh} = ${index.name} -> Embedding(7, 3)`,
      shape: [...index.shape, 3],
      bound: 4,
      reads: [index],
    });
  },
  (scene, fresh) => {
    const x = matrix(scene, 2);
    if (x === null) return null;
    return define(fresh, {
      rule: "attention",
      text: `let ${fresh}[i, c] = sum[j](softmax[j](sum[d](${x.name}[i, d] * ${x.name}[j, d])) * ${x.name}[j, c])`,
      shape: x.shape,
      bound: x.bound,
      reads: [x],
    });
  },
];

const otherRules: readonly Rule[] = [
  (scene, fresh) => {
    const index = pickSlot(scene, (one) => one.kind === "int");
    if (index === null) return null;
    // Wraps at 32 bits, and has remainders of negative numbers.
    return define(fresh, {
      rule: "whole",
      text: `let ${fresh} = float((${index.name} * 1_234_567 * 7_654_321 * 987_654_321 - 17) % 7) - float((${index.name} - 2) % 3)`,
      shape: index.shape,
      bound: 8,
      exact: true,
      reads: [index],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(scene, isFloat);
    if (x === null) return null;
    return define(fresh, {
      rule: "inner_gradient",
      text: `let ${fresh} = grad(sum(sin(${x.name}) * ${x.name}), ${x.name})`,
      shape: x.shape,
      bound: x.bound + 1,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.bound <= 1.5 && one.shape.length > 0);
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    return define(fresh, {
      rule: "prod",
      text: `let ${fresh} = prod(1.25 + 0.5 * ${x.name}, over = ${axis})`,
      shape: x.shape.filter((_, i) => i !== axis),
      bound: 2 ** extent(x.shape[axis]!),
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.bound <= 1.5 && one.shape.length > 0);
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    return define(fresh, {
      rule: "cumprod",
      text: `let ${fresh} = cumprod(0.5 + 0.25 * ${x.name}, over = ${axis})`,
      shape: x.shape,
      bound: 1,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.some((size) => isFixed(size, 2)));
    if (x === null) return null;
    const axes = x.shape.flatMap((size, axis) => (isFixed(size, 2) ? [axis] : []));
    const axis = scene.choices.pick(axes);
    return define(fresh, {
      rule: "var",
      text: `let ${fresh} = var(${x.name}, over = ${axis}, correction = ${scene.choices.below(2)})`,
      shape: x.shape.filter((_, i) => i !== axis),
      bound: 4 * x.bound * x.bound,
      reads: [x],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length >= 1);
    if (x === null) return null;
    const axis = scene.choices.below(x.shape.length);
    const y = pickSlot(
      scene,
      (one) =>
        isFloat(one) &&
        one.shape.length === x.shape.length &&
        one.shape.every((size, i) => (i === axis ? isFixed(size) : size === x.shape[i])),
    );
    const own = x.shape[axis]!;
    if (y === null || !isFixed(own)) return null;
    const total = own + (y.shape[axis] as number);
    return define(fresh, {
      rule: "concat_along",
      text: `let ${fresh} = concat(${x.name}, ${y.name}, ${x.name}, axis = ${axis})`,
      shape: x.shape.map((size, i) => (i === axis ? total + own : size)),
      bound: Math.max(x.bound, y.bound),
      exact: x.exact && y.exact,
      reads: [x, y],
    });
  },
  (scene, fresh) => {
    const x = pickSlot(
      scene,
      (one) => isFloat(one) && one.exact && one.shape.length > 0 && isFixed(one.shape.at(-1), 2),
    );
    if (x === null) return null;
    const n = x.shape.at(-1) as number;
    const k = 1 + scene.choices.below(n);
    const shape = [...x.shape.slice(0, -1), k];
    return {
      rule: "top_k",
      text: `let ${fresh}, ${fresh}_at = top_k(${x.name}, ${k})`,
      defines: [
        { name: fresh, kind: "float", shape, exact: true, bound: x.bound },
        { name: `${fresh}_at`, kind: "int", shape, exact: true, bound: n - 1 },
      ],
      reads: [x.name],
    };
  },
  (scene, fresh) => {
    const x = pickSlot(
      scene,
      (one) => isFloat(one) && one.shape.length > 0 && isFixed(one.shape.at(-1), 2),
    );
    if (x === null || (x.shape.at(-1) as number) % 2 === 0) return null;
    const n = x.shape.at(-1) as number;
    const parts = [(n - 1) / 2, (n + 1) / 2];
    return {
      rule: "split",
      text: `let ${fresh}, ${fresh}_rest = split(${x.name}, [${parts.join(", ")}])`,
      defines: parts.map((size, i) => ({
        name: i === 0 ? fresh : `${fresh}_rest`,
        kind: "float",
        shape: [...x.shape.slice(0, -1), size],
        exact: x.exact,
        bound: x.bound,
      })),
      reads: [x.name],
    };
  },
  (scene, fresh) => {
    const x = matrix(scene, 2);
    const index = pickSlot(scene, (one) => one.kind === "int" && one.shape.length === 1);
    if (x === null || index === null || index.bound >= (x.shape[1] as number)) return null;
    return define(fresh, {
      rule: "columns",
      text: `let ${fresh}[i, j] = ${x.name}[i, ${index.name}[j]]`,
      shape: [x.shape[0]!, index.shape[0]!],
      bound: x.bound,
      exact: x.exact,
      reads: [x, index],
    });
  },
];

export const layerRuleSet: readonly Rule[] = [
  ...windowRules,
  ...viewPairRules,
  ...layerRules,
  ...otherRules,
];
