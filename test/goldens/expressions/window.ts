// Convolution, pooling, resampling and padding. PyTorch keeps channels at axis 1, the library last.

import {
  channelsFirst,
  channelsLast,
  range,
  rankOf,
  shapeOf,
  tensorOf,
  text,
  type Sample,
  type Translate,
  type Weight,
} from "./sample.ts";

/** `e` of the input with a batch axis and channels last, back in PyTorch's layout. `axes` counts the spatial ones. */
const image = (s: Sample, axes: number, e: (x: string) => string): string => {
  const batched = rankOf(s) === axes + 2;
  const y = channelsFirst(e(channelsLast(batched ? "x0" : "unsqueeze(x0, 0)", axes + 2)), axes + 2);
  return batched ? y : `squeeze(${y}, 0)`;
};

const suffix = (axes: number): string => (axes === 2 ? "" : `${axes}d`);

const convolution =
  (axes: number, transposed: boolean): Translate =>
  (s) => {
    const { stride = 1, padding = 0, dilation = 1, groups = 1, output_padding = 0 } = s.kwargs;
    const bias = tensorOf(s.args[1]);
    const kernel = shapeOf(s, 1);
    const channels = transposed ? kernel[1]! * Number(groups) : kernel[0]!;
    const name = `Conv${transposed ? "T" : ""}${suffix(axes)}`;
    const options = [
      `stride = ${text(stride)}`,
      `pad = ${text(padding)}`,
      `dilation = ${text(dilation)}`,
      `groups = ${text(groups)}`,
      `bias = ${bias !== null}`,
      ...(transposed ? [`extra = ${text(output_padding)}`] : []),
    ];
    const spatial = range(2, 2 + axes);
    const weight: Weight = transposed
      ? groupedKernel(kernel, Number(groups))
      : { tensor: 1, layout: [...spatial, 1, 0] };
    return {
      lets: [`let conv = ${name}(${channels}, ${text(kernel.slice(2))}, ${options.join(", ")})`],
      values: [image(s, axes, (x) => `conv(${x})`)],
      weights: {
        "conv.K": weight,
        ...(bias === null ? {} : { "conv.b": { tensor: bias } }),
      },
    };
  };

/** PyTorch's kernel `[groups * in, out, ...]` as the library's `[..., in, groups * out]`. */
const groupedKernel = (kernel: readonly number[], groups: number): Weight => ({
  tensor: 1,
  split: [groups, kernel[0]! / groups, ...kernel.slice(1)],
  layout: [...range(3, kernel.length + 1), 1, 0, 2],
});

const maxPool =
  (axes: number): Translate =>
  (s) => {
    const { kernel_size, stride, padding = 0, ceil_mode = false, dilation = 1 } = s.kwargs;
    const size = text(kernel_size);
    const options = [size, text(stride ?? kernel_size), text(padding), text(ceil_mode), text(dilation)];
    return image(s, axes, (x) => `max_pool${suffix(axes)}(${x}, ${options.join(", ")})`);
  };

const avgPool1d: Translate = (s) => {
  const { stride, padding = 0, ceil_mode = false, count_include_pad = true } = s.kwargs;
  const size = s.args[0];
  const options = [size, stride ?? size, padding, ceil_mode, count_include_pad].map(text);
  return image(s, 1, (x) => `avg_pool1d(${x}, ${options.join(", ")})`);
};

/** With a divisor of its own: the mean, times the number of positions it divides by, over that divisor. */
const avgPool2d: Translate = (s) => {
  const [size, given = [], padding = 0, ceil = false, count = true, divisor = null] = s.args;
  const pad = Array.isArray(padding) && padding.length === 1 ? padding[0] : padding;
  const stride = Array.isArray(given) && given.length === 0 ? size : given;
  const options = [size, stride, pad, ceil, count].map(text).join(", ");
  if (divisor === null) return image(s, 2, (x) => `avg_pool(${x}, ${options})`);
  const [, , h, w] = shapeOf(s);
  const at = (value: unknown, axis: number) => Number(Array.isArray(value) ? (value[axis] ?? value[0]) : value);
  const counts = [h!, w!].map((n, axis) => {
    const [k, st, p] = [size, stride, pad].map((value) => at(value, axis));
    const windows = `window_count(${n}, ${k}, ${st}, ${p}, ${text(ceil)})`;
    return `window_sizes(${n}, ${windows}, ${k}, ${st}, ${p}, ${text(count)})`;
  });
  return {
    lets: [`let down = ${counts[0]}`, `let across = ${counts[1]}`],
    values: [
      `${image(s, 2, (x) => `avg_pool(${x}, ${options})`)} * unsqueeze(down, -1) * across / (${text(divisor)})`,
    ],
  };
};

