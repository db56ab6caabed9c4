// A recipe that trains a small character model of stacked transformer blocks, as options for the compiler.

const modelText = (depth: number): string => `
block Layer(heads)(x: [B, T, E]) -> [B, T, E] {
  let y = x + (x -> LayerNorm() -> MultiHeadAttention(heads, causal = true))
  return y + (y -> LayerNorm() -> FeedForward(4 * E))
}

model Stack(vocab = 63, width = 40, heads = 5)(text: int[B, T <= 24]) -> [B, T, vocab] {
  return text
    -> Embedding(vocab, width)
    -> repeat ${depth} { Layer(heads) }
    -> LayerNorm()
    -> Dense(vocab)
}
`;

const recipeText = `
import { Stack } from "./stack.dlm"

train StackTrainer {
  data text: int[B, T], target: int[B, T]
  let net = Stack()
  minimize mean(cross_entropy(net(text), target)) using Adam(lr = 1e-3)
  batch: 6
  T: 24
}
`;

export type StackedBlocks = {
  readonly entry: string;
  readonly read: (path: string) => string;
};

export const stackedBlocks = (depth: number): StackedBlocks => {
  const model = modelText(depth);
  return {
    entry: "recipe.dlm",
    read: (path) => (path.endsWith("recipe.dlm") ? recipeText : model),
  };
};
