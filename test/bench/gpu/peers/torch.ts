// PyTorch, on CUDA.

import { fileURLToPath } from "node:url";
import { openTorch as openScript } from "../../shared/torch.ts";
import type { TorchPeer } from "../../shared/torch.ts";

export type { TorchPeer } from "../../shared/torch.ts";

/** `device` is "cuda", or "cpu" to see that the script runs. */
export const openTorch = (python: string, device: string): Promise<TorchPeer> =>
  openScript({
    python,
    script: fileURLToPath(new URL("torch_works.py", import.meta.url)),
    args: [device],
  });
