import { Bottleneck } from "./shapes.dlm"

/// Three numbers to two classes.
model Tiny(classes = 2)(x: [B, 3]) -> [B, classes] {
  return x -> Bottleneck(5) -> Dense(classes)
}

train TinyTrainer {
  data x: [B, 3], label: int[B]
  let net = Tiny()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 0.05)
  metric accuracy = mean(argmax(logits) == label)
  batch: 7
}