const adaptive: Translate = (s) => {
  const sizes = s.outputs[0]!.shape.slice(-2);
  return image(s, 2, (x) => `adaptive_avg_pool(${x}, ${text(sizes)})`);
};

const interpolated: Translate = (s) => {
  const [, scale, mode, align] = s.args;
  const axes = rankOf(s) - 2;
  const sizes = text(s.outputs[0]!.shape.slice(2));
  const name = String(mode).endsWith("linear") ? "bilinear" : String(mode);
  const options = [
    sizes,
    `mode = "${name}"`,
    `align = ${align === true}`,
    ...(scale === null || name === "area" ? [] : [`scale = ${text(scale)}`]),
  ];
  return image(s, axes, (x) => `interpolate(${x}, ${options.join(", ")})`);
};

const unfolded: Translate = (s) => {
  const [kernel, dilation, padding, stride] = s.args;
  const [kh, kw] = (Array.isArray(kernel) ? kernel : [kernel, kernel]) as number[];
  const [n, , windows] = s.outputs[0]!.shape;
  const channels = shapeOf(s)[1]!;
  const options = `stride = ${text(stride)}, pad = ${text(padding)}, dilation = ${text(dilation)}`;
  const rows = `unfold(${channelsLast("x0", 4)}, ${text(kernel)}, ${options})`;
  const apart = `permute(reshape(${rows}, [${n}, ${windows}, ${kh}, ${kw}, ${channels}]), [0, 4, 2, 3, 1])`;
  return `reshape(${apart}, ${text(s.outputs[0]!.shape)})`;
};

/** PyTorch lists the sides from the last axis on. */
const padded: Translate = (s) => {
  const [given, mode = "constant", value = 0] = s.args;
  const sides = given as number[];
  const pairs = shapeOf(s).map((_, axis) => {
    const at = 2 * (rankOf(s) - 1 - axis);
    return [sides[at] ?? 0, sides[at + 1] ?? 0];
  });
  return mode === "constant"
    ? `pad_edges(x0, ${text(pairs)}, value = ${text(value)})`
    : `pad(x0, ${text(pairs)}, mode = ${text(mode)})`;
};

const gridSample: Translate = (s) => {
  const { mode, padding_mode, align_corners } = s.kwargs;
  const options = `mode = ${text(mode)}, pad = ${text(padding_mode)}, align = ${text(align_corners)}`;
  const name = rankOf(s) === 4 ? "grid_sample" : "grid_sample3d";
  return channelsFirst(`${name}(${channelsLast("x0", rankOf(s))}, x1, ${options})`, rankOf(s));
};

export const window: Readonly<Record<string, Translate>> = {
  "nn.functional.conv1d": convolution(1, false),
  "nn.functional.conv2d": convolution(2, false),
  "nn.functional.conv_transpose1d": convolution(1, true),
  "nn.functional.conv_transpose2d": convolution(2, true),
  "nn.functional.max_pool1d": maxPool(1),
  "nn.functional.max_pool2d": maxPool(2),
  "nn.functional.avg_pool1d": avgPool1d,
  "nn.functional.avg_pool2d": avgPool2d,
  "nn.functional.adaptive_avg_pool2d": adaptive,
  "nn.functional.interpolate": interpolated,
  "nn.functional.pixel_shuffle": (s) =>
    image(s, 2, (x) => `pixel_shuffle(${x}, ${text(s.kwargs["upscale_factor"])})`),
  "nn.functional.unfold": unfolded,
  "nn.functional.grid_sample": gridSample,
  "nn.functional.pad": padded,
};
