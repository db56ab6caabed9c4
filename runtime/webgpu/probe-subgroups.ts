// Finds out by a small shader whether subgroups are neighbours of a workgroup in order, as shaders that use them count on.
import { mapRead, usage } from "./flags.ts";

const members = 256;

/** For each member of a workgroup the size of its subgroup; 0 where it does not get the numbers of its neighbours. */
const text = `
enable subgroups;
@group(0) @binding(0) var<storage, read_write> sizes: array<u32>;
@compute @workgroup_size(${members})
fn probe(@builtin(local_invocation_index) member: u32, @builtin(subgroup_size) size: u32) {
  var areNear = true;
  for (var mask = 1u; mask < size; mask = mask << 1u) {
    areNear = areNear & (subgroupShuffleXor(member, mask) == (member ^ mask));
  }
  sizes[member] = select(0u, size, areNear);
}`;

/** How many invocations a subgroup has; null where shaders had better do without. */
export const subgroupOf = async (device: GPUDevice): Promise<number | null> => {
  device.pushErrorScope("validation");
  const found = sizesOn(device).catch(() => []);
  const [error, [size = 0, ...others]] = await Promise.all([device.popErrorScope(), found]);
  const isUsable = error === null && others.every((other) => other === size);
  return isUsable && size >= 4 && Number.isInteger(Math.log2(size)) ? size : null;
};

const sizesOn = async (device: GPUDevice): Promise<readonly number[]> => {
  const module = device.createShaderModule({ code: text });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
  const size = 4 * members;
  const sizes = device.createBuffer({ size, usage: usage.storage | usage.copySource });
  const read = device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget });
  const entries = [{ binding: 0, resource: { buffer: sizes } }];
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(sizes, 0, read, 0, size);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(mapRead);
  const found = [...new Uint32Array(read.getMappedRange())];
  read.destroy();
  sizes.destroy();
  return found;
};
