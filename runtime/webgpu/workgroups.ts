// How many workgroups a grid of invocations takes.

/** Invocations of a workgroup. */
export const groupSize = 64;
/** Workgroups that every device can have along one axis. */
const mostGroups = 65_535;

/** Workgroups along x, y and z for so many invocations: a second axis where one is too short. */
export const workgroupsFor = (invocations: number): readonly [x: number, y: number, z: number] => {
  const groups = Math.ceil(invocations / groupSize);
  if (groups <= mostGroups) return [groups, Math.min(groups, 1), 1];
  const y = Math.ceil(groups / mostGroups);
  return [Math.ceil(groups / y), y, 1];
};
