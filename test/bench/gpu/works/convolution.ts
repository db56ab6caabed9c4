// A 3x3 convolution that keeps the size, and its two gradients. dlm and tfjs lay channels last, others first: each peer has
// what it is made for.

import { modelRunner } from "../dlm.ts";
import { noise, somePositions } from "../../shared/noise.ts";
import type { JaxArray, JaxPeer } from "../peers/jax.ts";
import { transposed } from "../../shared/transposed.ts";
import type { Expected, Runner, Scale, Work } from "../work.ts";

type Sizes = { readonly B: number; readonly H: number; readonly C: number; readonly O: number };
type Kind = "forward" | "input-gradient" | "kernel-gradient";

const withOutput = (runner: Runner, change: (y: Float32Array) => Float32Array): Runner => ({
  ...runner,
  outputs: async () => (await runner.outputs!()).map(change),
});

type Arrays = { readonly x: Float32Array; readonly K: Float32Array; readonly dy: Float32Array };

/** In doubles, at some positions of the result. */
const expectedOf = (kind: Kind, { B, H, C, O }: Sizes, { x, K, dy }: Arrays): Expected => {
  const xAt = (n: number, h: number, w: number, c: number): number =>
    h < 0 || w < 0 || h >= H || w >= H ? 0 : x[((n * H + h) * H + w) * C + c]!;
  const dyAt = (n: number, h: number, w: number, o: number): number =>
    h < 0 || w < 0 || h >= H || w >= H ? 0 : dy[((n * H + h) * H + w) * O + o]!;
  const kAt = (i: number, j: number, c: number, o: number): number =>
    K[((i * 3 + j) * C + c) * O + o]!;
  const valueAt = (at: number): number => {
    let sum = 0;
    if (kind === "kernel-gradient") {
      const [o, c, j, i] = [
        at % O,
        Math.floor(at / O) % C,
        Math.floor(at / O / C) % 3,
        Math.floor(at / O / C / 3),
      ];
      for (let n = 0; n < B; n++)
        for (let h = 0; h < H; h++)
          for (let w = 0; w < H; w++) sum += xAt(n, h + i - 1, w + j - 1, c) * dyAt(n, h, w, o);
      return sum;
    }
    const D = kind === "forward" ? O : C;
    const [d, w, h, n] = [
      at % D,
      Math.floor(at / D) % H,
      Math.floor(at / D / H) % H,
      Math.floor(at / D / H / H),
    ];
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++)
        if (kind === "forward")
          for (let c = 0; c < C; c++) sum += xAt(n, h + i - 1, w + j - 1, c) * kAt(i, j, c, d);
        else for (let o = 0; o < O; o++) sum += dyAt(n, h + 1 - i, w + 1 - j, o) * kAt(i, j, d, o);
    return sum;
  };
  const length = {
    forward: B * H * H * O,
    "input-gradient": B * H * H * C,
    "kernel-gradient": 9 * C * O,
  }[kind];
  const at = somePositions(length);
  return { at, values: at.map(valueAt) };
};

const models: Record<Kind, string> = {
  forward: "Forward",
  "input-gradient": "InputGradient",
  "kernel-gradient": "KernelGradient",
};

const jaxBody = ({ jax }: JaxPeer, kind: Kind) => {
  const conv = (x: JaxArray, K: JaxArray): JaxArray =>
    jax.lax.convGeneralDilated(x, K, [1, 1], "SAME");
  const loss = (x: JaxArray, K: JaxArray, dy: JaxArray): JaxArray => conv(x, K).mul(dy).sum();
  return (...args: JaxArray[]): JaxArray => {
    const [x, K, dy] = args as [JaxArray, JaxArray, JaxArray];
    if (kind === "forward") return conv(x, K);
    return jax.grad(loss, { argnums: kind === "input-gradient" ? 0 : 1 })(x, K, dy) as JaxArray;
  };
};

