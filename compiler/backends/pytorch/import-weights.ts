// Weights that PyTorch saved (safetensors) into a file that a model of ours loads.

import { DlmError } from "../../../runtime/errors.ts";
import { readSafetensors, writeSafetensors } from "../../../runtime/safetensors.ts";
import type { SafeTensor } from "../../../runtime/safetensors.ts";
import { toSafeTensor } from "../../../runtime/weights.ts";
import { suggest } from "../../../grammar/suggest.ts";
import type { Module, StoredTensor } from "../../ir/module.ts";
import { pytorchBlocks } from "../../std/sources.gen.ts";
import { correspond } from "./correspondence.ts";
import type { NameMap } from "./correspondence.ts";
import { evaluate, namesIn, printExpression } from "./expression.ts";
import type { Expression } from "./expression.ts";
import { numbersOf, refuse, shapeText } from "./numbers.ts";
import type { Numbers } from "./numbers.ts";

export type ImportOptions = {
  /** A model, or a recipe with the model `net`. */
  readonly module: Module;
  readonly net?: string;
  /** Bytes of a safetensors file that PyTorch wrote. */
  readonly source: Uint8Array;
  readonly names: NameMap;
  /** Layers and weights that the file does not have: they are taken from `initial`. */
  readonly fresh?: readonly string[];
  /** What the model saved before. */
  readonly initial?: Uint8Array;
};

/** Weights and buffers of the net, by the path in its own file. */
export const storedOfNet = (module: Module, net: string): readonly StoredTensor[] => {
  const prefix = net === "" ? "" : `${net}.`;
  const depth = prefix === "" ? 0 : 1;
  const isSaved = ({ storage }: StoredTensor): boolean =>
    storage === "param" || storage === "buffer";
  return module.stored.flatMap((tensor) =>
    isSaved(tensor) && tensor.path.startsWith(prefix)
      ? [
          {
            ...tensor,
            path: tensor.path.slice(prefix.length),
            blocks: (tensor.blocks ?? []).slice(depth),
          },
        ]
      : [],
  );
};

/** The tensors of the file by name; a missing one is refused. */
export const readerOf = (tensors: ReadonlyMap<string, SafeTensor>) => {
  return (name: string): Numbers => {
    const tensor = tensors.get(name);
    if (tensor !== undefined) return numbersOf(name, tensor);
    const near = suggest(name, [...tensors.keys()]);
    return refuse(
      `the file has no \`${name}\`${near === null ? "" : `; did you mean \`${near}\`?`}`,
    );
  };
};

const typed = ({ dtype, shape }: StoredTensor["type"], data: Float64Array): SafeTensor => {
  const numbers =
    dtype === "f32"
      ? Float32Array.from(data)
      : dtype === "i32"
        ? Int32Array.from(data)
        : Uint8Array.from(data);
  return toSafeTensor(dtype, shape.map(Number), numbers);
};

const imported = (
  tensor: StoredTensor,
  source: Expression,
  read: (name: string) => Numbers,
): SafeTensor => {
  const shape = tensor.type.shape.map(Number);
  const value = evaluate(source, read, shape);
  const { path, type } = tensor;
  if (value.shape.join() !== shape.join())
    refuse(
      `\`${path}\` is ${shapeText(shape)}, \`${printExpression(source)}\` is ${shapeText(value.shape)}`,
    );
  return typed(type, value.data);
};

const within = (path: string, layers: readonly string[]): boolean =>
  layers.some((layer) => path === layer || path.startsWith(`${layer}.`));

/** Bytes of a file that the net loads. Throws `weights-mismatch` that lists everything that does not fit. */
export const importWeights = (options: ImportOptions): Uint8Array => {
  const { module, net = "", names, fresh = [], initial } = options;
  const { tensors } = readSafetensors(options.source);
  const kept =
    initial === undefined ? new Map<string, SafeTensor>() : readSafetensors(initial).tensors;
  const stored = storedOfNet(module, net);
  const wanted = stored.filter(({ path }) => !within(path, fresh));
  const { sources, left, problems } = correspond(pytorchBlocks, wanted, [...tensors.keys()], names);
  const found = [...problems];
  const read = readerOf(tensors);
  const result = new Map<string, SafeTensor>();
  for (const tensor of stored) {
    const { path } = tensor;
    const source = sources.get(path);
    const before = kept.get(path);
    if (within(path, fresh)) {
      if (before === undefined)
        found.push(`\`${path}\` is fresh, but \`initial\` does not have it`);
      else result.set(path, before);
    } else if (source === undefined) {
      if (!problems.some((problem) => problem.startsWith(`\`${path}\``)))
        found.push(`nothing is mapped to \`${path}\` ${shapeText(tensor.type.shape.map(Number))}`);
    } else {
      try {
        result.set(path, imported(tensor, source, read));
      } catch (error) {
        if (!(error instanceof DlmError)) throw error;
        found.push(error.message.startsWith("`") ? error.message : `\`${path}\`: ${error.message}`);
      }
    }
  }
  const used = new Set([...sources.values()].flatMap(namesIn));
  for (const [name, { shape }] of tensors)
    if (!used.has(name) && !left.has(name))
      found.push(`\`${name}\` ${shapeText(shape)} of the file is not used`);
  if (found.length > 0)
    refuse(`these weights do not fit \`${module.name}\`:\n  ${found.join("\n  ")}`);
  return writeSafetensors(result);
};
