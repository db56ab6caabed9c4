// The variational autoencoder in its small form: the bound on held-out pictures, and its pictures.

import { expect, test } from "vitest";
import { run } from "../../examples/vae/run.ts";
import { hasFashion, needsFashion, runSmall } from "./run-small.ts";

test.skipIf(!hasFashion)(
  `bounds test pictures (${needsFashion})`,
  { timeout: 600_000 },
  async () => {
    const { figures, pictures } = await runSmall(run);
    console.log("vae, small form:", JSON.stringify(figures));
    // The mean picture, for every one, takes 387 nats.
    expect(figures["nelbo"]).toBeLessThan(360);
    expect(figures["kl"]).toBeGreaterThan(2);
    expect(pictures).toEqual({ "codes.svg": 400, "plane.png": [12 * 28, 12 * 28] });
  },
);
