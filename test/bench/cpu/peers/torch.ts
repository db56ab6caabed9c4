// PyTorch on one thread of the CPU.

import { fileURLToPath } from "node:url";
import { openTorch as openScript } from "../../shared/torch.ts";
import type { Clock } from "../clock.ts";
import type { TorchPeer } from "../../shared/torch.ts";

export const openTorch = (python: string, clock: Clock): Promise<TorchPeer> =>
  openScript({
    python,
    script: fileURLToPath(new URL("torch_works.py", import.meta.url)),
    args: [clock],
    // OpenBLAS counts its threads for itself.
    env: { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
  });
