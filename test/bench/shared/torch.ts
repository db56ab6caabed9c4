// PyTorch in a process of its own, which answers one line to each line: the time of a sample.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Runner } from "./runner.ts";

export type TorchPeer = {
  readonly version: string;
  /** Works by their names in its script, on numbers of its own if there are no arrays. */
  readonly runner: (
    work: string,
    sizes: Readonly<Record<string, number>>,
    arrays?: Arrays,
  ) => Promise<Runner>;
  readonly close: () => void;
};

type Arrays = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: Values }>
>;
type Values = Float32Array | Int32Array;

type Answer = {
  readonly ms?: number;
  readonly device?: string;
  /** Of f32, in base64. */
  readonly outputs?: readonly string[];
  readonly error?: string;
};

const base64Of = ({ buffer, byteOffset, byteLength }: Values): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

const floatsOf = (base64: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);

export type TorchOptions = {
  readonly python: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

export const openTorch = async ({
  python,
  script,
  args = [],
  env = {},
}: TorchOptions): Promise<TorchPeer> => {
  const child = spawn(python, [script, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", (cause) => reject(new Error(`not installed: ${cause.message}`)));
    child.once("exit", (code) => reject(new Error(`${python} ended with ${code}`)));
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question: object | null): Promise<Answer> => {
    if (question !== null) child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value } = await Promise.race([lines.next(), failed]);
    // Its end says more than that there is no line.
    if (value === undefined) return failed;
    const answer = JSON.parse(value as string) as Answer;
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  };
  const { device: found } = await ask(null).catch((cause: unknown) => {
    child.kill();
    throw cause;
  });
  return {
    version: found!,
    runner: async (work, sizes, arrays) => {
      const given = Object.entries(arrays ?? {}).map(([name, { shape, values }]) => [
        name,
        { shape, dtype: values instanceof Int32Array ? "i32" : "f32", data: base64Of(values) },
      ]);
      await ask({ open: work, sizes, arrays: Object.fromEntries(given) });
      return {
        sample: async (count) => (await ask({ sample: count })).ms!,
        outputs:
          arrays === undefined
            ? null
            : async () => (await ask({ outputs: true })).outputs!.map(floatsOf),
        dispose: async () => {
          await ask({ close: true });
        },
      };
    },
    close: () => {
      child.stdin.end();
    },
  };
};
