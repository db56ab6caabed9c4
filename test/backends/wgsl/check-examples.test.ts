import { expect, test } from "vitest";
import { checkShaders, programsIn } from "./check-shaders.ts";
import { openNullDevice } from "./device.ts";

test("every kernel of the examples compiles within the limits of browsers", async () => {
  const { device, close } = await openNullDevice();
  const { kernels, launches, inOne, refused } = await checkShaders(device, programsIn("examples"));
  close();
  expect(refused).toEqual([]);
  expect(kernels).toBeGreaterThan(600);
  expect(launches).toBeGreaterThan(kernels);
  expect(inOne).toBeGreaterThan(50);
});
