import { expect, test } from "vitest";
import { checkShaders, programsIn } from "./check-shaders.ts";
import { noAbilities } from "../../../runtime/webgpu/abilities.ts";
import { openNullDevice } from "./device.ts";

test("every kernel of the examples compiles within the limits of browsers", async () => {
  const { device, close } = await openNullDevice(["subgroups"]);
  const abilities = [noAbilities, { ...noAbilities, subgroup: 32 }];
  const paths = programsIn("examples");
  const checked = await checkShaders(device, paths, abilities);
  const { kernels, launches, inOne, inSubgroups, refused } = checked;
  close();
  expect(refused).toEqual([]);
  expect(kernels).toBeGreaterThan(600);
  expect(launches).toBeGreaterThan(kernels);
  expect(inOne).toBeGreaterThan(50);
  expect(inSubgroups).toBeGreaterThan(50);
});
