// The catalogue of the library: every entry it promises exists, with the parameters and defaults it promises.

import { expect, test } from "vitest";
import { intrinsics } from "../../compiler/frontend/intrinsics.ts";
import { librarySources } from "../../compiler/std/sources.gen.ts";
import type { Param } from "../../grammar/ast.ts";
import { parse } from "../../grammar/parse.ts";

const promisedIntrinsics = `
  exp expm1 log log1p sin cos tanh erf sqrt sigmoid floor ceil round max min int float bool
  sum prod any all argmax argmin cumsum cumprod sort top_k
  reshape permute concat split pad_edges expand scatter_add
  uniform normal bernoulli integers truncated orthogonal
  size rank axes count len range spread grad stop_gradient`;

/** Entries by file; parameters in order, as far as the catalogue names them. */
const promised = {
  tensor: `
    abs(x) sign(x) reciprocal(x) rsqrt(x) square(x) clamp(x, lo = -inf, hi = inf)
    mean(x, over = axes(x), keepdim = false) var(x, over = axes(x), correction = 1, keepdim = false)
    std(x, over = axes(x), correction = 1, keepdim = false)
    norm(x, p = 2, over = axes(x), keepdim = false) logsumexp(x, over = -1, keepdim = false)
    normalize(x, p = 2, over = -1, eps = 1e-12) cosine_similarity(a, b, over = -1, eps = 1e-8)
    pairwise_distance(a, b, p = 2, eps = 1e-6) flatten(x) transpose(x) stack(a, b, axis = 0)
    unsqueeze(x, axis) squeeze(x, axis) flip(x, axis) roll(x, n, axis) tile(x, list)
    repeat_each(x, n, axis) last(x, axis) first(x, axis) narrow(x, axis, start, n)
    tril(x, diagonal = 0) triu(x, diagonal = 0) pick(x, index) gather take_along scatter index_add
    one_hot(i, K) pad(x) mean_where(x, mask, over = axes(x), keepdim = false)
    weighted_mean(x, w, over = axes(x), keepdim = false) unfold(x, kernel, stride = 1, pad = 0, dilation = 1)
    pixel_shuffle(x, r) pixel_unshuffle(x, r)`,
  sequences: `within(lengths, T) last_of(x, lengths)`,
  sampling: `
    interpolate(x, size, mode = "nearest", align = false)
    grid_sample(x, grid, mode = "bilinear", pad = "zeros", align = false)`,
  activations: `
    relu(x) relu6(x) hard_tanh(x, lo = -1, hi = 1) leaky_relu(x, slope = 0.01)
    threshold(x, at, value) elu(x, alpha = 1) celu(x, alpha = 1) selu(x) gelu(x) gelu_tanh(x)
    silu(x) mish(x) softplus(x, beta = 1) log_sigmoid(x) softsign(x) tanh_shrink(x) hard_sigmoid(x)
    hard_swish(x) softmax(x, over = -1) log_softmax(x, over = -1) softmin(x, over = -1)
    glu(x) swiglu(x) geglu(x) PRelu(shared = false, x)`,
  layers: `
    Dense(units, bias = true, x) Bilinear(units, bias = true, a, b)
    Embedding(n, width, padding = -1, i) EmbeddingBag(n, width, mode = "mean", i, w = 1)
    Dropout(rate = 0.5, x) SpatialDropout(rate) AlphaDropout(rate) GaussianNoise(std)
    FeedForward(hidden, act = gelu, dropout = 0.0, x) WeightNorm(units)
    SpectralNorm(units, iters = 1, eps = 1e-12)`,
  convolution: `
    Conv(ch, kernel, stride = 1, pad = "valid", dilation = 1, groups = 1, bias = true, x)
    Conv1d(ch, kernel, stride = 1, pad = "valid", dilation = 1, groups = 1, bias = true, x)
    Conv3d(ch, kernel, stride = 1, pad = "valid", dilation = 1, groups = 1, bias = true, x)
    CausalConv(ch, kernel, dilation = 1) DepthwiseConv(kernel, stride = 1, pad, dilation = 1, multiplier = 1)
    DepthwiseConv1d(kernel, stride = 1, pad, dilation = 1, multiplier = 1)
    DepthwiseConv3d(kernel, stride = 1, pad, dilation = 1, multiplier = 1)
    SeparableConv(ch, kernel) SeparableConv1d(ch, kernel) SeparableConv3d(ch, kernel)
    ConvT(ch, kernel, stride, pad, dilation, groups, bias, extra = 0)
    ConvT1d(ch, kernel, stride, pad, dilation, groups, bias, extra = 0)
    ConvT3d(ch, kernel, stride, pad, dilation, groups, bias, extra = 0)`,
  pooling: `
    max_pool(x, size, stride = size, pad = 0, ceil_mode = false)
    max_pool1d(x, size, stride = size, pad = 0, ceil_mode = false)
    max_pool3d(x, size, stride = size, pad = 0, ceil_mode = false)
    avg_pool(x, size, stride = size, pad = 0, ceil_mode = false, count_pad = true)
    avg_pool1d(x, size, stride = size, pad = 0, ceil_mode = false, count_pad = true)
    avg_pool3d(x, size, stride = size, pad = 0, ceil_mode = false, count_pad = true)
    global_max_pool(x) global_avg_pool(x) adaptive_avg_pool(x, size)
    upsample(x, scale, mode = "nearest")`,
  normalization: `
    BatchNorm(momentum = 0.1, eps = 1e-5, affine = true, track = true, cumulative = false, x)
    LayerNorm(eps = 1e-5, affine = true, bias = true, x) RmsNorm(eps = 1e-6, affine = true, x)
    GroupNorm(groups, eps = 1e-5, affine = true, x) InstanceNorm(eps = 1e-5, affine = false, x)
    local_response_norm(x, size, alpha = 1e-4, beta = 0.75, k = 1)`,
  recurrent: `
    SimpleRnn(units, act = tanh, x) Lstm(units, proj = 0, forget_bias = 0, bias = true, x)
    LstmState(units, proj = 0, forget_bias = 0, bias = true, x) Gru(units, x)`,
  attention: `
    attention(q, k, v, mask = true, causal = false, scale = 0)
    MultiHeadAttention(heads, causal = false, dropout = 0.0, bias = true, x, memory = x, mask = true)
    GroupedQueryAttention(heads, groups, causal = true, rotary = true)
    rotary(x, base = 10_000) sinusoidal(T, D) LearnedPositions(ctx)
    EncoderLayer(heads, hidden, act = relu, dropout = 0.1, pre = false, x, mask = true)
    DecoderLayer(heads, hidden, act = relu, dropout = 0.1, pre = false, x, memory)
    GptBlock(heads, dropout = 0.1)`,
  experts: `
    SwitchMoe(experts, hidden, capacity = 1.25, balance = 0.01, x)
    TopKMoe(experts, hidden, k = 2, capacity = 1.25, balance = 0.01, x)`,
  losses: `
    cross_entropy(logits, label, smoothing = 0.0, weight = 1, ignore = -100)
    soft_cross_entropy(logits, p) nll(log_p, label) bce_logits(x, y, pos_weight = 1) bce(p, y)
    squared_error(a, b) absolute_error(a, b) huber(a, b, delta = 1) smooth_l1(a, b, beta = 1)
    kl_div(log_p, target, log_target = false)
    gaussian_nll(mu, y, variance, full = false, eps = 1e-6) poisson_nll(x, y, log_input = true)
    hinge_embedding(x, y, margin = 1) hinge(x, y) cosine_embedding(a, b, y, margin = 0)
    triplet(a, p, n, margin = 1) contrastive(d, same, margin = 1) info_nce(a, b, tau = 0.07)
    nt_xent(z, tau = 0.5) dice(p, y, eps = 1) focal(logits, label, gamma = 2)
    ctc(log_p, label, lengths, label_lengths, blank = 0, zero_infinity = false)
    kl_normal(mu, logvar)`,
  metrics: `
    accuracy(logits, label) top_k_accuracy(logits, label, k = 5) binary_accuracy(x, y)
    precision(predicted, actual) recall(predicted, actual) f1(predicted, actual) r2(a, b) mae rmse
    perplexity(loss) confusion(predicted, label, K)`,
  initializers: `
    glorot(gain = 1, fan_in = fan_in, fan_out = fan_out) glorot_normal(gain = 1)
    he(fan_in = fan_in) he_uniform(fan_in = fan_in) lecun(fan_in = fan_in) lecun_uniform`,
  optimizers: `
    Sgd(lr = 1e-2, momentum = 0, dampening = 0, nesterov = false, decay = 0)
    Adam(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0, amsgrad = false)
    AdamW(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0.01, amsgrad = false)
    RmsProp(lr = 1e-2, alpha = 0.99, eps = 1e-8, momentum = 0, centered = false, decay = 0, clamp = inf)
    Adagrad(lr = 1e-2, lr_decay = 0, eps = 1e-10) Adadelta(lr = 1, rho = 0.9, eps = 1e-6)
    Adamax(lr = 2e-3) NAdam(lr = 2e-3) RAdam(lr = 1e-3)
    Rprop(lr = 1e-2, down = 0.5, up = 1.2, least = 1e-6, most = 50)
    Lion(lr = 1e-4, beta1 = 0.9, beta2 = 0.99, decay = 0) Lamb(lr = 1e-3)
    Muon(lr = 0.02, momentum = 0.95, iters = 5)`,
  schedules: `
    step_decay(lr, every, gamma = 0.1) multi_step(lr, at, gamma = 0.1) exponential(lr, gamma)
    linear(lr, from = 1 / 3, to = 1, total = 5) polynomial(lr, total = 5, power = 1)
    cosine_annealing(lr, total, least = 0) cosine_restarts(lr, period, mult = 1, least = 0)
    cyclic(least, most, up = 2000, down = up) one_cycle(most, total) warmup(lr, steps)
    cosine(peak, warmup, total) noam(width, warmup)`,
};

