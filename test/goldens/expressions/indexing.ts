// Gathers, scatters and embeddings.

import { axisOf, rankOf, shapeOf, tensorOf, text, type Sample, type Translate } from "./sample.ts";

const lifted = (s: Sample, k: number): string => (rankOf(s, k) === 0 ? `reshape(x${k}, [1])` : `x${k}`);
const lowered = (s: Sample, y: string): string =>
  s.outputs[0]!.shape.length === 0 ? `reshape(${y}, [])` : y;

const gathered: Translate = (s) =>
  lowered(s, `gather(${lifted(s, 0)}, ${lifted(s, 1)}, ${text(s.args[0])})`);

const scattered =
  (name: string): Translate =>
  (s) => {
    const source = tensorOf(s.args[2]);
    const values = source === null ? `expand(${text(s.args[2])}, [1])` : lifted(s, source);
    const y = `${name}(${lifted(s, 0)}, ${lifted(s, 1)}, ${values}, ${text(s.args[0])})`;
    return lowered(s, y);
  };

const selected: Translate = (s) => {
  if (rankOf(s) === 0) return `reshape(x0, [])`;
  const axis = axisOf(s.args[0], rankOf(s));
  return `x0[${shapeOf(s)
    .map((_, i) => (i === axis ? "x1" : ":"))
    .join(", ")}]`;
};

/** Without an axis, of the flattened tensors. */
const takenAlong: Translate = (s) => {
  if (s.args.length === 1) {
    const flat = (k: number) => `reshape(x${k}, [${shapeOf(s, k).reduce((a, b) => a * b, 1)}])`;
    return `take_along(${flat(0)}, ${flat(1)}, 0)`;
  }
  const axis = axisOf(s.args[1], rankOf(s));
  const target = shapeOf(s, 1).map((n, i) => (i === axis ? shapeOf(s)[i]! : n));
  const wider = shapeOf(s).some((n, i) => n === 1 && target[i]! > 1);
  return `take_along(${wider ? `expand(x0, ${text(target)})` : "x0"}, x1, ${axis})`;
};

const added: Translate = (s) => {
  const values = `${text(s.kwargs["alpha"] ?? 1)} * ${lifted(s, 2)}`;
  return lowered(s, `index_add(${lifted(s, 0)}, x1, ${values}, ${text(s.args[0])})`);
};

const embedding: Translate = (s) => {
  const [n, width] = shapeOf(s);
  return {
    lets: [`let table = Embedding(${n}, ${width})`],
    values: ["table(x1)"],
    weights: { "table.W": { tensor: 0 } },
  };
};

const bag: Translate = (s) => {
  const { mode, padding_idx } = s.kwargs;
  const [n, width] = shapeOf(s);
  const share = tensorOf(s.kwargs["per_sample_weights"]);
  if (tensorOf(s.kwargs["offsets"]) !== null) return bagsByOffset(s, share);
  if (padding_idx === undefined) {
    return {
      lets: [`let table = EmbeddingBag(${n}, ${width}, mode = ${text(mode)})`],
      values: [share === null ? "table(x1)" : `table(x1, x${share})`],
      weights: { "table.W": { tensor: 0 } },
    };
  }
  const weight = share === null ? "float(used)" : `used * x${share}`;
  const sum = `table(x1, ${weight})`;
  return {
    lets: [
      `let table = EmbeddingBag(${n}, ${width}, mode = "sum")`,
      `let used = x1 != ${text(padding_idx)}`,
    ],
    values: [
      mode === "mean" ? `${sum} / max(sum(used, over = 1, keepdim = true), 1)` : sum,
    ],
    weights: { "table.W": { tensor: 0 } },
  };
};

/** Bags given by where they start in one list: bag b holds the positions from its offset to the next. */
const bagsByOffset = (s: Sample, share: number | null) => {
  const count = shapeOf(s, 1)[0]!;
  const bags = shapeOf(s, 2)[0]!;
  const term = share === null ? "x0[x1[t], e]" : `x${share}[t] * x0[x1[t], e]`;
  return {
    lets: [
      `let end: int[1] = ${count}`,
      bags > 1 ? "let ends = concat(x2[1:], end)" : "let ends = end",
      "let inside[b, t < " + count + "] = x2[b] <= t and t < ends[b]",
      `let y[b, e] = sum[t](if inside[b, t] then ${term} else 0)`,
    ],
    values: [
      s.kwargs["mode"] === "mean" ? "y / max(sum(inside, over = 1, keepdim = true), 1)" : "y",
    ],
  };
};

export const indexing: Readonly<Record<string, Translate>> = {
  gather: gathered,
  scatter: scattered("scatter"),
  scatter_add: scattered("add_along"),
  index_select: selected,
  take_along_dim: takenAlong,
  index_add: added,
  "nn.functional.embedding": embedding,
  "nn.functional.embedding_bag": bag,
};
