// The denoising autoencoder in its small form: what comes out is nearer to the clean pictures than the noisy ones are.

import { expect, test } from "vitest";
import { run } from "../../examples/autoencoder/run.ts";
import { hasFashion, needsFashion, runSmall } from "./run-small.ts";

test.skipIf(!hasFashion)(`takes noise off (${needsFashion})`, { timeout: 600_000 }, async () => {
  const { figures, pictures } = await runSmall(run);
  console.log("autoencoder, small form:", JSON.stringify(figures));
  // Noise of 0.4 cut to 0..1; the mean picture, for every one, is at 0.088.
  expect(figures["noisy_error"]).toBeCloseTo(0.085, 3);
  expect(figures["clean_error"]).toBeLessThan(0.06);
  expect(pictures).toEqual({ "denoised.png": [12 * 58 + 2, 3 * 58 + 2] });
});
