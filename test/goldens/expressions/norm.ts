// Normalisations with given weights and statistics.

import {
  channelsFirst,
  channelsLast,
  rankOf,
  shapeOf,
  tensorOf,
  text,
  type Sample,
  type Translate,
  type Weight,
} from "./sample.ts";

const given = (
  path: string,
  argument: unknown,
  shape?: readonly number[],
): Readonly<Record<string, Weight>> => {
  const tensor = tensorOf(argument);
  if (tensor === null) return {};
  return { [path]: shape === undefined ? { tensor } : { tensor, shape } };
};

const onChannels = (s: Sample, layer: string): string =>
  rankOf(s) === 1 ? `${layer}(x0)` : channelsFirst(`${layer}(${channelsLast("x0", rankOf(s))})`, rankOf(s));

/** Batch statistics are used outside training only without running ones, so `track` says which are meant. */
const batchNorm: Translate = (s) => {
  if (s.kwargs["training"] === undefined) {
    return { reason: "saved with statistics that a later sample has changed" };
  }
  const [mean, variance, weight, bias] = s.args;
  const { training = false, momentum = 0.1, eps = 1e-5 } = s.kwargs;
  const affine = weight !== null && weight !== undefined;
  const options = `momentum = ${text(momentum)}, eps = ${text(eps)}, affine = ${affine}, track = ${training === false}`;
  return {
    lets: [`let layer = BatchNorm(${options})`],
    values: [onChannels(s, "layer")],
    weights: {
      ...(training === true ? {} : given("layer.running_mean", mean)),
      ...(training === true ? {} : given("layer.running_var", variance)),
      ...given("layer.gamma", weight),
      ...given("layer.beta", bias),
    },
  };
};

const instanceNorm: Translate = (s) => {
  const { weight, bias, eps = 1e-5 } = s.kwargs;
  return {
    lets: [`let layer = InstanceNorm(eps = ${text(eps)}, affine = ${tensorOf(weight) !== null})`],
    values: [onChannels(s, "layer")],
    weights: { ...given("layer.gamma", weight), ...given("layer.beta", bias) },
  };
};

const groupNorm: Translate = (s) => {
  const { weight, bias, eps = 1e-5 } = s.kwargs;
  const affine = tensorOf(weight) !== null;
  return {
    lets: [`let layer = GroupNorm(${text(s.args[0])}, eps = ${text(eps)}, affine = ${affine})`],
    values: [onChannels(s, "layer")],
    weights: { ...given("layer.gamma", weight), ...given("layer.beta", bias) },
  };
};

/** Over several axes: of those axes as one. */
const layerNorm: Translate = (s) => {
  const axes = (s.args[0] as number[]).length;
  const shape = shapeOf(s);
  const affine = tensorOf(s.args[1]) !== null;
  const rows = shape.slice(0, shape.length - axes);
  const width = shape.slice(shape.length - axes).reduce((a, b) => a * b, 1);
  return {
    lets: [`let layer = LayerNorm(eps = ${text(s.kwargs["eps"] ?? 1e-5)}, affine = ${affine})`],
    values: [`reshape(layer(reshape(x0, ${text([...rows, width])})), ${text(shape)})`],
    weights: {
      ...given("layer.gamma", s.args[1], [width]),
      ...given("layer.beta", s.args[2], [width]),
    },
  };
};

const localResponse: Translate = (s) => {
  const options = Object.entries(s.kwargs).map(([name, value]) => `, ${name} = ${text(value)}`);
  const x = channelsLast("x0", rankOf(s));
  return channelsFirst(`local_response_norm(${x}, ${text(s.args[0])}${options.join("")})`, rankOf(s));
};

export const norm: Readonly<Record<string, Translate>> = {
  "nn.functional.batch_norm": batchNorm,
  "nn.functional.instance_norm": instanceNorm,
  "nn.functional.group_norm": groupNorm,
  "nn.functional.layer_norm": layerNorm,
  "nn.functional.local_response_norm": localResponse,
};