const convolution = (kind: Kind, sizes: Sizes): Work => {
  const { B, H, C, O } = sizes;
  const spec = { file: "convolution.dlm", name: models[kind], sizes: { B, H, W: H, C, O } };
  return {
    name: `conv-${kind}`,
    what: `3x3 convolution of ${B} x ${H} x ${H} x ${C} to ${O} channels, ${kind}`,
    amount: { kind: "flop", count: 2 * B * H * H * C * O * 9 },
    bar: "20 TFLOP/s",
    programs: [spec],
    start: async (lab) => {
      const arrays = {
        x: noise(B * H * H * C, 1),
        K: noise(9 * C * O, 2),
        dy: noise(B * H * H * O, 3),
      };
      const { x, K, dy } = arrays;
      const nchw = [0, 3, 1, 2];
      const first = {
        x: transposed(x, [B, H, H, C], nchw),
        K: transposed(K, [3, 3, C, O], [3, 2, 0, 1]),
        dy: transposed(dy, [B, H, H, O], nchw),
      };
      const channelsLast = (y: Float32Array): Float32Array =>
        kind === "kernel-gradient"
          ? transposed(y, [O, C, 3, 3], [2, 3, 1, 0])
          : transposed(y, [B, kind === "forward" ? O : C, H, H], [0, 2, 3, 1]);
      return {
        expected: [expectedOf(kind, sizes, arrays)],
        tolerance: 1e-4,
        open: {
          dlm: () => modelRunner(lab, spec, kind === "forward" ? { x, K } : { x, K, dy }),
          "onnxruntime-web":
            kind === "kernel-gradient"
              ? "has no operation for the gradient of a kernel: training was removed from it"
              : async () => {
                  const forward = kind === "forward";
                  const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
                  const runner = await (
                    await lab.onnx()
                  ).runner(
                    {
                      inputs: { a: [B, forward ? C : O, H, H], K: [O, C, 3, 3] },
                      outputs: { y: [B, forward ? O : C, H, H] },
                      nodes: [
                        {
                          op: forward ? "Conv" : "ConvTranspose",
                          inputs: ["a", "K"],
                          outputs: ["y"],
                          attributes,
                        },
                      ],
                    },
                    { a: forward ? first.x : first.dy, K: first.K },
                  );
                  return withOutput(runner, channelsLast);
                },
          tfjs: async () => {
            const { tf, tensor, runner } = await lab.tfjs();
            const given = {
              x: tensor(x, [B, H, H, C]),
              K: tensor(K, [3, 3, C, O]),
              dy: tensor(dy, [B, H, H, O]),
            };
            const settings = { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1 };
            const body = {
              forward: () => tf.conv2d(given.x as never, given.K as never, 1, "same"),
              "input-gradient": () =>
                tf
                  .engine()
                  .runKernel(
                    "Conv2DBackpropInput",
                    { dy: given.dy, filter: given.K },
                    { ...settings, inputShape: [B, H, H, C] },
                  ),
              "kernel-gradient": () =>
                tf
                  .engine()
                  .runKernel(
                    "Conv2DBackpropFilter",
                    { x: given.x, dy: given.dy },
                    { ...settings, filterShape: [3, 3, C, O] },
                  ),
            }[kind];
            return runner(() => body() as never, Object.values(given));
          },
          "jax-js": async () => {
            const peer = await lab.jax();
            const args = [
              peer.array(first.x, [B, C, H, H]),
              peer.array(first.K, [O, C, 3, 3]),
              ...(kind === "forward" ? [] : [peer.array(first.dy, [B, O, H, H])]),
            ];
            return withOutput(await peer.runner(jaxBody(peer, kind), args), channelsLast);
          },
          PyTorch: async () => (await lab.torch()).runner(`conv_${kind.replace("-", "_")}`, sizes),
        },
      };
    },
  };
};

export const convolutions = (scale: Scale): readonly Work[] => {
  const sizes = scale === "full" ? { B: 32, H: 56, C: 64, O: 64 } : { B: 2, H: 5, C: 3, O: 7 };
  return (["forward", "input-gradient", "kernel-gradient"] as const).map((kind) =>
    convolution(kind, sizes),
  );
};
