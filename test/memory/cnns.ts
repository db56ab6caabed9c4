// Networks whose memory is compared with what their gradients need, and with PyTorch's in `pytorch-peak.py`.

import { readFileSync } from "node:fs";

const recipe = (name: string, size: number): string => `
train ${name}Trainer {
  data image: [B, ${size}, ${size}, 1], label: int[B]
  let net = ${name}()
  minimize mean(cross_entropy(net(image), label)) using Sgd(lr = 2e-3)
  batch: 32
  epochs: 1
}
`;

/** Convolutions without padding: gradients of their operands need zeros around. */
export const plain = `
model Plain()(image: [B, 28, 28, 1]) -> [B, 10] {
  return image -> Conv(32, 3) -> relu -> Conv(64, 3) -> relu -> max_pool(2) -> flatten -> Dense(10)
}
${recipe("Plain", 28)}`;

/** Padding forward, and a convolution whose gradient puts zeros between elements. */
export const padded = `
model Padded()(image: [B, 28, 28, 1]) -> [B, 10] {
  return image
    -> Conv(16, 3, pad = "same") -> relu
    -> Conv(32, 3, pad = "same") -> relu
    -> max_pool(2)
    -> Conv(32, 3, pad = "same", stride = 2) -> relu
    -> flatten
    -> Dense(10)
}
${recipe("Padded", 28)}`;

/** Batch norm, a shortcut, dropout and Adam. */
export const digits = readFileSync(
  new URL("../../examples/digits/cnn.dlm", import.meta.url),
  "utf8",
);

export const withBatch = (text: string, batch: number): string =>
  text.replace(/batch: \d+/, `batch: ${batch}`);