/** Declarations of a library file by name: `x` and `rate = 0.5`, configuration before data. */
const declared = (file: string): ReadonlyMap<string, readonly string[]> => {
  const path = `${file}.dlm`;
  const text = librarySources[path]!;
  const textOf = ({ name, value }: Param): string =>
    value === null ? name.text : `${name.text} = ${text.slice(value.span.start, value.span.end)}`;
  return new Map(
    parse({ path, text }).file.decls.flatMap((decl) => {
      if (decl.kind === "fn") return [[decl.name.text, decl.params.map(textOf)]];
      if (decl.kind !== "net" && decl.kind !== "optimizer") return [];
      return [[decl.name.text, [...(decl.config ?? []), ...decl.data].map(textOf)]];
    }),
  );
};

/** `name(a, b = 1) other` as names with the parameters they promise. */
const entriesOf = (list: string): readonly (readonly [string, readonly string[]])[] =>
  [...list.matchAll(/(\w+)(?:\(((?:[^()]|\([^()]*\))*)\))?/g)].map(([, name, params = ""]) => [
    name!,
    params === "" ? [] : params.split(", "),
  ]);

/** Parameters that are promised but missing, or have another default; a promise may leave some out. */
const broken = (params: readonly string[], own: readonly string[]): readonly string[] => {
  let at = 0;
  return params.filter((param) => {
    const found = own.findIndex(
      (one, i) =>
        i >= at && (one === param || (!param.includes("=") && one.split(" = ")[0] === param)),
    );
    if (found >= 0) at = found + 1;
    return found < 0;
  });
};

test.each(Object.entries(promised))("%s.dlm has what the catalogue promises", (file, list) => {
  const own = declared(file);
  const entries = entriesOf(list);
  expect(entries.filter(([name]) => !own.has(name)).map(([name]) => name)).toEqual([]);
  const wrong = entries.map(([name, params]) => [name, broken(params, own.get(name)!)]);
  expect(wrong.filter(([, params]) => params!.length > 0)).toEqual([]);
});

test("the intrinsics of the catalogue exist", () => {
  const names = promisedIntrinsics.trim().split(/\s+/);
  expect(names.filter((name) => !intrinsics.has(name))).toEqual([]);
});
