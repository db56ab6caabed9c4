// PyTorch in a process of its own, which answers one line to each line: the time of a sample.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Runner } from "../work.ts";

export type TorchPeer = {
  readonly version: string;
  /** Works by their names in `torch_works.py`, on numbers of its own. */
  readonly runner: (work: string, sizes: Readonly<Record<string, number>>) => Promise<Runner>;
  readonly close: () => void;
};

type Answer = { readonly ms?: number; readonly device?: string; readonly error?: string };

/** `device` is "cuda", or "cpu" to see that the script runs. */
export const openTorch = async (python: string, device: string): Promise<TorchPeer> => {
  const script = fileURLToPath(new URL("torch_works.py", import.meta.url));
  const child = spawn(python, [script, device], { stdio: ["pipe", "pipe", "inherit"] });
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
    runner: async (work, sizes) => {
      await ask({ open: work, sizes });
      return {
        sample: async (count) => (await ask({ sample: count })).ms!,
        outputs: null,
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
