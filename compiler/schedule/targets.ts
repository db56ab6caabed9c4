// Targets that kernels are scheduled for.

export type { Target } from "../costs/target.ts";
export { typescript } from "../costs/typescript.ts";
